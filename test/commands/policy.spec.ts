// What an operator may ask of a run in which state: the database and the rules of lib/model/command-rules.ts say the same, pair by pair.
import { CommandNotAllowedError, RunNotFoundError } from '../../lib/index.js';
import { uuidv7 } from '../../lib/kernel/ids.js';
import { allowedCommands, type CommandState, ENGINE_COMMANDS, type PendingCommand } from '../../lib/model/command-rules.js';
import { RUN_STATUSES } from '../../lib/model/run.js';
import { isTerminal, OWNED_STATUSES } from '../../lib/model/run-transitions.js';
import { withCluster, workflow } from '../engine/cluster.js';
import { NO_TICK } from './command-room.js';

const states: CommandState[] = RUN_STATUSES.flatMap((status) =>
  [false, true].flatMap((isStopping) =>
    ([null, 'HOLD', 'STOP'] as PendingCommand[]).flatMap((pending) =>
      [false, true].flatMap((isBusy) =>
        [false, true].map((isCooperative) => ({ status, isStopping, pending, isBusy, isCooperative })),
      ),
    ),
  ),
);
/** What no run is ever in. */
const isPossible = ({ status, isStopping, pending, isBusy }: CommandState) =>
  (!isTerminal(status) || pending === null) &&
  (isTerminal(status) || !isBusy) &&
  !(isStopping && ['DELAYED', 'HELD'].includes(status)) &&
  !(isStopping && pending !== null) &&
  !(status === 'STOPPING' && !isStopping) &&
  !(pending === 'HOLD' && !['PENDING', 'RUNNING'].includes(status)) &&
  !(pending === 'STOP' && !['PENDING', 'RUNNING', 'WAITING', 'ENQUEUED'].includes(status));

const possible = states.filter(isPossible);

it('knows more than 40 states', () => {
  expect(possible.length).toBeGreaterThan(25);
});

describe.each([true, false])('a run that has begun: %s', (begun) => {
  it(
    'takes what the rules allow, refuses the rest with the state and what is allowed, and records both',
    withCluster(async (cluster) => {
      const app = await cluster.app([workflow('any', async () => undefined)], { ...NO_TICK, role: 'client' });
      for (const state of possible) {
        const { status, isStopping, pending, isBusy, isCooperative } = state;
        if (
          !begun &&
          (isCooperative || isStopping || pending !== null || OWNED_STATUSES.includes(status) || status === 'WAITING')
        )
          continue;
        for (const command of ENGINE_COMMANDS) {
          const runId = uuidv7();
          const isOwned = OWNED_STATUSES.includes(status);
          await cluster.rows(
            `insert into workflow_status (workflow_id, name, status, permit, started_at, completed_at, command, stop, held_at, claimed_by,
                                          claim_token, commands_pending, cooperative)
             values ($1, 'any', $2, $3, case when $4 then now() end, case when $5 then now() end, $6, $7, case when $2 = 'HELD' then now() end,
                     $8, gen_random_uuid(), $9, $10)`,
            [
              runId,
              status,
              isTerminal(status) ? isBusy : begun && status !== 'DELAYED',
              begun,
              isTerminal(status),
              pending === null ? null : { name: pending },
              isStopping ? { ordinal: 0, seq: 0, error: '{}' } : null,
              isOwned ? app.executorId : null,
              pending !== null,
              isCooperative,
            ],
          );
          const allowed = allowedCommands(state);
          const where = JSON.stringify({ ...state, command });
          let taken = true;
          try {
            await app.workflows.sendCommand(runId, command);
          } catch (error) {
            taken = false;
            expect(error).toBeInstanceOf(CommandNotAllowedError);
            expect({ where, details: (error as CommandNotAllowedError).details }).toEqual({
              where,
              details: { runId, command, state: isStopping && !isTerminal(status) ? 'STOPPING' : status, allowed },
            });
          }
          expect({ where, taken }).toEqual({ where, taken: allowed.includes(command) });
          const [sent] = await app.workflows.commands.list(runId);
          expect({ where, rejected: sent?.outcome === 'REJECTED' }).toEqual({ where, rejected: !taken });
          const audit = await cluster.rows('select action, after from audit_log where workflow_id = $1', [runId]);
          expect(audit).toEqual([{ action: command, after: expect.objectContaining({ outcome: sent?.outcome ?? null }) }]);
        }
      }
    }),
    60_000,
  );
});

it(
  'of an unknown run is RUN_NOT_FOUND',
  withCluster(async (cluster) => {
    const app = await cluster.app([], { ...NO_TICK, role: 'client' });
    await expect(app.workflows.sendCommand(uuidv7(), 'HOLD')).rejects.toThrow(RunNotFoundError);
    await expect(app.workflows.commands.list(uuidv7())).rejects.toThrow(RunNotFoundError);
  }),
);

it(
  'refuses bad input before any SQL',
  withCluster(async (cluster) => {
    const app = await cluster.app([], { ...NO_TICK, role: 'client' });
    const send = (command: unknown, options?: unknown) =>
      app.workflows.sendCommand(uuidv7(), command as string, options as object);
    await expect(send('HLOD')).rejects.toMatchObject({ code: 'UNKNOWN_COMMAND', message: expect.stringMatching(/HOLD/) });
    await expect(send(7)).rejects.toMatchObject({ code: 'INVALID_OPTION' });
    await expect(send('HOLD', { raison: 'x' })).rejects.toMatchObject({ code: 'UNKNOWN_OPTION' });
    await expect(send('HOLD', { timeout: '1s' })).rejects.toMatchObject({ code: 'INVALID_OPTION' });
    await expect(send('STOP', { timeout: 'soon' })).rejects.toMatchObject({ code: 'INVALID_DURATION' });
    await expect(send('STOP', { from: 'start' })).rejects.toMatchObject({ code: 'INVALID_OPTION' });
    await expect(send('RESET', { from: 'middle' })).rejects.toMatchObject({ code: 'INVALID_OPTION' });
    await expect(send('HOLD', { data: () => undefined })).rejects.toMatchObject({ code: 'PAYLOAD_INVALID' });
  }),
);
