// What @nestjs/swagger makes of the admin routes: a document that is one, and that says of every route what it takes and what it gives.
import { ApiBearerAuth, ApiExcludeController, DocumentBuilder, SwaggerModule } from '@nestjs/swagger';
import { WorkflowsAdminModule } from '../../lib/index.js';
import { type AdminApp, BearerGuard, startAdminApp } from './admin-app.js';
import { EVERY_ROUTE } from './every-route.js';

interface Schema {
  [key: string]: unknown;
  type?: string;
  properties?: Record<string, Schema>;
  required?: string[];
}

interface Parameter {
  name: string;
  in: string;
  required: boolean;
  schema?: Schema;
  content?: Record<string, { schema: Schema }>;
}

interface Operation {
  operationId: string;
  summary: string;
  description: string;
  tags: string[];
  parameters: Parameter[];
  requestBody?: { required: boolean; content: Record<string, { schema: Schema }> };
  responses: Record<string, { description: string; content: Record<string, { schema: Schema }> }>;
}

interface Document {
  openapi: string;
  paths: Record<string, Record<string, Operation>>;
}

type Adapter = 'express' | 'fastify';

async function documentOf(adapter: Adapter, openapi: '3.0.0' | '3.1.0' = '3.0.0', paths = ['ops']): Promise<Document> {
  const imports = paths.map((path) => WorkflowsAdminModule.forRoot({ path, guards: [BearerGuard] }));
  return read(await startAdminApp({ adapter, imports }), openapi);
}

async function read(admin: AdminApp, openapi: '3.0.0' | '3.1.0'): Promise<Document> {
  try {
    const config = new DocumentBuilder().setOpenAPIVersion(openapi).build();
    // As it is served: what JSON leaves out is not there.
    return JSON.parse(JSON.stringify(SwaggerModule.createDocument(admin.app, config)));
  } finally {
    await admin.close();
  }
}

const places = new Map<string, Promise<Document>>();
/** One application for all questions. */
function document(adapter: Adapter): Promise<Document> {
  const found = places.get(adapter) ?? documentOf(adapter);
  places.set(adapter, found);
  return found;
}

function operationsOf({ paths }: Document): Array<[label: string, operation: Operation, path: string]> {
  return Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]): [string, Operation, string] => [
      `${method.toUpperCase()} ${path}`,
      operation,
      path,
    ]),
  );
}

const labelOf = (route: { method: string; fullPath: string }) =>
  `${route.method} /ops/api/${route.fullPath.replace(/:(\w+)/g, '{$1}')}`;

/** Every object that stands anywhere in a value. */
function everyObject(value: unknown): object[] {
  if (typeof value !== 'object' || value === null) return [];
  return [value, ...Object.values(value).flatMap(everyObject)];
}

