// Every operator action of the public API: how it is called, what has to be there before, and what it leaves in the audit log.
import { randomUUID } from 'node:crypto';
import type { AuditAction, OperatorAction, TemplateDocument, WorkflowService } from '../../lib/index.js';
import { type Cluster, type ClusterApp, workflow } from '../engine/cluster.js';
import { eventually } from '../support/eventually.js';

/** What an action is about. */
export interface Subject {
  runId: string;
}

export interface TestedAction {
  /** The methods that do it, as `facade.method`. */
  methods: readonly string[];
  /** What the audit log says of it, each once. */
  expected: ReadonlyArray<AuditAction | 'TASTE'>;
  /** Whether it is about one run. */
  ofRun?: boolean;
  arrange?(workflows: WorkflowService, subject: Subject, cluster: Cluster): Promise<unknown>;
  act(workflows: WorkflowService, by: OperatorAction, subject: Subject): unknown;
}

export const flow = workflow('flow', (_wf, x: unknown) => x ?? 'done');

const started: TestedAction['arrange'] = (workflows, { runId }) => workflows.start('flow', [], { id: runId });
const cancelled: TestedAction['arrange'] = async (workflows, subject, cluster) => {
  await started(workflows, subject, cluster);
  await workflows.cancel(subject.runId);
  // Until its end was told to whoever waits for it, it is kept.
  await eventually(async () => expect(await cluster.count('workflow_status where end_pending')).toBe(0));
};
const sent =
  (...commands: string[]): TestedAction['arrange'] =>
  async (workflows, subject, cluster) => {
    await started(workflows, subject, cluster);
    for (const command of commands) await workflows.sendCommand(subject.runId, command);
  };
const letter: TestedAction['arrange'] = async (_workflows, { runId }, cluster) =>
  cluster.rows(
    `insert into dead_letters (workflow_id, name, queue, run, reason, attempts) values ($1, 'flow', 'default', $2, 'refused', 3)`,
    [runId, JSON.stringify({ run: runId, name: 'flow', queue: 'default', priority: 0, max_recovery: 50, delay: 0 })],
  );
const TEMPLATE = { name: 'batch', schema: { type: 'object', properties: {} }, defaults: {} };
const ENUM = { name: 'Phase', values: [{ label: 'Heat up', value: 'heat' }] };
const template: TestedAction['arrange'] = (workflows) => workflows.templates.save('flow', TEMPLATE);
const enumeration: TestedAction['arrange'] = (workflows) => workflows.templates.saveEnum(ENUM);
const queue: TestedAction['arrange'] = (workflows) => workflows.queues.create({ name: 'q' });
const maintained: TestedAction['arrange'] = (workflows) => workflows.enterMaintenance();
const DOCUMENT: TemplateDocument = {
  format: 'nestjs-workflows/template',
  formatVersion: 1,
  workflow: 'flow',
  name: 'batch',
  description: null,
  schema: TEMPLATE.schema,
  defaults: {},
  ui: null,
  enums: [],
};

const command = (name: string, expected: TestedAction['expected'], ...before: string[]): TestedAction => ({
  methods: ['WorkflowService.sendCommand', 'Run.sendCommand'],
  expected,
  ofRun: true,
  arrange: sent(...before),
  act: (workflows, by, { runId }) => workflows.sendCommand(runId, name, by),
});

const changes = (
  method: string,
  expected: AuditAction,
  act: TestedAction['act'],
  arrange?: TestedAction['arrange'],
): TestedAction => ({
  methods: [method],
  expected: [expected],
  arrange,
  act,
});

