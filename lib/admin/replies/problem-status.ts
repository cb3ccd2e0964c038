// Which HTTP status an error of the library is. What is not listed is a fault of the server, and told to nobody.
import { HttpStatus } from '@nestjs/common';

const BY_STATUS: ReadonlyArray<readonly [HttpStatus, readonly string[]]> = [
  [
    HttpStatus.BAD_REQUEST,
    [
      'BULK_FILTER_REQUIRED',
      'INVALID_ATTRIBUTES',
      'INVALID_DURATION',
      'INVALID_FEED_OPTION',
      'INVALID_FILTER',
      'INVALID_ID',
      'INVALID_MODE',
      'INVALID_OPTION',
      'INVALID_PAGE',
      'INVALID_QUEUE_OPTION',
      'INVALID_REQUEST',
      'INVALID_START_TARGET',
      'PAYLOAD_INVALID',
      'TEMPLATE_DOCUMENT_INVALID',
      'TEMPLATE_INPUT_INVALID',
      'TEMPLATE_KEY_UNKNOWN',
      'TEMPLATE_SCHEMA_INVALID',
      'TEMPLATE_STATUS_UNKNOWN',
      'UNKNOWN_COMMAND',
      'UNKNOWN_OPTION',
      'WORKFLOW_INPUT_INVALID',
    ],
  ],
  [HttpStatus.FORBIDDEN, ['ACTION_FORBIDDEN', 'CROSS_SITE_REQUEST', 'CSRF_HEADER_MISSING', 'PAYLOADS_FORBIDDEN']],
  [
    HttpStatus.NOT_FOUND,
    [
      'BULK_JOB_NOT_FOUND',
      'DEAD_LETTER_NOT_FOUND',
      'PAYLOAD_NOT_FOUND',
      'QUEUE_NOT_FOUND',
      'RUN_NOT_FOUND',
      'STEP_NOT_FOUND',
      'TEMPLATE_ENUM_NOT_FOUND',
      'TEMPLATE_NOT_FOUND',
      'WORKFLOW_NOT_REGISTERED',
    ],
  ],
  [
    HttpStatus.CONFLICT,
    [
      'COMMAND_NOT_ALLOWED',
      'DEAD_LETTER_REPLAY_FAILED',
      'DEDUPLICATION_CONFLICT',
      'MAINTENANCE_ACTIVE',
      'MAINTENANCE_REQUIRED',
      'NOT_DRAINED',
      'QUEUE_EXISTS',
      'RETENTION_BUSY',
      'RUN_CONFLICT',
      'RUN_FINISHED',
      'TEMPLATE_ENUM_OBSOLETE',
      'TEMPLATE_OBSOLETE',
    ],
  ],
  [HttpStatus.METHOD_NOT_ALLOWED, ['METHOD_NOT_ALLOWED']],
  [HttpStatus.PAYLOAD_TOO_LARGE, ['BODY_TOO_LARGE', 'PAYLOAD_TOO_LARGE']],
  [HttpStatus.UNSUPPORTED_MEDIA_TYPE, ['UNSUPPORTED_MEDIA_TYPE']],
  [HttpStatus.NOT_IMPLEMENTED, ['AJV_MISSING']],
  [
    HttpStatus.SERVICE_UNAVAILABLE,
    [
      'CANCEL_FAILED',
      'COMMAND_SEND_FAILED',
      'DATABASE_UNAVAILABLE',
      'EVENT_STREAMS_FULL',
      'FEED_FULL',
      'MAINTENANCE_FAILED',
      'RETENTION_FAILED',
      'SEARCH_TOO_HEAVY',
      'SEND_FAILED',
      'SHUTTING_DOWN',
      'START_FAILED',
    ],
  ],
];

/** Faults of the server that are told as they are: who mounts the module has to mend them. */
const TOLD = ['BODY_NOT_PARSED', 'INVALID_ACCESS'];

const STATUS_OF: ReadonlyMap<string, HttpStatus> = new Map(
  [...BY_STATUS, [HttpStatus.INTERNAL_SERVER_ERROR, TOLD] as const].flatMap(([status, codes]) =>
    codes.map((code) => [code, status] as const),
  ),
);

/** Undefined: a fault of the server, of which only its log tells. */
export function statusOf(code: string): HttpStatus | undefined {
  return STATUS_OF.get(code);
}
