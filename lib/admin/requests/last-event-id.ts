// How far a client of server-sent events has got, as an EventSource says it when it comes back.
import { refuse } from './fields.js';

/** Undefined: it comes for the first time. @throws AdminRequestError for an id that this stream never gave */
export function lastEventIdOf(request: object, form: RegExp): string | undefined {
  const given = (request as { headers?: Record<string, unknown> }).headers?.['last-event-id'];
  if (given === undefined || given === '') return undefined;
  if (typeof given !== 'string' || !form.test(given)) refuse('Header Last-Event-ID is not an id that this stream gave.');
  return given;
}
