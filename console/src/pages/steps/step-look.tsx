// Icons and words of kinds and outcomes, the same in timeline, table and details.
import {
  ArrowDownToLine,
  Baby,
  Ban,
  Bell,
  BellRing,
  CircleCheck,
  CircleX,
  Dices,
  Gauge,
  GitBranch,
  Hourglass,
  type LucideIcon,
  MailOpen,
  Moon,
  RefreshCw,
  SquareFunction,
  Workflow,
} from 'lucide-react';
import type { RowStatus, SegmentLook } from './timeline-rows';

const KINDS: Record<string, { icon: LucideIcon; word: string }> = {
  run: { icon: Workflow, word: 'run' },
  step: { icon: SquareFunction, word: 'step' },
  retry: { icon: RefreshCw, word: 'step, to be tried again' },
  sleep: { icon: Moon, word: 'sleep' },
  event: { icon: Bell, word: 'event set' },
  progress: { icon: Gauge, word: 'progress' },
  value: { icon: Dices, word: 'recorded value' },
  receive: { icon: MailOpen, word: 'message received' },
  getEvent: { icon: BellRing, word: 'event read' },
  child: { icon: Baby, word: 'child' },
  startChild: { icon: GitBranch, word: 'child started' },
  result: { icon: ArrowDownToLine, word: 'result of a child' },
};

const STATUSES: Record<RowStatus, { icon: LucideIcon; word: string; className: string }> = {
  done: { icon: CircleCheck, word: 'succeeded', className: 'text-good' },
  failed: { icon: CircleX, word: 'failed', className: 'text-bad' },
  open: { icon: Hourglass, word: 'not over', className: 'text-info' },
  cancelled: { icon: Ban, word: 'stopped or cancelled', className: 'text-calm' },
};

/** Classes of styles.css, which has the patterns too. */
export const SEGMENT_LOOKS: Record<SegmentLook, { className: string; word: string }> = {
  queued: { className: 'bar bar-queued', word: 'in the queue' },
  running: { className: 'bar bar-running', word: 'running' },
  done: { className: 'bar bar-done', word: 'succeeded' },
  failed: { className: 'bar bar-failed', word: 'failed attempt' },
  retry: { className: 'bar bar-retry', word: 'between attempts' },
  waiting: { className: 'bar bar-waiting', word: 'waiting' },
  waited: { className: 'bar bar-waited', word: 'waited' },
  held: { className: 'bar bar-held', word: 'held' },
  cancelled: { className: 'bar bar-cancelled', word: 'stopped or cancelled' },
  mark: { className: 'bar bar-mark', word: 'STOP or RESET' },
};

export function kindWord(kind: string): string {
  return KINDS[kind]?.word ?? kind;
}

export function KindIcon({ kind }: { kind: string }) {
  const Icon = KINDS[kind]?.icon ?? SquareFunction;
  return <Icon aria-hidden className="size-3.5 shrink-0 text-muted" />;
}

export function StatusIcon({ status }: { status: RowStatus }) {
  const { icon: Icon, className } = STATUSES[status];
  return <Icon aria-hidden className={`size-3.5 shrink-0 ${className}`} />;
}

export function StatusWord({ status }: { status: RowStatus }) {
  const { word, className } = STATUSES[status];
  return (
    <span className={`inline-flex items-center gap-1 whitespace-nowrap ${className}`}>
      <StatusIcon status={status} />
      {word}
    </span>
  );
}

export function Legend() {
  return (
    <ul className="flex flex-wrap gap-x-4 gap-y-1 text-muted text-xs" aria-label="Legend">
      {Object.values(SEGMENT_LOOKS).map(({ className, word }) => (
        <li key={word} className="flex items-center gap-1.5">
          <span
            aria-hidden
            className={`${className} relative! inline-block h-3 ${className.includes('bar-mark') ? 'w-1' : 'w-6'}`}
          />
          {word}
        </li>
      ))}
    </ul>
  );
}
