// What a run that is not over does now: what it waits for, one line each, with the way to the run that will bring it.
import type { ReactNode } from 'react';
import type { RunWaitAnswer } from '../../../../lib/http-client/index.js';
import type { RunStatus } from '../../../../lib/model/run.js';
import { useNow } from '../../parts/clock';
import { useIsExecuting } from '../../parts/executing';
import { RunLink } from '../../parts/run-link';
import { RUN_LOOKS } from '../../parts/run-status';
import { Time } from '../../parts/time';

const FEW = 5;
/** Where commands of the workflow's own lie, see lib/durable/commands.ts. */
export const COMMAND_TOPIC = 'wf.commands';

export function Waits({ status, waits }: { status: RunStatus; waits: readonly RunWaitAnswer[] }) {
  const { icon: Icon, meaning } = RUN_LOOKS[status];
  const isHeld = status === 'HELD';
  return (
    <section aria-label="What it waits for" className="flex items-start gap-2 text-sm">
      <Icon aria-hidden className="mt-0.5 size-4 shrink-0 text-muted" />
      <ul className="flex min-w-0 flex-col gap-0.5">
        {(waits.length === 0 || isHeld) && <li>{meaning}</li>}
        {status === 'ENQUEUED' && <NoProcess />}
        {waits.slice(0, FEW).map((wait) => (
          <li key={wait.ordinal} className="break-words">
            {isHeld ? <WaitLater wait={wait} /> : <WaitNow wait={wait} />}
          </li>
        ))}
        {waits.length > FEW && <li>And for {waits.length - FEW} more: see its steps.</li>}
      </ul>
    </section>
  );
}

/** After a swap for example. */
function NoProcess() {
  if (useIsExecuting() !== false) return null;
  return <li className="font-medium text-warn">No process executes runs now: it begins when one starts.</li>;
}

function WaitNow({ wait }: { wait: RunWaitAnswer }) {
  return (
    <>
      Waits {textOf(wait)}
      {!isTimed(wait) && wait.wakeAt !== null && (
        <>
          , until <Time at={wait.wakeAt} /> at most
        </>
      )}
      .
    </>
  );
}

/** While it is held time passes, but it waits for nothing. */
function WaitLater({ wait }: { wait: RunWaitAnswer }) {
  const now = useNow();
  const isDue = wait.wakeAt !== null && Date.parse(wait.wakeAt) <= now;
  if (isDue && isTimed(wait))
    return `Its ${wait.kind === 'sleep' ? 'sleep' : 'wait before the next try'} is over: resumed, it goes on at once.`;
  return <>Resumed, it waits {textOf(wait)}.</>;
}

function isTimed({ kind }: RunWaitAnswer): boolean {
  return kind === 'sleep' || kind === 'retry';
}

function textOf({ kind, name, wakeAt, sourceRunId, sourceKey }: RunWaitAnswer): ReactNode {
  const source = sourceRunId === null ? 'a run' : <RunLink id={sourceRunId} />;
  switch (kind) {
    case 'sleep':
      return (
        <>
          until <Time at={wakeAt} />
        </>
      );
    case 'retry':
      return (
        <>
          to try step “{name}” again at <Time at={wakeAt} />
        </>
      );
    case 'receive':
      return sourceKey === COMMAND_TOPIC ? 'for a command of its own' : <>for a message of topic “{sourceKey}”</>;
    case 'getEvent':
      return (
        <>
          for the event “{sourceKey}” of {source}
        </>
      );
    case 'child':
    case 'result':
      return (
        <>
          for the end of {source} ({name})
        </>
      );
  }
}
