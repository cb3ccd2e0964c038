// The key sheet itself, loaded when somebody asks for it.
import { Dialog } from '../parts/dialog';
import type { KeyBinding } from './keys';

export default function KeySheetDialog({ bindings, onClose }: { bindings: readonly KeyBinding[]; onClose(): void }) {
  return (
    <Dialog isOpen onClose={onClose} title="Keys">
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
  );
}
