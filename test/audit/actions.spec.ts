// Who did what, why and by which request: every operator action leaves it in the audit log, exactly once.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  AUDIT_ACTIONS,
  DeadLetters,
  Run,
  WorkflowCommands,
  WorkflowQueues,
  WorkflowRetention,
  WorkflowService,
  WorkflowTemplates,
} from '../../lib/index.js';
import { RUN_STATUSES } from '../../lib/model/run.js';
import { refusal, withSilentDatabase } from '../bad-input/silent-database.js';
import { withCluster } from '../engine/cluster.js';
import { ELSEWHERE, flow, OPERATOR_ACTIONS, perform, READS } from './operator-actions.js';

const BY = { actor: 'ann@plant', reason: 'the batch is off', requestId: 'req-42' };
const ROOT = join(import.meta.dirname, '../..');
const NO_REQUEST = ['', ' ', ' x', 'a\nb', 'a\0b', '\ud800', 'x'.repeat(256), 5, {}, true];

const FACADES: Record<string, { prototype: object }> = {
  WorkflowService,
  Run,
  WorkflowCommands,
  WorkflowQueues,
  WorkflowTemplates,
  WorkflowRetention,
  DeadLetters,
};

describe('an operator action', () => {
  it.each(Object.entries(OPERATOR_ACTIONS))('leaves who, why and by which request: %s', async (_name, tested) =>
    withCluster(async (cluster) => {
      const app = await cluster.app([flow], { role: 'client' });
      const { runId } = await perform(cluster, app, tested, BY);
      const lines = await cluster.rows(
        'select action, actor, reason, workflow_id from audit_log where request_id = $1 order by audit_id',
        [BY.requestId],
      );
      const { requestId: _requestId, ...who } = BY;
      expect(lines.map(({ workflow_id: _run, ...line }) => line)).toEqual(tested.expected.map((action) => ({ action, ...who })));
      if (tested.ofRun) expect(lines.map((line) => line.workflow_id)).toEqual([runId]);
    })(),
  );

  it(
    'without any of it is by the api, for no reason and by no request',
    withCluster(async (cluster) => {
      const app = await cluster.app([flow], { role: 'client' });
      const { runId } = await app.workflows.start('flow');
      await app.workflows.setPriority(runId, 3);
      expect(await cluster.rows('select actor, reason, request_id, before, after from audit_log')).toEqual([
        { actor: 'api', reason: null, request_id: null, before: { priority: 0 }, after: { priority: 3 } },
      ]);
    }),
  );

  it('is refused before any SQL when its request id is none, or an option is unknown', () =>
    withSilentDatabase([flow], async ({ workflows }) => {
      const subject = { runId: '00000000-0000-4000-8000-000000000001' };
      const found: Record<string, unknown> = {};
      const codes = (code: string, count: number) =>
        Object.fromEntries(Object.keys(OPERATOR_ACTIONS).map((name) => [`${name} ${code}`, Array(count).fill(code)]));
      const codeOf = (error: unknown) => (error as { code?: string }).code ?? error;
      for (const [name, { act }] of Object.entries(OPERATOR_ACTIONS)) {
        const bad: unknown[] = [];
        for (const requestId of NO_REQUEST)
          bad.push(codeOf(await refusal(() => act(workflows, { requestId } as never, subject))));
        found[`${name} INVALID_ID`] = bad;
        found[`${name} UNKNOWN_OPTION`] = [codeOf(await refusal(() => act(workflows, { requestID: 'x' } as never, subject)))];
        found[`${name} INVALID_OPTION`] = [codeOf(await refusal(() => act(workflows, { actor: {} } as never, subject)))];
      }
      expect(found).toEqual({
        ...codes('INVALID_ID', NO_REQUEST.length),
        ...codes('UNKNOWN_OPTION', 1),
        ...codes('INVALID_OPTION', 1),
      });
    }));

  it.each(Object.entries(FACADES))('is every method of %s that is not known to change nothing', (name, { prototype }) => {
    const tested = Object.values(OPERATOR_ACTIONS).flatMap(({ methods }) => methods);
    const methods = Object.entries(Object.getOwnPropertyDescriptors(prototype))
      .filter(([key, { value }]) => key !== 'constructor' && typeof value === 'function')
      .map(([key]) => key);
    const untested = methods.filter((method) => !tested.includes(`${name}.${method}`) && !READS[name]?.includes(method));
    expect(untested).toEqual([]);
  });

  it('is every word that the audit log may have', () => {
    const tested = Object.values(OPERATOR_ACTIONS).flatMap(({ expected }) => expected);
    expect(AUDIT_ACTIONS.filter((action) => !tested.includes(action) && !ELSEWHERE.includes(action))).toEqual([]);
  });

  it('has a word that stands in the list, wherever SQL writes one', () => {
    const texts = ['migrations', 'lib/store'].flatMap((folder) =>
      readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
        .filter((file) => file.endsWith('.ts'))
        .map((file) => readFileSync(join(ROOT, folder, file), 'utf8')),
    );
    const statements = texts.flatMap(
      (text) => text.match(/insert into (\$\{s\}\.)?audit_log [^;`]*|cancel_run\([^;]*|audit\(s, [^)]*/g) ?? [],
    );
    expect(statements.length).toBeGreaterThan(20);
    const words = statements.flatMap((statement) =>
      [...statement.matchAll(/'([A-Z][A-Z_]+)'/g)].map(([, word]) => word as string),
    );
    // And what statements ask before they write: of runs, and of messages.
    const known: readonly string[] = [...AUDIT_ACTIONS, ...RUN_STATUSES, 'SENT'];
    expect(words.filter((word) => !known.includes(word))).toEqual([]);
    expect(words).toEqual(
      expect.arrayContaining(['QUEUE_PAUSE', 'RETENTION_TIMEOUT', 'DEAD_LETTER_REPLAY', 'PRIORITY', 'START']),
    );
  });
});

describe('a command', () => {
  it(
    'shows by which request it came',
    withCluster(async (cluster) => {
      const app = await cluster.app([flow], { role: 'client' });
      const { runId } = await app.workflows.start('flow');
      await app.workflows.sendCommand(runId, 'HOLD', BY);
      await app.workflows.sendCommand(runId, 'RESUME');
      expect(await app.workflows.commands.list(runId)).toEqual([
        expect.objectContaining({ command: 'RESUME', actor: 'api', reason: null, requestId: null }),
        expect.objectContaining({ command: 'HOLD', ...BY }),
      ]);
    }),
  );

  it(
    'that is refused is in the audit log too',
    withCluster(async (cluster) => {
      const app = await cluster.app([flow], { role: 'client' });
      const { runId } = await app.workflows.start('flow');
      await expect(app.workflows.sendCommand(runId, 'RESUME', BY)).rejects.toMatchObject({ code: 'COMMAND_NOT_ALLOWED' });
      expect(await cluster.count('audit_log where request_id = $1 and workflow_id = $2', [BY.requestId, runId])).toBe(1);
    }),
  );
});

describe('setPriority', () => {
  it(
    'of a run that has begun, is over, or is unknown writes nothing',
    withCluster(async (cluster) => {
      const app = await cluster.app([flow]);
      const run = await app.workflows.start('flow');
      await run.returnValue;
      expect(await run.setPriority(5, BY)).toBe(false);
      await expect(app.workflows.setPriority('unknown', 5, BY)).rejects.toMatchObject({ code: 'RUN_NOT_FOUND' });
      expect(await cluster.count('audit_log')).toBe(0);
    }),
  );

  it(
    'by several at once leaves a line of each, which tells the priority before as the other left it',
    withCluster(async (cluster) => {
      const app = await cluster.app([flow], { role: 'client' });
      const { runId } = await app.workflows.start('flow');
      await Promise.all(Array.from({ length: 10 }, (_, i) => app.workflows.setPriority(runId, i + 1, { actor: `op-${i}` })));
      const lines = await cluster.rows('select before, after from audit_log');
      const next = new Map(lines.map(({ before, after }) => [before.priority, after.priority]));
      const seen: number[] = [];
      for (let at = 0; next.has(at) && seen.length < 10; ) {
        at = next.get(at) as number;
        seen.push(at);
      }
      expect([lines.length, seen.length, seen.at(-1)]).toEqual([10, 10, (await cluster.run(runId)).priority]);
    }),
  );
});
