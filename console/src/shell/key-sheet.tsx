// All keys that act on this page (`?`).
import { Keyboard } from 'lucide-react';
import { useState } from 'react';
import { useLocation } from 'wouter';
import { IconButton } from '../parts/button';
import { Dialog } from '../parts/dialog';
import { useKey, useKeyBindings } from './keys';

export function KeySheet() {
  const [isOpen, setOpen] = useState(false);
  const bindings = useKeyBindings();
  const [, go] = useLocation();
  useKey('?', 'Show these keys', () => setOpen(true));
  useKey('g s', 'Go to Start', () => go('/'));
  useKey('g r', 'Go to Runs', () => go('/runs'));
  useKey('g q', 'Go to Queues', () => go('/queues'));
  useKey('g a', 'Go to Admin', () => go('/admin'));
  return (
    <>
      <IconButton label="Keys (?)" icon={<Keyboard />} className="max-sm:hidden" onClick={() => setOpen(true)} />
      <Dialog isOpen={isOpen} onClose={() => setOpen(false)} title="Keys">
        <dl className="grid grid-cols-[auto_1fr] items-center gap-x-6 gap-y-2 text-sm">
          {bindings.map(({ key, does }) => (
            <div key={`${key} ${does}`} className="contents">
              <dt className="flex gap-1">
                {key.split(' ').map((one) => (
                  <kbd key={one} className="rounded border border-line-strong bg-sunken px-1.5 py-0.5 font-mono text-xs">
                    {one}
                  </kbd>
                ))}
              </dt>
              <dd>{does}</dd>
            </div>
          ))}
        </dl>
      </Dialog>
    </>
  );
}
