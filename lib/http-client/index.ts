// The door `nestjs-workflows/client`: the admin routes as methods, for browsers and scripts. Needs nothing of Node, of Nest or of the rest of the package.
export type { BulkJobAnswer, BulkJobPageAnswer, BulkPreviewAnswer, NewBulkJob } from './bulk-jobs-client.js';
export type { ChangeFeedOptions, FeedChange } from './change-feed.js';
export type { DeadLetterPageAnswer } from './dead-letters-client.js';
export type { StreamOptions } from './event-source.js';
export { EventSourceParser, type ServerSentEvent } from './event-source-parser.js';
export type { JsonParser } from './http-answer.js';
export type { CallOptions, HeaderValues, WorkflowsClientOptions } from './http-transport.js';
export type { AfterQuery, OverHttp, PageQuery, Reason } from './requests.js';
export type {
  AuditPageAnswer,
  CommandPageAnswer,
  PayloadAnswer,
  PayloadQuery,
  RunAnswer,
  RunDetailsAnswer,
  RunMessageAnswer,
  RunPageAnswer,
  RunStepAnswer,
  RunSummaryAnswer,
  RunWaitAnswer,
  SentCommandAnswer,
  SetEventAnswer,
} from './run-answers.js';
export type { RunPageQuery, RunQuery } from './run-query.js';
export type { ChunkAnswer, ChunkPageAnswer, FollowOptions, StreamAnswer } from './run-streams.js';
export type { ExpandedTemplateAnswer, TemplateAnswer, TemplateQuery } from './templates-client.js';
export {
  type CutPayload,
  type HiddenError,
  type HiddenPayload,
  isCut,
  isHidden,
  type Shown,
  type ShownError,
  type Wire,
  type WithPayloads,
} from './wire.js';
export { type Me, WorkflowsClient } from './workflows-client.js';
export { type Problem, WorkflowsHttpError } from './workflows-http.error.js';
export type { TemplateInputs } from './workflows-resource.js';
