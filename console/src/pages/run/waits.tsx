// What a run that is not over does now: what it waits for, one line each, with the way to the run that will bring it.
import type { ReactNode } from 'react';
import type { RunWaitAnswer } from '../../../../lib/http-client/index.js';
import type { RunStatus } from '../../../../lib/model/run.js';
import { RunLink } from '../../parts/run-link';
import { RUN_LOOKS } from '../../parts/run-status';
import { Time } from '../../parts/time';

const FEW = 5;

export function Waits({ status, waits }: { status: RunStatus; waits: readonly RunWaitAnswer[] }) {
  const { icon: Icon, meaning } = RUN_LOOKS[status];
  return (
    <section aria-label="What it waits for" className="flex items-start gap-2 text-sm">
      <Icon aria-hidden className="mt-0.5 size-4 shrink-0 text-muted" />
      <ul className="flex min-w-0 flex-col gap-0.5">
        {(waits.length === 0 || status === 'HELD') && <li>{meaning}</li>}
        {waits.slice(0, FEW).map((wait) => (
          <li key={wait.ordinal} className="break-words">
            Waits {textOf(wait)}
            {wait.kind !== 'sleep' && wait.kind !== 'retry' && wait.wakeAt !== null && (
              <>
                , until <Time at={wait.wakeAt} /> at most
              </>
            )}
            .
          </li>
        ))}
        {waits.length > FEW && <li>And for {waits.length - FEW} more: see its steps.</li>}
      </ul>
    </section>
  );
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
      return <>for a message of topic “{sourceKey}”</>;
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
