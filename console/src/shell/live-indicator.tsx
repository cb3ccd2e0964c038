// Whether what is shown is live, and the button that pauses it. On pause nothing is loaded by itself, and no connection is open.
import { Pause, Play, Radio, RefreshCw, TriangleAlert, UserX, WifiOff } from 'lucide-react';
import { useSyncExternalStore } from 'react';
import { type LiveState, liveFeed } from '../api/live-feed';
import { useLiveState } from '../api/live-query';
import { Tip } from '../parts/tip';
import { useKey } from './keys';

const LOOKS: Record<LiveState, { text: string; tip: string; className: string; icon: typeof Radio }> = {
  live: { text: 'Live', tip: 'Changes come as they happen. Pause (p)', className: 'text-good', icon: Radio },
  connecting: {
    text: 'Polling',
    tip: 'No live connection now: asks every few seconds. Pause (p)',
    className: 'text-warn',
    icon: RefreshCw,
  },
  stale: {
    text: 'Stale',
    tip: 'The server has lost sight of its database: what you see may be old.',
    className: 'text-bad',
    icon: TriangleAlert,
  },
  paused: { text: 'Paused', tip: 'Nothing is loaded by itself. Go on (p)', className: 'text-warn', icon: Pause },
  offline: {
    text: 'Offline',
    tip: 'The server can not be reached: what you see may be old. Asks every few seconds.',
    className: 'text-bad',
    icon: WifiOff,
  },
  'signed-out': {
    text: 'Signed out',
    tip: 'You are not signed in, or not any more: what you see may be old.',
    className: 'text-bad',
    icon: UserX,
  },
  off: {
    text: 'Polling',
    tip: 'The server gives no live changes: asks every few seconds. Pause (p)',
    className: 'text-warn',
    icon: RefreshCw,
  },
};

export function LiveIndicator() {
  const state = useLiveState();
  const isPaused = useSyncExternalStore(liveFeed.listen, () => liveFeed.isPaused);
  const { text, tip, className, icon: Icon } = LOOKS[state];
  const toggle = () => liveFeed.pause(!liveFeed.isPaused);
  useKey('p', 'Pause live updates, or go on', toggle);
  return (
    <Tip text={tip}>
      <button
        type="button"
        aria-pressed={isPaused}
        aria-label={`${text}. ${isPaused ? 'Go on with' : 'Pause'} live updates`}
        onClick={toggle}
        className={`inline-flex h-8 items-center gap-1 rounded-md px-2 font-medium text-xs hover:bg-sunken ${className}`}
      >
        {isPaused ? <Play aria-hidden className="size-4" /> : <Icon aria-hidden className="size-4" />}
        <span className="hidden sm:inline">{text}</span>
      </button>
    </Tip>
  );
}