describe.each<Adapter>(['express', 'fastify'])('the OpenAPI document on %s', (adapter) => {
  it('has every route, and none twice', async () => {
    const operations = operationsOf(await document(adapter));
    const found = operations.map(([label]) => label).filter((label) => label.includes('/ops/api'));
    expect(found.sort()).toEqual(EVERY_ROUTE.map(labelOf).sort());
    const ids = operations.map(([, { operationId }]) => operationId);
    expect(new Set(ids).size).toBe(ids.length);
  });

  it.each(EVERY_ROUTE.map((route) => [route.label, route] as const))(
    'says of %s what it takes and gives',
    async (_label, route) => {
      const operations = new Map(operationsOf(await document(adapter)).map(([label, operation]) => [label, operation]));
      const operation = operations.get(labelOf(route)) as Operation;
      expect(operation.summary).toBe(route.summary);
      expect(operation.description).toContain(route.action === 'read' ? 'no right' : `"${route.action}"`);
      expect(operation.tags).toEqual([`ops ${route.fullPath.split('/')[0]}`]);

      const named = (place: string) => operation.parameters.filter((parameter) => parameter.in === place);
      const inPath = [...route.fullPath.matchAll(/:(\w+)/g)].map(([, name]) => name);
      expect(named('path').map(({ name }) => name)).toEqual(inPath);
      expect(named('query').map(({ name }) => name)).toEqual(Object.keys(route.query ?? {}));
      for (const parameter of operation.parameters) {
        expect(['path', 'query', 'header']).toContain(parameter.in);
        expect(parameter.in !== 'path' || parameter.required).toBe(true);
        // Exactly one of the two, with a type, or any JSON.
        const schema = parameter.schema ?? parameter.content?.['application/json']?.schema;
        expect([parameter.schema, parameter.content].filter(Boolean)).toHaveLength(1);
        expect(parameter.schema === undefined || typeof schema?.type === 'string').toBe(true);
      }
      for (const [name, field] of Object.entries(route.query ?? {}))
        expect(named('query').find((parameter) => parameter.name === name)?.required).toBe(field.isRequired === true);

      const body = operation.requestBody?.content['application/json']?.schema;
      if (route.method === 'GET') expect(operation.requestBody).toBeUndefined();
      else {
        expect(named('header')).toMatchObject([{ name: 'x-workflows-request', required: true }]);
        expect(body).toMatchObject({ type: 'object', additionalProperties: false });
        expect(Object.keys(body?.properties ?? {})).toEqual(Object.keys(route.body ?? {}));
        const required = Object.entries(route.body ?? {}).flatMap(([key, field]) => (field.isRequired === true ? [key] : []));
        expect(body?.required ?? []).toEqual(required);
        expect(operation.requestBody).toEqual({ required: required.length > 0, content: expect.anything() });
      }

      const status = String(route.status ?? 200);
      expect(Object.keys(operation.responses).sort()).toEqual([status, 'default']);
      const type = route.answer === 'events' ? 'text/event-stream' : 'application/json';
      expect(Object.keys(operation.responses[status]?.content ?? {})).toEqual([type]);
      const answer = operation.responses[status]?.content[type]?.schema;
      // Its keys are told, except of the one answer that has none.
      expect(answer?.type).toBe('object');
      const keys = Object.keys(answer?.properties ?? {});
      expect(keys.length > 0 || route.label === 'POST runs/:id/messages').toBe(true);
      expect(Object.keys(operation.responses.default?.content ?? {})).toEqual(['application/problem+json']);
      expect(operation.responses.default?.content['application/problem+json']?.schema.required).toContain('code');
    },
  );

  it('is one that OpenAPI 3.0 allows: no type lists, no empty lists of required keys, no reference to nowhere, all path parameters declared', async () => {
    const found = await document(adapter);
    expect(found.openapi).toBe('3.0.0');
    for (const [label, operation, path] of operationsOf(found)) {
      const inTemplate = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name).sort();
      const declared = operation.parameters.filter((parameter) => parameter.in === 'path').map(({ name }) => name);
      expect([label, declared.sort()]).toEqual([label, inTemplate]);
      for (const response of Object.values(operation.responses)) expect(typeof response.description).toBe('string');
    }
    for (const object of everyObject(found.paths) as Schema[]) {
      if ('type' in object && typeof object.type !== 'object') expect(typeof object.type).toBe('string');
      expect(Array.isArray(object.type)).toBe(false);
      expect(Array.isArray(object.required) && object.required.length === 0).toBe(false);
      if (object.nullable === true) expect(typeof object.type).toBe('string');
      if (Array.isArray(object.required) && object.properties !== undefined)
        expect(Object.keys(object.properties)).toEqual(expect.arrayContaining(object.required));
      if (object.type === 'array') expect(object.items).toBeDefined();
      if (typeof object.$ref === 'string')
        expect(
          object.$ref
            .split('/')
            .slice(1)
            .reduce<unknown>((at, key) => (at as Schema)?.[key], found),
        ).toBeDefined();
    }
  });
});

describe('the OpenAPI document', () => {
  it('tells two mounts apart', async () => {
    const operations = operationsOf(await documentOf('express', '3.0.0', ['first', 'second/area']));
    const ids = operations.map(([, { operationId }]) => operationId);
    expect(new Set(ids).size).toBe(ids.length);
    expect(ids).toEqual(expect.arrayContaining(['first_Runs_list', 'second_area_Runs_list']));
  });

  it('takes what the host says of the routes by decorators: how one gets in, or that they are not for it', async () => {
    const imports = [
      WorkflowsAdminModule.forRoot({ path: 'shown', guards: [BearerGuard], decorators: [ApiBearerAuth()] }),
      WorkflowsAdminModule.forRoot({ path: 'hidden', guards: [BearerGuard], decorators: [ApiExcludeController()] }),
    ];
    const operations = operationsOf(await read(await startAdminApp({ imports }), '3.0.0'));
    expect(operations.filter(([label]) => label.includes('/hidden/'))).toEqual([]);
    const shown = operations.filter(([label]) => label.includes('/shown/'));
    expect(shown).toHaveLength(EVERY_ROUTE.length);
    for (const [, operation] of shown) expect(operation).toMatchObject({ security: [{ bearer: [] }] });
  });

  it('says null in the words of 3.1 when that is asked for', async () => {
    const found = await documentOf('express', '3.1.0');
    const schema = found.paths['/ops/api/runs/{id}']?.get?.responses['200']?.content['application/json']?.schema;
    expect(schema?.properties?.run?.properties?.parentId?.type).toEqual(['string', 'null']);
    expect(JSON.stringify(found)).not.toContain('"nullable"');
  });
});