export const OPERATOR_ACTIONS: Readonly<Record<string, TestedAction>> = {
  'a start with an actor': {
    methods: ['WorkflowService.start'],
    expected: ['START'],
    ofRun: true,
    act: (workflows, by, { runId }) => workflows.start('flow', [], { actor: 'ann', ...by, id: runId }),
  },
  'a start with a template': {
    methods: ['WorkflowService.startWithTemplate'],
    expected: ['START_WITH_TEMPLATE'],
    ofRun: true,
    act: (workflows, by, { runId }) => workflows.startWithTemplate('flow', null, {}, { ...by, id: runId }),
  },
  cancel: {
    methods: ['WorkflowService.cancel', 'Run.cancel'],
    expected: ['CANCEL'],
    ofRun: true,
    arrange: started,
    act: (workflows, by, { runId }) => workflows.cancel(runId, by),
  },
  'a message with an actor': {
    methods: ['WorkflowService.send', 'Run.send'],
    expected: ['SEND'],
    ofRun: true,
    arrange: started,
    act: (workflows, by, { runId }) => workflows.send(runId, 'topic', 'hello', { actor: 'ann', ...by }),
  },
  setPriority: {
    methods: ['WorkflowService.setPriority', 'Run.setPriority'],
    expected: ['PRIORITY'],
    ofRun: true,
    arrange: started,
    act: (workflows, by, { runId }) => workflows.setPriority(runId, 7, by),
  },
  'setLegalHold on': {
    methods: ['WorkflowService.setLegalHold'],
    expected: ['LEGAL_HOLD'],
    ofRun: true,
    arrange: started,
    act: (workflows, by, { runId }) => workflows.setLegalHold(runId, true, by),
  },
  'setLegalHold off': {
    methods: ['WorkflowService.setLegalHold'],
    expected: ['LEGAL_HOLD_END'],
    ofRun: true,
    arrange: async (workflows, subject, cluster) => {
      await started(workflows, subject, cluster);
      await workflows.setLegalHold(subject.runId, true);
    },
    act: (workflows, by, { runId }) => workflows.setLegalHold(runId, false, by),
  },
  HOLD: command('HOLD', ['HOLD']),
  RESUME: command('RESUME', ['RESUME'], 'HOLD'),
  STOP: command('STOP', ['STOP']),
  RESET: command('RESET', ['RESET'], 'STOP'),
  'a command of the workflow': command('taste', ['TASTE']),
  'a command to many': {
    methods: ['WorkflowCommands.sendMany'],
    expected: ['HOLD'],
    ofRun: true,
    arrange: started,
    act: (workflows, by) => workflows.commands.sendMany({ workflowName: 'flow' }, 'HOLD', by),
  },
  'queues.create': changes('WorkflowQueues.create', 'QUEUE_CREATE', (workflows, by) =>
    workflows.queues.create({ name: 'q' }, by),
  ),
  'queues.update': changes(
    'WorkflowQueues.update',
    'QUEUE_UPDATE',
    (workflows, by) => workflows.queues.update('q', { concurrency: 2 }, by),
    queue,
  ),
  'queues.pause': changes('WorkflowQueues.pause', 'QUEUE_PAUSE', (workflows, by) => workflows.queues.pause('q', by), queue),
  'queues.resume': changes('WorkflowQueues.resume', 'QUEUE_RESUME', (workflows, by) => workflows.queues.resume('q', by), queue),
  'deadLetters.replay': {
    methods: ['DeadLetters.replay'],
    expected: ['DEAD_LETTER_REPLAY'],
    ofRun: true,
    arrange: letter,
    act: (workflows, by, { runId }) => workflows.deadLetters.replay(runId, by),
  },
  'deadLetters.discard': {
    methods: ['DeadLetters.discard'],
    expected: ['DEAD_LETTER_DISCARD'],
    ofRun: true,
    arrange: letter,
    act: (workflows, by, { runId }) => workflows.deadLetters.discard(runId, by),
  },
  'templates.save': changes('WorkflowTemplates.save', 'TEMPLATE_SAVE', (workflows, by) =>
    workflows.templates.save('flow', TEMPLATE, by),
  ),
  'templates.copy': changes(
    'WorkflowTemplates.copy',
    'TEMPLATE_COPY',
    (workflows, by) => workflows.templates.copy('flow', 'batch', 'flow', { newName: 'copy' }, by),
    template,
  ),
  'templates.import': changes('WorkflowTemplates.import', 'TEMPLATE_IMPORT', (workflows, by) =>
    workflows.templates.import(DOCUMENT, by),
  ),
  'templates.setStatus': changes(
    'WorkflowTemplates.setStatus',
    'TEMPLATE_STATUS',
    (workflows, by) => workflows.templates.setStatus('flow', 'batch', 1, 'obsolete', by),
    template,
  ),
  'templates.delete': changes(
    'WorkflowTemplates.delete',
    'TEMPLATE_DELETE',
    (workflows, by) => workflows.templates.delete('flow', 'batch', {}, by),
    template,
  ),
  'templates.saveEnum': changes('WorkflowTemplates.saveEnum', 'ENUM_SAVE', (workflows, by) =>
    workflows.templates.saveEnum(ENUM, by),
  ),
  'templates.setEnumStatus': changes(
    'WorkflowTemplates.setEnumStatus',
    'ENUM_STATUS',
    (workflows, by) => workflows.templates.setEnumStatus('Phase', 1, 'obsolete', by),
    enumeration,
  ),
  'templates.deleteEnum': changes(
    'WorkflowTemplates.deleteEnum',
    'ENUM_DELETE',
    (workflows, by) => workflows.templates.deleteEnum('Phase', {}, by),
    enumeration,
  ),
  enterMaintenance: changes('WorkflowService.enterMaintenance', 'MAINTENANCE_ENTER', (workflows, by) =>
    workflows.enterMaintenance(by),
  ),
  'enterMaintenance that cancels': {
    methods: ['WorkflowService.enterMaintenance'],
    expected: ['MAINTENANCE_ENTER', 'MAINTENANCE_CANCEL'],
    arrange: started,
    act: (workflows, by) => workflows.enterMaintenance({ ...by, mode: 'cancel' }),
  },
  exitMaintenance: changes(
    'WorkflowService.exitMaintenance',
    'MAINTENANCE_EXIT',
    (workflows, by) => workflows.exitMaintenance(by),
    maintained,
  ),
  swapIfDrained: changes(
    'WorkflowService.swapIfDrained',
    'GENERATION_SWAP',
    (workflows, by) => workflows.swapIfDrained(by),
    maintained,
  ),
  'retention.update': changes('WorkflowRetention.update', 'RETENTION_UPDATE', (workflows, by) =>
    workflows.retention.update({ after: '1d' }, by),
  ),
  'retention.apply': {
    methods: ['WorkflowRetention.apply', 'WorkflowService.applyRetention'],
    expected: ['RETENTION'],
    arrange: cancelled,
    act: (workflows, by) => workflows.applyRetention({ after: 0, ...by }),
  },
  'retention.apply that ends': {
    methods: ['WorkflowRetention.apply', 'WorkflowService.applyRetention'],
    expected: ['RETENTION_TIMEOUT', 'RETENTION'],
    arrange: async (workflows, subject, cluster) => {
      await started(workflows, subject, cluster);
      await cluster.rows(`update workflow_status set created_at = created_at - interval '1 h'`);
    },
    act: (workflows, by) => workflows.retention.apply({ globalTimeout: '1m', ...by }),
  },
};

