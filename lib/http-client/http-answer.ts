// Reads the answer to a request: the JSON of a good one, the error that a bad one says. Something between may have answered instead of the server: then
// that is said, and not what could not be parsed. Used by HttpTransport.
import { type Problem, WorkflowsHttpError } from './workflows-http.error.js';

/** Throws for what is no JSON. */
export type JsonParser = (text: string) => unknown;

/** @throws WorkflowsHttpError (`NOT_JSON`); what reading the body throws */
export async function answerOf(response: Response, parseJson: JsonParser): Promise<unknown> {
  const text = await response.text();
  const parsed = isJson(response) ? parse(text, parseJson) : undefined;
  if (parsed === undefined) throw notJson(response);
  return parsed.value;
}

/** What reading the body throws, it throws. */
export async function refusalOf(response: Response, parseJson: JsonParser): Promise<WorkflowsHttpError> {
  const { status, headers } = response;
  const text = await response.text();
  const value = isJson(response) ? parse(text, parseJson)?.value : undefined;
  if (typeof value !== 'object' || value === null) return notJson(response);
  const requestId = headers.get('x-request-id') ?? undefined;
  if (isProblem(value))
    return new WorkflowsHttpError({ code: value.code, detail: value.detail, status, requestId, problem: value });
  // Nest itself, for what does not come as far as the routes: a body that its parser refuses, a path that is none.
  const { message } = value as { message?: unknown };
  const detail = typeof message === 'string' ? message : `The server answered ${status} ${response.statusText}`.trim();
  return new WorkflowsHttpError({ code: `HTTP_${status}`, detail, status, requestId });
}

export function notJson(response: Response, expected = 'JSON'): WorkflowsHttpError {
  const { status, headers, redirected, url } = response;
  const type = headers.get('content-type') ?? 'no content-type';
  const from = redirected ? `, after a redirect to ${withoutQuery(url)}` : '';
  return new WorkflowsHttpError({
    code: 'NOT_JSON',
    detail: `The answer is no ${expected}: status ${status}, ${type}${from}. Is baseUrl right, and does a proxy or a login page answer instead?`,
    status,
  });
}

function isJson({ headers }: Response): boolean {
  return /^application\/([\w.+-]+\+)?json\s*(;|$)/i.test(headers.get('content-type') ?? '');
}

function parse(text: string, parseJson: JsonParser): { value: unknown } | undefined {
  try {
    return { value: parseJson(text) };
  } catch {
    return undefined;
  }
}

function isProblem(value: object): value is Problem {
  const { code, detail } = value as Partial<Problem>;
  return typeof code === 'string' && typeof detail === 'string';
}

/** It may hold a token. */
function withoutQuery(url: string): string {
  return url.replace(/[?#].*$/s, '');
}
