// What an operator may order of a run: each button is on when the run takes it and the operator may; else it says why not. Keys h, r, s.
import { Ban, Ellipsis, Pause, Play, RotateCcw, Square } from 'lucide-react';
import { lazy, type ReactNode, Suspense, useState } from 'react';
import type { RunAnswer } from '../../../../lib/http-client/index.js';
import type { EngineCommand } from '../../../../lib/model/command-rules.js';
import { type AdminAction, forbidden, useMay, useMe } from '../../api/me';
import { Button } from '../../parts/button';
import { Menu } from '../../parts/menu';
import type { MenuItem } from '../../parts/menu-item';
import { useKey } from '../../shell/keys';
import type { Order } from './order-dialog';
import { whyNotCommand, whyNotPriority, whyNotWhenOver } from './order-rules';

/** Dialogs are large, and most who look at a run give no order. */
const OrderDialog = lazy(() => import('./order-dialog'));

const BUTTONS: ReadonlyArray<{ command: EngineCommand; icon: ReactNode; key?: string }> = [
  { command: 'HOLD', icon: <Pause />, key: 'h' },
  { command: 'RESUME', icon: <Play />, key: 'r' },
  { command: 'STOP', icon: <Square />, key: 's' },
  { command: 'RESET', icon: <RotateCcw /> },
];

export function RunOrders({ answer, id }: { answer: RunAnswer; id: string }) {
  const { run, waits, commandState } = answer;
  // Counted, so that each opening begins with empty fields.
  const [{ order, count }, setOpened] = useState<{ order?: Order; count: number }>({ count: 0 });
  const isKnown = useMe().data !== undefined;
  const may: Record<string, boolean> = {
    command: useMay('command'),
    cancel: useMay('cancel'),
    send: useMay('send'),
    priority: useMay('priority'),
    legal_hold: useMay('legal_hold'),
  };
  const why = (action: AdminAction, ofState: string | undefined) => {
    if (!isKnown) return 'It is not known yet what you may do.';
    return may[action] ? ofState : forbidden(action);
  };
  const open = (next: Order) => setOpened({ order: next, count: count + 1 });
  const close = () => setOpened({ count });
  const over = whyNotWhenOver(run);
  const more: MenuItem[] = [
    { label: 'Send another command …', why: why('command', over), act: () => open('COMMAND') },
    { label: 'Send a message …', why: why('send', over), act: () => open('MESSAGE') },
    { label: 'Set the priority …', why: why('priority', whyNotPriority(run)), act: () => open('PRIORITY') },
    {
      label: run.legalHold ? 'End the legal hold …' : 'Put under legal hold …',
      why: why('legal_hold', undefined),
      act: () => open('LEGAL_HOLD'),
    },
  ];
  return (
    <div role="toolbar" aria-label="Orders" className="flex flex-wrap items-center gap-2">
      {BUTTONS.map(({ command, icon, key }) => {
        const whyNot = why('command', whyNotCommand(command, commandState));
        return (
          <span key={command} className="contents">
            <Button icon={icon} why={whyNot} onClick={() => open(command)}>
              {command}
            </Button>
            {key !== undefined && whyNot === undefined && <OrderKey name={key} command={command} act={() => open(command)} />}
          </span>
        );
      })}
      <Button kind="danger" icon={<Ban />} why={why('cancel', over)} onClick={() => open('CANCEL')}>
        Cancel
      </Button>
      <Menu label="More orders" icon={<Ellipsis />} items={more} />
      {order !== undefined && (
        <Suspense>
          <OrderDialog key={count} order={order} {...{ id, run, waits }} onClose={close} />
        </Suspense>
      )}
    </div>
  );
}

/** On the key sheet for as long as the run takes it. */
function OrderKey({ name, command, act }: { name: string; command: EngineCommand; act(): void }) {
  useKey(name, `${command} this run`, act);
  return null;
}