/** Public methods that change nothing, or nothing that an operator would. */
export const READS: Readonly<Record<string, readonly string[]>> = {
  WorkflowService: [
    'startMany',
    'enqueueInMemory',
    'resolveInputs',
    'getRun',
    'waitAny',
    'waitAll',
    'listRuns',
    'dispatch',
    'getMaintenanceStatus',
    'findWorkflow',
    'checkInput',
    'checkSchema',
    'listWorkflows',
  ],
  Run: ['listStreams', 'readStream', 'steps', 'events', 'eventHistory', 'getEvent', 'getReadable', 'stream', 'observe', 'toJSON'],
  WorkflowCommands: ['readState', 'list', 'listPage'],
  WorkflowQueues: ['list'],
  WorkflowTemplates: ['find', 'list', 'export', 'resolve', 'difference', 'findEnum', 'listEnums'],
  WorkflowRetention: ['get'],
  DeadLetters: ['list'],
};

/** What the library writes by itself, or what its own specs look at. */
export const ELSEWHERE: readonly AuditAction[] = ['TIMEOUT', 'MAINTENANCE_EXPIRE', 'BULK_START', 'BULK_CANCEL', 'BULK_END'];

/** On an application that executes nothing, so that a run stays as it was arranged. */
export async function perform(cluster: Cluster, app: ClusterApp, { arrange, act }: TestedAction, by: OperatorAction) {
  const subject = { runId: randomUUID() };
  await arrange?.(app.workflows, subject, cluster);
  await act(app.workflows, by, subject);
  return subject;
}
