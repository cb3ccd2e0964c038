// What goes wrong at boot of the admin module, and with requests to it before a service is asked.
import { describeValue } from '../kernel/describe-value.js';
import { WorkflowsError } from '../kernel/workflows.error.js';

export class InvalidAdminOptionError extends WorkflowsError {
  constructor(option: string, expected: string, found: unknown) {
    super(
      'InvalidAdminOptionError',
      'INVALID_OPTION',
      `WorkflowsAdminModule option "${option}" must be ${expected}, not ${describeValue(found)}.`,
      { details: { option } },
    );
  }
}

/** Nobody said who may use the admin routes. */
export class AdminGuardsRequiredError extends WorkflowsError {
  constructor(path: string) {
    super(
      'AdminGuardsRequiredError',
      'ADMIN_GUARDS_REQUIRED',
      `WorkflowsAdminModule at "${path}" has neither guards nor access: whoever reaches the application could read all runs, start and cancel them. Give it the guards that protect your own admin pages: forRoot({ path, guards: [OperatorGuard] }), or access: (request) => 'all' | 'read_only' | 'forbidden' | { actions, payloads }. For local experiments only: insecure: true.`,
      { details: { path } },
    );
  }
}

export class InsecureAdminError extends WorkflowsError {
  constructor(path: string) {
    super(
      'InsecureAdminError',
      'ADMIN_INSECURE_IN_PRODUCTION',
      `WorkflowsAdminModule at "${path}" is set to insecure: true, which is refused when NODE_ENV is "production". Remove it and give guards: forRoot({ path, guards: [OperatorGuard] }).`,
      { details: { path } },
    );
  }
}

/** The guards of the mount that Nest registers first would answer for both. */
export class AdminPathTakenError extends WorkflowsError {
  /** @param inner of the mount that lies where the one at `path` has something of its own; default: it is the same path */
  constructor(path: string, inner?: string) {
    super(
      'AdminPathTakenError',
      'ADMIN_PATH_TAKEN',
      inner === undefined
        ? `WorkflowsAdminModule is mounted twice at "${path}". Give each mount a path of its own.`
        : `WorkflowsAdminModule is mounted at "${inner}", where the mount at "${path}" has pages or routes of its own. Give one of them another path, such as "${inner.replaceAll('/', '-')}".`,
      { details: inner === undefined ? { path } : { path, inner } },
    );
  }
}

export type RequestFault =
  | 'INVALID_REQUEST'
  | 'CROSS_SITE_REQUEST'
  | 'CSRF_HEADER_MISSING'
  | 'METHOD_NOT_ALLOWED'
  | 'UNSUPPORTED_MEDIA_TYPE'
  | 'BODY_TOO_LARGE'
  | 'BODY_NOT_PARSED';

/** A request that is refused for its form; the code says which rule, the exception filter which status. */
export class AdminRequestError extends WorkflowsError {
  constructor(code: RequestFault, message: string) {
    super('AdminRequestError', code, message);
  }
}

/** Whoever asks may read, but not do this. */
export class AdminForbiddenError extends WorkflowsError {
  constructor(action: string) {
    super('AdminForbiddenError', 'ACTION_FORBIDDEN', `This needs the right "${action}", which you do not have here.`, {
      details: { action },
    });
  }
}

/** A filter by payloads would tell what they hold. */
export class PayloadsForbiddenError extends WorkflowsError {
  constructor(what: string) {
    super('PayloadsForbiddenError', 'PAYLOADS_FORBIDDEN', `You may not see payloads here, thus ${what}.`);
  }
}

/** What the application's `access` gave back is no AdminAccess. Nobody gets in. */
export class InvalidAccessError extends WorkflowsError {
  constructor(found: string) {
    super(
      'InvalidAccessError',
      'INVALID_ACCESS',
      `WorkflowsAdminModule: access() must give 'all', 'read_only', 'forbidden' or { actions, payloads }, not ${found}.`,
    );
  }
}

/** A client has them open and does not close them, or there are very many. */
export class EventStreamsFullError extends WorkflowsError {
  constructor(most: number) {
    super(
      'EventStreamsFullError',
      'EVENT_STREAMS_FULL',
      `${most} event streams are open here already. Close some, or come back later.`,
      {
        details: { most },
      },
    );
  }
}
