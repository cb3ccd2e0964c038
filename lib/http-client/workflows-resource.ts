// Workflows over HTTP: which there are, and starting them, with a template or without. `client.workflows`.
import type { StartOptions } from '../client/start-options.js';
import type { StartWithTemplateOptions } from '../client/template-options.js';
import type { WorkflowInfo } from '../client/workflow.service.js';
import type { ResolvedInputs } from '../operations/templates/template-book.js';
import { at } from './encoded-path.js';
import type { CallOptions, HttpTransport } from './http-transport.js';
import type { OverHttp } from './requests.js';
import type { Wire } from './wire.js';

export interface TemplateInputs {
  /** Null: without one; then the overrides are the argument. */
  template: string | null;
  /** Default: the highest active one. */
  version?: number;
  /** What is to be other than the defaults. */
  overrides: object;
}

export class WorkflowsResource {
  readonly #http: HttpTransport;

  /** @internal Made by WorkflowsClient. */
  constructor(http: HttpTransport) {
    this.#http = http;
  }

  /** Those registered in the process that answers, by name. */
  list(call?: CallOptions): Promise<{ workflows: Array<Wire<WorkflowInfo>> }> {
    return this.#http.get('workflows', undefined, call);
  }

  find(name: string, call?: CallOptions): Promise<Wire<WorkflowInfo>> {
    return this.#http.get(at`workflows/${name}`, undefined, call);
  }

  /** Starts a run; resolves when it is durable. With an `id`, idempotent. @param args its arguments, as JSON */
  start(
    name: string,
    args: readonly unknown[] = [],
    options: OverHttp<Omit<StartOptions, 'debounce'>> = {},
    call?: CallOptions,
  ): Promise<{ runId: string }> {
    return this.#http.write('POST', at`workflows/${name}/runs`, { ...options, args }, call);
  }

  /** Starts a run with the defaults of a template, and over them what you give. With an `id`, idempotent. */
  startWithTemplate(
    name: string,
    inputs: TemplateInputs,
    options: OverHttp<Omit<StartWithTemplateOptions, 'version'>> = {},
    call?: CallOptions,
  ): Promise<{ runId: string }> {
    return this.#http.write('POST', at`workflows/${name}/template-runs`, { ...options, ...inputs }, call);
  }

  /** What startWithTemplate would start it with. Changes nothing; what is wrong stands in the error's `details.errors`. */
  inputs(name: string, inputs: TemplateInputs, call?: CallOptions): Promise<Wire<ResolvedInputs>> {
    return this.#http.write('POST', at`workflows/${name}/inputs`, inputs, call);
  }
}
