// How long the oldest run of a queue has been waiting: the longer, the louder.
import { Clock, ClockAlert } from 'lucide-react';
import { useNow } from '../../parts/clock';
import { Duration } from '../../parts/time';
import { timeText } from '../../parts/time-text';
import { type Age, ageOf } from './queue-figures';

const LOOKS: Record<Age, string> = { young: '', old: 'font-medium text-warn', 'very old': 'font-medium text-bad' };

export function WaitingAge({ since }: { since: string | null | undefined }) {
  if (since === null || since === undefined) return <span className="text-muted">nobody</span>;
  return <CountingAge since={since} />;
}

function CountingAge({ since }: { since: string }) {
  const age = ageOf(useNow() - Date.parse(since));
  const Icon = age === 'young' ? Clock : ClockAlert;
  return (
    <span className={`inline-flex items-center gap-1 ${LOOKS[age]}`} title={`${age}: since ${timeText(since, 'local')}`}>
      <Icon aria-hidden className="size-3.5" />
      <Duration from={since} />
    </span>
  );
}
