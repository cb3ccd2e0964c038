// The last command that the run was sent, and all that it has not picked up yet, each with its way: sent → acknowledged. Live, and told to screen readers.
import { useQuery } from '@tanstack/react-query';
import type { SentCommandAnswer } from '../../../../lib/http-client/index.js';
import { client } from '../../api/client';
import { usePollInterval } from '../../api/live-query';
import { Time } from '../../parts/time';
import { CommandOutcome } from './command-outcome';
import { partKey } from './use-run';

const LOOKED_AT = 20;
const MOST_SHOWN = 4;

export function CommandLines({ runId }: { runId: string }) {
  const refetchInterval = usePollInterval();
  const { data } = useQuery({
    queryKey: partKey('commands', runId),
    queryFn: ({ signal }) => client.runs.commands(runId, { limit: LOOKED_AT }, { signal }),
    refetchInterval,
  });
  const commands = data?.commands ?? [];
  const shown = commands.filter(({ outcome }, index) => index === 0 || outcome === null).slice(0, MOST_SHOWN);
  return (
    <ul aria-label="Commands on their way" aria-live="polite" className="flex flex-col gap-1 text-sm empty:hidden">
      {shown.map((command) => (
        <CommandLine key={command.commandId} command={command} />
      ))}
    </ul>
  );
}

function CommandLine({ command }: { command: SentCommandAnswer }) {
  const { command: name, receivedAt, actor, reason } = command;
  return (
    <li className="min-w-0 break-words rounded-md border border-line bg-surface px-3 py-1.5">
      <strong>{name}</strong> sent <Time at={receivedAt} /> by {actor}
      {reason !== null && <> (“{reason}”)</>} <span aria-hidden>→ </span>
      <CommandOutcome command={command} />
    </li>
  );
}
