// What a run is doing: icon, colour and word, so that none of them has to be told apart alone. Used wherever a run is shown.
import {
  Ban,
  CircleCheck,
  CircleDashed,
  CirclePause,
  CircleStop,
  CircleX,
  Clock,
  Hourglass,
  ListOrdered,
  LoaderCircle,
  type LucideIcon,
  Skull,
} from 'lucide-react';
import type { RunStatus } from '../../../lib/model/run.js';

interface Look {
  icon: LucideIcon;
  className: string;
  /** One sentence, shown as a tip. */
  meaning: string;
}

const INFO = 'bg-info-soft text-info';
const CALM = 'bg-calm-soft text-calm';
const BAD = 'bg-bad-soft text-bad';

export const RUN_LOOKS: Readonly<Record<RunStatus, Look>> = {
  DELAYED: { icon: Clock, className: CALM, meaning: 'Its start lies in the future.' },
  ENQUEUED: { icon: ListOrdered, className: CALM, meaning: 'Waits in its queue for a process.' },
  PENDING: { icon: CircleDashed, className: INFO, meaning: 'A process has taken it.' },
  RUNNING: { icon: LoaderCircle, className: INFO, meaning: 'Its code runs.' },
  WAITING: {
    icon: Hourglass,
    className: 'bg-warn-soft text-warn',
    meaning: 'Waits for a time, a message, an event or a child; out of memory.',
  },
  HELD: { icon: CirclePause, className: 'bg-held-soft text-held', meaning: 'An operator holds it.' },
  STOPPING: { icon: CircleStop, className: 'bg-held-soft text-held', meaning: 'An operator stopped it; it cleans up.' },
  SUCCESS: { icon: CircleCheck, className: 'bg-good-soft text-good', meaning: 'It is done.' },
  ERROR: { icon: CircleX, className: BAD, meaning: 'It failed.' },
  CANCELLED: { icon: Ban, className: CALM, meaning: 'It was cancelled, or its time was over.' },
  STOPPED: { icon: CircleStop, className: CALM, meaning: 'An operator stopped it.' },
  DEAD: { icon: Skull, className: BAD, meaning: 'Processes ended with it too often; nobody takes it any more.' },
};

export function RunStatusBadge({ status }: { status: RunStatus }) {
  const { icon: Icon, className, meaning } = RUN_LOOKS[status] ?? RUN_LOOKS.PENDING;
  return (
    <span
      title={meaning}
      className={`inline-flex items-center gap-1 whitespace-nowrap rounded-full px-2 py-0.5 font-medium text-xs ${className}`}
    >
      <Icon aria-hidden className="size-3.5" />
      {status}
    </span>
  );
}
