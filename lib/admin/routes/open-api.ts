// Tells OpenAPI what a route takes and gives, for hosts that use @nestjs/swagger: as the metadata that its decorators write, so that it is neither
// needed nor loaded by hosts that don't. `test/admin/open-api.spec.ts` holds these keys to what SwaggerModule really reads.
import { CSRF_HEADER } from '../access/write-rules.js';
import type { Field, JsonSchema } from '../requests/fields.js';
import { schemaOf } from '../requests/shape.js';
import type { AdminRoute } from './admin-route.js';
import { ANSWER_SCHEMAS } from './answer-schemas.js';
import { openApiSchema } from './open-api-schema.js';
import { object, text, whole } from './schema-words.js';

const OPERATION = 'swagger/apiOperation';
const PARAMETERS = 'swagger/apiParameters';
const RESPONSES = 'swagger/apiResponse';
const TAGS = 'swagger/apiUseTags';
const EXCLUDED = 'swagger/apiExcludeController';

const PROBLEM: JsonSchema = object(
  {
    type: text,
    title: text,
    status: whole,
    detail: text,
    code: text,
    requestId: text,
    details: { type: 'object', additionalProperties: true },
  },
  'details',
);

/** Where a route is: two mounts of the same controllers are told apart. */
export interface RoutePlace {
  /** Of the module, without slashes at its ends. */
  mount: string;
  /** Below `<mount>/api`. */
  resource: string;
  /** `RunsController`. */
  controller: string;
}

export function describeResource(controller: object, { mount, resource }: Pick<RoutePlace, 'mount' | 'resource'>): void {
  Reflect.defineMetadata(TAGS, [`${mount} ${resource}`], controller);
}

/** Pages are for people. */
export function hideResource(controller: object): void {
  Reflect.defineMetadata(EXCLUDED, [true], controller);
}

export function describeRoute(handler: { name: string }, route: AdminRoute, place: RoutePlace): void {
  const { summary, action, path, status = 200, answer = 'json', method } = route;
  const right = action === 'read' ? 'Needs no right but to get in.' : `Needs the right "${action}".`;
  const operationId = [...place.mount.split(/\W+/), place.controller.replace(/Controller$/, ''), handler.name].join('_');
  Reflect.defineMetadata(OPERATION, { summary, description: right, operationId }, handler);
  Reflect.defineMetadata(PARAMETERS, parametersOf(route), handler);
  const schema = route.schema ?? ANSWER_SCHEMAS[`${method} ${[place.resource, path].filter(Boolean).join('/')}`] ?? {};
  const type = answer === 'events' ? 'text/event-stream' : 'application/json';
  Reflect.defineMetadata(
    RESPONSES,
    {
      [status]: { description: summary, content: { [type]: { schema: openApiSchema(schema) } } },
      default: {
        description: 'Problem details (RFC 9457).',
        content: { 'application/problem+json': { schema: openApiSchema(PROBLEM) } },
      },
    },
    handler,
  );
}

function parametersOf({ method, path = '', query = {}, body = {}, answer }: AdminRoute): object[] {
  const inPath = [...path.matchAll(/:(\w+)/g)].map(([, name]) => ({ in: 'path', name, required: true, schema: text }));
  const inQuery = Object.entries(query).map(([name, field]) => ({
    in: 'query',
    name,
    required: field.isRequired === true,
    ...shapeOf(field),
  }));
  if (answer === 'events') return [...inPath, ...inQuery, { in: 'header', name: 'last-event-id', required: false, schema: text }];
  if (method === 'GET') return [...inPath, ...inQuery];
  const isNeeded = Object.values(body).some(({ isRequired }) => isRequired === true);
  return [
    ...inPath,
    ...inQuery,
    { in: 'header', name: CSRF_HEADER, required: true, schema: text },
    // Swagger asks for the type of a body, and overrides it by the schema.
    { in: 'body', type: String, required: isNeeded, schema: openApiSchema(schemaOf(body)) },
  ];
}

/** What stands in a query as JSON text is told so: of an object OpenAPI would make a parameter per key. */
function shapeOf({ schema, isList }: Field<unknown>): object {
  const isText = isList === true || ['string', 'integer', 'number', 'boolean'].includes(schema.type as string);
  const { description, ...rest } = openApiSchema(schema);
  const shown = description === undefined ? {} : { description };
  return isText ? { ...shown, schema: rest } : { ...shown, content: { 'application/json': { schema: rest } } };
}
