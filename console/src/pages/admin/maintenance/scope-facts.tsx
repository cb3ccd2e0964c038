// One maintenance: mode, by whom, since and until when, why, and how many runs processes still have of it.
import { Facts } from '../../../parts/table';
import { Time } from '../../../parts/time';
import type { Scope } from './cut-over';

export function ScopeFacts({ scope }: { scope: Scope }) {
  const { queue, mode, actor, enteredAt, until, reason, inFlight } = scope;
  return (
    <Facts
      facts={[
        ['Queues', queue === null ? 'all, also those that are made meanwhile' : queue],
        ['Mode', mode === 'cancel' ? 'cancel: what was not over has been cancelled' : 'drain: what is under way goes on'],
        ['Entered', <EnteredBy key="by" at={enteredAt} actor={actor} />],
        ['Ends', <Time key="until" at={until} none="when somebody exits it" />],
        ['Reason', reason ?? 'none was given'],
        ['In flight', `${inFlight}`],
      ]}
    />
  );
}

function EnteredBy({ at, actor }: { at: string; actor: string }) {
  return (
    <>
      <Time at={at} /> by {actor}
    </>
  );
}
