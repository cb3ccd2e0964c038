// All keys that act on this page (`?`).
import { Keyboard } from 'lucide-react';
import { lazy, Suspense, useState } from 'react';
import { useLocation } from 'wouter';
import { IconButton } from '../parts/button';
import { useKey, useKeyBindings } from './keys';
import { WithoutIt } from './page-errors';

const KeySheetDialog = lazy(() => import('./key-sheet-dialog'));

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
      {isOpen && (
        <WithoutIt>
          <Suspense>
            <KeySheetDialog bindings={bindings} onClose={() => setOpen(false)} />
          </Suspense>
        </WithoutIt>
      )}
    </>
  );
}
