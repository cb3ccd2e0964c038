// The enums that templates refer to, over HTTP. `client.enums`.
import type { ListEnumsOptions, TemplateVersionOptions } from '../client/template-options.js';
import type { EnumPage } from '../client/workflow-templates.js';
import type { ParamEnum, TemplateStatus } from '../model/template.js';
import type { EnumInput } from '../operations/templates/template-input.js';
import { at } from './encoded-path.js';
import type { CallOptions, HttpTransport } from './http-transport.js';
import type { Reason } from './requests.js';
import type { Wire } from './wire.js';

export class EnumsClient {
  readonly #http: HttpTransport;

  /** @internal Made by WorkflowsClient. */
  constructor(http: HttpTransport) {
    this.#http = http;
  }

  /** By name and version, without values. */
  list(query?: ListEnumsOptions, call?: CallOptions): Promise<Wire<EnumPage>> {
    return this.#http.get('enums', { ...query }, call);
  }

  /** The next version, active. Not idempotent. */
  save(given: EnumInput & Reason, call?: CallOptions): Promise<Wire<ParamEnum>> {
    return this.#http.write('POST', 'enums', given, call);
  }

  /** Without a `version` the highest active one. */
  find(name: string, query?: TemplateVersionOptions, call?: CallOptions): Promise<Wire<ParamEnum>> {
    return this.#http.get(at`enums/${name}`, { ...query }, call);
  }

  /** What refers to an obsolete version can't be started. */
  setStatus(
    name: string,
    version: number,
    status: TemplateStatus,
    options: Reason = {},
    call?: CallOptions,
  ): Promise<{ changed: boolean }> {
    return this.#http.write('PUT', at`enums/${name}/${version}/status`, { ...options, status }, call);
  }

  /** For good: one version, or all. */
  delete(name: string, options: TemplateVersionOptions & Reason = {}, call?: CallOptions): Promise<{ deleted: number }> {
    return this.#http.write('DELETE', at`enums/${name}`, options, call);
  }
}
