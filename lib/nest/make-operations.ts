// What operators do, connected to what it acts on, and as WorkflowService offers it.
import { AuditReader } from '../client/audit-reader.js';
import { RecordedPayloads } from '../client/recorded-payloads.js';
import type { RunReader } from '../client/run-reader.js';
import type { WorkflowServiceParts } from '../client/workflow.service.js';
import { WorkflowCommands } from '../client/workflow-commands.js';
import { WorkflowTemplates } from '../client/workflow-templates.js';
import type { QueueDirectory } from '../engine/queue-directory.js';
import type { Waker } from '../engine/waker.js';
import type { WorkflowRegistry } from '../engine/workflow-registry.js';
import type { Clock } from '../kernel/clock.js';
import type { WorkflowsLogger } from '../kernel/logger.js';
import type { Serializer } from '../kernel/serializer.js';
import { resolveCommand } from '../operations/commands/command-options.js';
import { RunCommander, type RunCommanderPorts } from '../operations/commands/run-commander.js';
import { RunCanceller } from '../operations/run-canceller.js';
import { EnumBook } from '../operations/templates/enum-book.js';
import { InputSchemas } from '../operations/templates/input-schemas.js';
import { SchemaCompiler } from '../operations/templates/schema-compiler.js';
import { TemplateBook } from '../operations/templates/template-book.js';
import { TemplateTransfer } from '../operations/templates/template-transfer.js';
import { AuditStore } from '../store/audit/audit.store.js';
import { CommandStore } from '../store/commands/command.store.js';
import type { Database } from '../store/database.js';
import type { RunStore } from '../store/runs/run.store.js';
import { SchemaStore } from '../store/schema.store.js';
import { EnumStore } from '../store/templates/enum.store.js';
import { TemplateStore } from '../store/templates/template.store.js';
import { makeBulk } from './make-bulk.js';
import { type MaintenanceTold, makeMaintenance } from './make-maintenance.js';
import type { ResolvedOptions } from './resolve-options.js';

export interface OperationsContext {
  options: ResolvedOptions;
  database: Database;
  runs: RunStore;
  registry: WorkflowRegistry;
  serializer: Serializer;
  directory: QueueDirectory;
  reader: RunReader;
  waker: Waker;
  clock: Clock;
  logger: WorkflowsLogger;
  told: RunCommanderPorts & MaintenanceTold;
}

export interface Operations {
  audit: AuditReader;
  bulk: ReturnType<typeof makeBulk>;
  parts: Pick<
    WorkflowServiceParts,
    'templates' | 'inputSchemas' | 'commands' | 'sendCommand' | 'cancel' | 'setPriority' | 'checkSchema' | 'maintenance'
  >;
}

export function makeOperations(context: OperationsContext): Operations {
  const { database, runs, registry, directory, serializer, reader, waker, clock, logger, told } = context;
  const compiler = new SchemaCompiler();
  const inputSchemas = new InputSchemas(registry, compiler, logger);
  const commander = new RunCommander(new CommandStore(database), serializer, waker, told, clock);
  const canceller = new RunCanceller(runs, waker, told.ended, told.session, clock);
  const cancel: WorkflowServiceParts['cancel'] = (runId, options) => canceller.cancel(runId, options);
  const setPriority: WorkflowServiceParts['setPriority'] = async (runId, priority, by) => {
    const isThere = await runs.setPriority(runId, priority, by);
    // A claim may have passed over it meanwhile.
    if (isThere) told.woken();
    return isThere;
  };
  return {
    audit: new AuditReader(new AuditStore(database)),
    bulk: makeBulk({ database, reader, serializer, waker, clock, logger, told }),
    parts: {
      templates: makeTemplates(database, compiler, inputSchemas),
      inputSchemas,
      maintenance: makeMaintenance(database, runs, directory, waker, told, clock),
      commands: new WorkflowCommands(commander, reader, new RecordedPayloads(serializer)),
      checkSchema: () => new SchemaStore(database).check(),
      cancel,
      setPriority,
      sendCommand: async (runId, command, options) => commander.send(runId, resolveCommand(command, options)),
    },
  };
}

function makeTemplates(database: Database, compiler: SchemaCompiler, inputSchemas: InputSchemas): WorkflowTemplates {
  const enums = new EnumBook(new EnumStore(database));
  const book = new TemplateBook(new TemplateStore(database), enums, compiler, inputSchemas);
  return new WorkflowTemplates(book, new TemplateTransfer(book));
}
