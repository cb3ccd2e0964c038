// What became of a command: picked up or not yet, rejected, superseded, expired; never by colour alone. Used by the lines under the orders and the list.
import { CircleCheck, CircleX, Clock, type LucideIcon, Redo2, TimerOff } from 'lucide-react';
import type { SentCommandAnswer } from '../../../../lib/http-client/index.js';
import { Time } from '../../parts/time';

interface Look {
  text: string;
  icon: LucideIcon;
  className: string;
}

const OPEN: Look = { text: 'not yet picked up', icon: Clock, className: 'text-warn' };
const LOOKS: Record<NonNullable<SentCommandAnswer['outcome']>, Look> = {
  APPLIED: { text: 'acknowledged', icon: CircleCheck, className: 'text-good' },
  REJECTED: { text: 'rejected', icon: CircleX, className: 'text-bad' },
  SUPERSEDED: { text: 'superseded by a later command', icon: Redo2, className: 'text-calm' },
  EXPIRED: { text: 'expired: the run ended first', icon: TimerOff, className: 'text-calm' },
};

export function CommandOutcome({ command: { outcome, state, settledAt } }: { command: SentCommandAnswer }) {
  const { text, icon: Icon, className } = outcome === null ? OPEN : LOOKS[outcome];
  return (
    <span className={`inline-flex flex-wrap items-center gap-x-1 align-bottom font-medium ${className}`}>
      <Icon aria-hidden className="size-4 shrink-0" />
      {text} {outcome === 'REJECTED' && `while it was ${state} `}
      {settledAt !== null && <Time at={settledAt} />}
    </span>
  );
}
