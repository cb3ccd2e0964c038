// What went wrong, for people: one sentence, its code, and the id under which the server's log has it. Used by error notes and toasts.
import { WorkflowsHttpError } from '../../../lib/http-client/index.js';

export interface ShownProblem {
  text: string;
  code: string;
  requestId?: string;
  /** Nobody is signed in, or not any more. */
  isSignedOut: boolean;
  isForbidden: boolean;
  isMissing: boolean;
  /** Of fields, where the server says which: JSON pointer and sentence. */
  fields: Array<{ path: string; message: string }>;
}

export function problemOf(error: unknown): ShownProblem {
  if (!WorkflowsHttpError.is(error))
    return {
      text: error instanceof Error ? error.message : String(error),
      code: 'CONSOLE_ERROR',
      ...{ isSignedOut: false, isForbidden: false, isMissing: false, fields: [] },
    };
  const { code, detail, status, requestId } = error;
  return {
    text: code === 'NETWORK_ERROR' ? 'The server can not be reached.' : detail,
    code,
    ...(requestId !== undefined && { requestId }),
    isSignedOut: status === 401,
    isForbidden: status === 403,
    isMissing: status === 404,
    fields: fieldsOf(error.details),
  };
}

function fieldsOf(details: unknown): ShownProblem['fields'] {
  const { errors } = (typeof details === 'object' && details !== null ? details : {}) as { errors?: unknown };
  if (!Array.isArray(errors)) return [];
  return errors.flatMap((each: unknown) => {
    const { path, instancePath, message } = (typeof each === 'object' && each !== null ? each : {}) as Record<string, unknown>;
    const at = typeof path === 'string' ? path : instancePath;
    return typeof message === 'string' ? [{ path: typeof at === 'string' ? at : '', message }] : [];
  });
}
