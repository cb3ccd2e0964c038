// Says what became of a search that found no run by its id, and how else it could be looked for.
import { Info, X } from 'lucide-react';
import { Link } from 'wouter';
import { IconButton } from '../../parts/button';

export interface SearchNoteProps {
  /** What was searched. */
  text: string;
  onDismiss(): void;
}

export function SearchNote({ text, onDismiss }: SearchNoteProps) {
  const link = (key: string) => `/runs?${key}=${encodeURIComponent(text)}`;
  return (
    <div
      role="status"
      className="flex items-start gap-2 rounded-md border border-line bg-info-soft px-3 py-1.5 text-info text-sm"
    >
      <Info aria-hidden className="mt-1 size-4 shrink-0" />
      <p className="min-w-0 flex-1 self-center break-words">
        No run has the id “{text}”; an id is found by the whole of it. These are runs whose workflow's name has that. Look for it
        as{' '}
        <Link href={link('externalId')} className="underline">
          the starter's id
        </Link>
        ,{' '}
        <Link href={link('deduplicationId')} className="underline">
          the deduplication id
        </Link>
        , or under “More filters” as an attribute, such as <code className="font-mono text-xs">batch="{text}"</code>.
      </p>
      <IconButton label="Dismiss" icon={<X />} className="h-6! w-6!" onClick={onDismiss} />
    </div>
  );
}
