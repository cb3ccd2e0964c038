// Copies one value, and says so.
import { Check, Copy, CopyX } from 'lucide-react';
import { useEffect, useState } from 'react';
import { IconButton } from './button';
import { copyText } from './clipboard';

export function CopyButton({ text, what }: { text: string | (() => string); what: string }) {
  const [state, setState] = useState<'idle' | 'done' | 'failed'>('idle');
  useEffect(() => {
    if (state === 'idle') return;
    const timer = setTimeout(() => setState('idle'), 2_000);
    return () => clearTimeout(timer);
  }, [state]);
  const icon = { idle: <Copy />, done: <Check />, failed: <CopyX /> }[state];
  const label = { idle: `Copy ${what}`, done: 'Copied', failed: 'The browser does not let pages copy' }[state];
  return (
    <IconButton
      label={label}
      icon={icon}
      className="size-6! text-muted"
      onClick={async () => setState((await copyText(typeof text === 'function' ? text() : text)) ? 'done' : 'failed')}
    />
  );
}
