// What a commander tells whom, by the verdict of the database.
import type { Waker } from '../../../lib/engine/waker.js';
import { systemClock } from '../../../lib/kernel/clock.js';
import { Serializer } from '../../../lib/kernel/serializer.js';
import { resolveCommand } from '../../../lib/operations/commands/command-options.js';
import { RunCommander } from '../../../lib/operations/commands/run-commander.js';
import type { CommandStore, CommandVerdict } from '../../../lib/store/commands/command.store.js';

const RUN = '01890000-0000-7000-8000-000000000000';

async function toldOf(verdict: Partial<CommandVerdict>, command = 'HOLD'): Promise<string[]> {
  const told: string[] = [];
  const tell = (what: string) => () => void told.push(what);
  const store = {
    insert: async () => ({
      commandId: '1',
      state: 'RUNNING',
      outcome: 'APPLIED',
      statusNow: 'RUNNING',
      mailed: false,
      ...verdict,
    }),
    findState: async () => ({ status: 'ENQUEUED', isStopping: false, pending: null, isBusy: false }),
  } as unknown as CommandStore;
  const waker = { messagesSent: tell('mail'), runEndedFromOutside: tell('end') } as unknown as Waker;
  const ports = {
    lookAfter: async () => void told.push('look after'),
    woken: tell('woken'),
    ended: tell('ended'),
  };
  const commander = new RunCommander(store, new Serializer({ maxBytes: 1_000 }), waker, ports, systemClock);
  await commander.send(RUN, resolveCommand(command)).catch(() => told.push('refused'));
  return told;
}

describe('a commander tells', () => {
  it.each<[string, Partial<CommandVerdict>, string[]]>([
    ['who has it in memory', { outcome: null }, ['look after']],
    ['who may claim it', { statusNow: 'ENQUEUED' }, ['woken']],
    ['who waits for its end', { statusNow: 'STOPPED' }, ['end', 'ended']],
    ['who waits for a permit', { statusNow: 'HELD' }, ['ended']],
    ['its inbox', { outcome: null, mailed: true }, ['mail']],
  ])('%s', async (_whom, verdict, told) => {
    expect(await toldOf(verdict)).toEqual(told);
  });

  it.each(['ENQUEUED', 'WAITING'] as const)(
    'who may claim the run, though it was refused: a claim may have passed over it, %s',
    async (status) => {
      expect(await toldOf({ outcome: 'REJECTED', state: status, statusNow: status }, 'RESUME')).toEqual(['woken', 'refused']);
    },
  );
});
