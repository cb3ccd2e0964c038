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
      `WorkflowsAdminModule at "${path}" has no guards: whoever reaches the application could read all runs, start and cancel them. Give it the guards that protect your own admin pages: forRoot({ path, guards: [OperatorGuard] }). For local experiments only: insecure: true.`,
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
  constructor(path: string) {
    super(
      'AdminPathTakenError',
      'ADMIN_PATH_TAKEN',
      `WorkflowsAdminModule is mounted twice at "${path}". Give each mount a path of its own.`,
      { details: { path } },
    );
  }
}

export type RequestFault = 'INVALID_REQUEST' | 'CROSS_SITE_REQUEST' | 'UNSUPPORTED_MEDIA_TYPE' | 'BODY_NOT_PARSED';

/** A request that is refused for its form; the code says which rule, the exception filter which status. */
export class AdminRequestError extends WorkflowsError {
  constructor(code: RequestFault, message: string) {
    super('AdminRequestError', code, message);
  }
}
