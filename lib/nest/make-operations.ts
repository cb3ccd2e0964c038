// What operators do, connected to what it acts on, and as WorkflowService offers it.
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
import { EnumBook } from '../operations/templates/enum-book.js';
import { SchemaCompiler } from '../operations/templates/schema-compiler.js';
import { TemplateBook } from '../operations/templates/template-book.js';
import { TemplateTransfer } from '../operations/templates/template-transfer.js';
import { CommandStore } from '../store/commands/command.store.js';
import type { Database } from '../store/database.js';
import type { RunStore } from '../store/runs/run.store.js';
import { SchemaStore } from '../store/schema.store.js';
import { EnumStore } from '../store/templates/enum.store.js';
import { TemplateStore } from '../store/templates/template.store.js';
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
  parts: Pick<WorkflowServiceParts, 'templates' | 'commands' | 'sendCommand' | 'checkSchema' | 'maintenance'>;
}

export function makeOperations(context: OperationsContext): Operations {
  const { database, runs, directory, serializer, reader, waker, clock, told } = context;
  const commander = new RunCommander(new CommandStore(database), serializer, waker, told, clock);
  return {
    parts: {
      templates: makeTemplates(database),
      maintenance: makeMaintenance(database, runs, directory, waker, told, clock),
      commands: new WorkflowCommands(commander, reader),
      checkSchema: () => new SchemaStore(database).findVersion(),
      sendCommand: async (runId, command, options) => commander.send(runId, resolveCommand(command, options)),
    },
  };
}

function makeTemplates(database: Database): WorkflowTemplates {
  const enums = new EnumBook(new EnumStore(database));
  const book = new TemplateBook(new TemplateStore(database), enums, new SchemaCompiler());
  return new WorkflowTemplates(book, new TemplateTransfer(book));
}
