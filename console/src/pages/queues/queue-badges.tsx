// What keeps a queue from going on, as badges: paused, in maintenance, deadlocked.
import { CirclePause, Construction, Link2Off, type LucideIcon } from 'lucide-react';
import type { QueueView } from './queue-figures';

export function QueueBadges({ queue }: { queue: QueueView }) {
  const { isPaused, maintenance, deadlocks } = queue;
  return (
    <>
      {isPaused && (
        <Badge icon={CirclePause} look="bg-held-soft text-held" meaning="An operator paused it: nothing of it begins.">
          Paused
        </Badge>
      )}
      {maintenance !== null && (
        <Badge
          icon={Construction}
          look="bg-warn-soft text-warn"
          meaning={`In maintenance (${maintenance.mode}): nothing of it begins.`}
        >
          Maintenance
        </Badge>
      )}
      {deadlocks.length > 0 && (
        <Badge
          icon={Link2Off}
          look="bg-bad-soft text-bad"
          meaning="All that hold a permit there wait for a child that needs one."
        >
          Deadlock
        </Badge>
      )}
    </>
  );
}

interface BadgeProps {
  icon: LucideIcon;
  look: string;
  meaning: string;
  children: string;
}

function Badge({ icon: Icon, look, meaning, children }: BadgeProps) {
  return (
    <span
      title={meaning}
      className={`inline-flex shrink-0 items-center gap-1 whitespace-nowrap rounded-full px-2 py-0.5 font-medium text-xs ${look}`}
    >
      <Icon aria-hidden className="size-3.5" />
      {children}
    </span>
  );
}
