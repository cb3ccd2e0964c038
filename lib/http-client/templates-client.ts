// Templates of start arguments over HTTP: versions that are saved, found, made obsolete, copied and carried to other databases. `client.templates`.
import type { ListTemplatesOptions, TemplateVersionOptions } from '../client/template-options.js';
import type { ExpandedTemplate, TemplatePage } from '../client/workflow-templates.js';
import type { Template, TemplateStatus } from '../model/template.js';
import type { TemplateInput } from '../operations/templates/template-input.js';
import type { TemplateDocument } from '../operations/templates/template-transfer.js';
import { at } from './encoded-path.js';
import type { CallOptions, HttpTransport } from './http-transport.js';
import type { Reason } from './requests.js';
import type { Wire } from './wire.js';

export type TemplateAnswer = Wire<Template>;
export type ExpandedTemplateAnswer = Wire<ExpandedTemplate>;
export type TemplateQuery = Omit<ListTemplatesOptions, 'workflow'> & { workflow?: string };

export class TemplatesClient {
  readonly #http: HttpTransport;

  /** @internal Made by WorkflowsClient. */
  constructor(http: HttpTransport) {
    this.#http = http;
  }

  /** By workflow, name and version, without schemas. */
  list(query?: TemplateQuery, call?: CallOptions): Promise<Wire<TemplatePage>> {
    return this.#http.get('templates', { ...query }, call);
  }

  /** The next version, active. Not idempotent. */
  save(workflow: string, template: TemplateInput & Reason, call?: CallOptions): Promise<TemplateAnswer> {
    return this.#http.write('POST', 'templates', { ...template, workflow }, call);
  }

  /** Without a `version` the highest active one. `expand`: with what a form shows. */
  find(
    workflow: string,
    name: string,
    query: TemplateVersionOptions & { expand: true },
    call?: CallOptions,
  ): Promise<ExpandedTemplateAnswer>;
  find(
    workflow: string,
    name: string,
    query?: TemplateVersionOptions & { expand?: boolean },
    call?: CallOptions,
  ): Promise<TemplateAnswer>;
  find(
    workflow: string,
    name: string,
    query?: TemplateVersionOptions & { expand?: boolean },
    call?: CallOptions,
  ): Promise<TemplateAnswer> {
    return this.#http.get(at`templates/${workflow}/${name}`, { ...query }, call);
  }

  /** `changed: false`: it was so already. */
  setStatus(
    workflow: string,
    name: string,
    version: number,
    status: TemplateStatus,
    options: Reason = {},
    call?: CallOptions,
  ): Promise<{ changed: boolean }> {
    return this.#http.write('PUT', at`templates/${workflow}/${name}/${version}/status`, { ...options, status }, call);
  }

  /** For good: one version, or all; `deleted`: how many there were. */
  delete(
    workflow: string,
    name: string,
    options: TemplateVersionOptions & Reason = {},
    call?: CallOptions,
  ): Promise<{ deleted: number }> {
    return this.#http.write('DELETE', at`templates/${workflow}/${name}`, options, call);
  }

  /** A new version for another workflow, or under another name, active. */
  copy(
    workflow: string,
    name: string,
    options: TemplateVersionOptions & { toWorkflow: string; newName?: string } & Reason,
    call?: CallOptions,
  ): Promise<TemplateAnswer> {
    return this.#http.write('POST', at`templates/${workflow}/${name}/copy`, options, call);
  }

  /** A plain JSON document, with the enums that it refers to. */
  export(workflow: string, name: string, query?: TemplateVersionOptions, call?: CallOptions): Promise<Wire<TemplateDocument>> {
    return this.#http.get(at`templates/${workflow}/${name}/document`, { ...query }, call);
  }

  /** What `export` gave, as a new version, here or elsewhere. */
  import(document: Wire<TemplateDocument>, options: Reason = {}, call?: CallOptions): Promise<TemplateAnswer> {
    return this.#http.write('POST', 'templates/import', { ...options, document }, call);
  }
}
