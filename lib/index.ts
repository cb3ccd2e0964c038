// The public door of nestjs-workflows: what applications import, by topic. Everything else is internal.

export type { AccessResolver, AdminAccess, AdminAction } from './admin/access/admin-access.js';
export {
  AdminGuardsRequiredError,
  AdminPathTakenError,
  InsecureAdminError,
  InvalidAdminOptionError,
} from './admin/admin.errors.js';
// — admin —
export { WorkflowsAdminModule } from './admin/admin.module.js';
export type {
  AdminAccessOptions,
  AdminMountOptions,
  WorkflowsAdminAsyncOptions,
  WorkflowsAdminOptions,
} from './admin/admin-options.js';
export type { ConsoleOptions } from './admin/console/console-options.js';
export { type AuditPage, AuditReader, InvalidAuditFilterError, type ListAuditFilter } from './client/audit-reader.js';
export { type BulkJob, type BulkJobPage, BulkJobs, type BulkPreview } from './client/bulk-jobs.js';
export type { BulkFilter, ListBulkJobsOptions, NewBulkJobOptions } from './client/bulk-options.js';
export {
  ChangeFeed,
  type FeedCloseReason,
  FeedFullError,
  type FeedSubscription,
  type SubscribeOptions,
} from './client/change-feed.js';
export { type ChildOptions, ChildRun } from './client/child-run.js';
export {
  ClusterReader,
  type ExecutorSummary,
  InvalidPartitionFilterError,
  type ListPartitionsOptions,
  type PartitionPage,
  type PartitionSummary,
} from './client/cluster-reader.js';
export {
  type DeadLetter,
  type DeadLetterActionOptions,
  type DeadLetterPage,
  DeadLetterReplayError,
  DeadLetters,
  InvalidDeadLetterOptionError,
  type ListDeadLettersOptions,
} from './client/dead-letters.js';
export type { FeedEvent } from './client/feed-journal.js';
export { FEED_TOPICS, type FeedTopic, InvalidFeedOptionError } from './client/feed-topics.js';
export type { EnqueueResult, InMemoryRefusal, InMemoryStartOptions } from './client/in-memory-starter.js';
export { InvalidStartOptionError } from './client/invalid-start-option.error.js';
export type { SendFromOutsideOptions, SendOptions, WaitOptions } from './client/message-options.js';
export { InvalidStartTargetError, type WorkflowMethod, type WorkflowResult } from './client/new-run.js';
export type { Diagnostics } from './client/process-diagnostics.js';
export { InvalidQueueOptionError, type QueueLimits, type QueueOptions } from './client/queue-options.js';
export type { UnreadablePayload } from './client/recorded-payloads.js';
export {
  InvalidRetentionOptionError,
  type RetentionLimits,
  type RetentionOptions,
  type RetentionUpdate,
  type WorkflowRetentionOptions,
} from './client/retention-options.js';
export { Run } from './client/run.js';
export { InvalidAttributesError } from './client/run-attributes.js';
export { type ReceiveCommandOptions, RunCommands } from './client/run-commands.js';
export { InvalidRunFilterError, type RunFilter } from './client/run-filter.js';
export {
  type EventPageOptions,
  InvalidPageError,
  type MessagePageOptions,
  PayloadNotFoundError,
  type PayloadOf,
  type RecordPageOptions,
  type RunAttempt,
  type RunEvent,
  type RunMessage,
  type RunStep,
  type RunWait,
  type SetEvent,
} from './client/run-history.js';
export {
  type ListRunsFilter,
  type RunCount,
  type RunDetails,
  type RunPage,
  RunReader,
  type RunSummary,
  type Throughput,
} from './client/run-reader.js';
export type { DebounceOptions, StartOptions } from './client/start-options.js';
export type { StepOptions } from './client/step-options.js';
export type { StreamRange, StreamRangeOptions, StreamSummary } from './client/stream-ranges.js';
export {
  InvalidStreamOptionError,
  type ObserveOptions,
  type ReadableOptions,
  type StreamChunk,
  type StreamMessage,
  type StreamOptions,
  StreamReader,
} from './client/stream-reader.js';
export { withoutSuperseded } from './client/superseded-chunks.js';
export type {
  ListEnumsOptions,
  ListTemplatesOptions,
  StartWithTemplateOptions,
  TemplateActionOptions,
  TemplateVersionOptions,
} from './client/template-options.js';
export { TruncatedPayload } from './client/truncated-payload.js';
// — starting and watching runs —
export { InvalidRunsError, type Settled, WaitTimeoutError } from './client/wait-for-runs.js';
export { type StartItem, type WorkflowInfo, WorkflowService } from './client/workflow.service.js';
export {
  type BulkCommandOptions,
  type BulkCommandResult,
  type CommandPage,
  type CommandPageOptions,
  type ListCommandsOptions,
  type SentCommand,
  WorkflowCommands,
} from './client/workflow-commands.js';
export { WorkflowContext } from './client/workflow-context.js';
export type {
  EnterMaintenanceOptions,
  ExitMaintenanceOptions,
  MaintenanceActionOptions,
} from './client/workflow-maintenance.js';
export { type QueueActionOptions, QueueExistsError, type QueueInfo, WorkflowQueues } from './client/workflow-queues.js';
export {
  type ApplyRetentionOptions,
  type RetentionActionOptions,
  type RetentionInfo,
  WorkflowRetention,
} from './client/workflow-retention.js';
export { type EnumPage, type ExpandedTemplate, type TemplatePage, WorkflowTemplates } from './client/workflow-templates.js';
export type { InMemoryCounters, OverflowPolicy } from './dispatch/in-memory-queue.js';
export { InvalidMapOptionError, type MapOptions } from './durable/branches.js';
export type { ReceivedCommand } from './durable/commands.js';
export { AttemptOverError, StreamClosedError, StreamWriter } from './durable/streams.js';
export { QueueNotFoundError } from './engine/queue-directory.js';
export {
  DeduplicationConflictError,
  LeaseLostError,
  NoActiveRunError,
  NonDeterministicRunError,
  NotInStepError,
  RecoveryExhaustedError,
  RunCancelledError,
  RunConflictError,
  RunFinishedError,
  RunNotFoundError,
  RunStoppedError,
  RunTimeoutError,
  SendFailedError,
  StopTimeoutError,
} from './engine/run.errors.js';
export { StartFailedError } from './engine/run-starter.js';
export { NonRetryableError, RetryAfterError, StepTimeoutError } from './engine/step.errors.js';
export { DuplicateWorkflowError, WorkflowNotRegisteredError } from './engine/workflow-registry.js';
export type { Duration } from './kernel/duration.js';
export { InvalidDurationError } from './kernel/duration.js';
export { InvalidIdError } from './kernel/ids.js';
export { UnknownOptionError } from './kernel/option-keys.js';
export { PayloadDecodeError, PayloadInvalidError, PayloadTooLargeError } from './kernel/payload.errors.js';
export type { StoredError } from './kernel/stored-error.js';
// — errors —
export { WorkflowsError } from './kernel/workflows.error.js';
export { AUDIT_ACTIONS, type AuditAction, type AuditEntry } from './model/audit.js';
export type { BulkRefusal, BulkStatus } from './model/bulk.js';
export type { CommandOutcome, CommandState, EngineCommand } from './model/command-rules.js';
export { type Maintenance, MaintenanceActiveError, type MaintenanceMode } from './model/maintenance.js';
export type { OperationKind } from './model/operation.js';
export { PHASE_STATE_EVENT, PHASE_STATES, type PhaseState } from './model/phase-states.js';
export type { Queue, QueueSettings } from './model/queue.js';
export type { RetryOptions } from './model/retry-policy.js';
export { InvalidRetryOptionsError } from './model/retry-policy.js';
export type { DeduplicationPolicy, RunAttributes, RunStatus } from './model/run.js';
export type {
  EnumValue,
  JsonObject,
  JsonValue,
  ParamEnum,
  RunProvenance,
  Template,
  TemplateStatus,
  TemplateSummary,
} from './model/template.js';
export type { TemplateDifference } from './model/template-difference.js';
export { InvalidDecoratorTargetError } from './nest/decorators/invalid-decorator-target.error.js';
export { OnCommand } from './nest/decorators/on-command.decorator.js';
export { Step, type StepDecoratorOptions } from './nest/decorators/step.decorator.js';
// — writing workflows —
export { Workflow, type WorkflowOptions } from './nest/decorators/workflow.decorator.js';
export { DataSourceNotFoundError } from './nest/open-database.js';
export { InvalidOptionError } from './nest/resolve-options.js';
export { DuplicateStepError, UnsupportedWorkflowHostError } from './nest/workflow.explorer.js';
// — module —
export { SeveralGlobalModulesError, WorkflowsModule } from './nest/workflows.module.js';
export type { WorkflowsAsyncOptions, WorkflowsOptionsFactory } from './nest/workflows-async-options.js';
export { TickNameTakenError } from './nest/workflows-lifecycle.module.js';
export type {
  EmbeddedOptions,
  InMemoryOptions,
  WorkflowsModuleExtras,
  WorkflowsModuleOptions,
} from './nest/workflows-options.js';
export { BulkFilterRequiredError, BulkJobNotFoundError } from './operations/bulk/bulk.errors.js';
export type {
  BulkAction,
  BulkCancelAction,
  BulkCommandAction,
  BulkLegalHoldAction,
  BulkPriorityAction,
} from './operations/bulk/bulk-action.js';
export type { CancelOptions } from './operations/cancel-options.js';
export { CommandNotAllowedError, CommandSendFailedError, UnknownCommandError } from './operations/commands/command.errors.js';
export type { CommandOptions } from './operations/commands/command-options.js';
export type { CommandReceipt } from './operations/commands/run-commander.js';
export {
  InvalidMaintenanceModeError,
  MaintenanceFailedError,
  MaintenanceRequiredError,
  NotDrainedError,
} from './operations/maintenance/maintenance.errors.js';
export type { CancelledRuns } from './operations/maintenance/maintenance-canceller.js';
export type { MaintenanceScope, MaintenanceStatus } from './operations/maintenance/maintenance-control.js';
export type { OperatorAction } from './operations/operator-action.js';
export type { LegalHoldOptions } from './operations/retention/legal-holder.js';
export { RetentionBusyError, RetentionFailedError } from './operations/retention/retention.errors.js';
export type { RetentionResult } from './operations/retention/retention-totals.js';
export { CancelFailedError } from './operations/run-canceller.js';
export { InputSchemaInvalidError, WorkflowInputInvalidError } from './operations/templates/input-schema.errors.js';
export {
  AjvMissingError,
  EnumNotFoundError,
  EnumObsoleteError,
  type InputFault,
  InvalidTemplateDocumentError,
  InvalidTemplateOptionError,
  TemplateInputInvalidError,
  TemplateKeyUnknownError,
  TemplateNotFoundError,
  TemplateObsoleteError,
  TemplateSchemaInvalidError,
  TemplateStatusUnknownError,
} from './operations/templates/template.errors.js';
export type { ResolvedInputs } from './operations/templates/template-book.js';
export type { EnumInput, TemplateInput } from './operations/templates/template-input.js';
export type { TemplateDocument } from './operations/templates/template-transfer.js';
export { UnsupportedDataSourceError } from './store/connection-config.js';
export type { PoolUse } from './store/database.js';
export type { EventEntity, OperationEntity, RunEntity, StreamChunkEntity } from './store/entities/run.entities.js';
export { type WorkflowsEntities, workflowsEntities } from './store/entities/workflows-entities.js';
export type { RunDigest } from './store/feed/feed.store.js';
export type { DrainTotals, ExecutorLoad } from './store/maintenance/maintenance.store.js';
export {
  DatabaseRefusedError,
  DatabaseUnavailableError,
  SchemaNotMigratedError,
  SchemaTooNewError,
  UnsupportedIsolationError,
} from './store/migrator.js';
export type { PartitionHolder } from './store/queues/partition.store.js';
export type { QueueDeadlock } from './store/queues/queue.store.js';
export type { SchemaCheck, SchemaMigration } from './store/schema.store.js';
export { ShuttingDownError } from './store/shutting-down.error.js';
export type { EnumSummary } from './store/templates/enum.store.js';
