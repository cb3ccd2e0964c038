// Data of the application: shown, or said why not: hidden from you, too large for a page (then loaded on demand), unreadable. Used wherever data is shown.
import { useQuery } from '@tanstack/react-query';
import { Download, EyeOff } from 'lucide-react';
import { useState } from 'react';
import { isCut, isHidden, type PayloadQuery } from '../../../lib/http-client/index.js';
import { client } from '../api/client';
import { jsonText } from '../api/lossless-json';
import { problemOf } from '../api/problem';
import { Button } from './button';
import { ErrorNote } from './error-note';
import { JsonView } from './json-view';

export interface PayloadProps {
  value: unknown;
  /** Such as `input` or `output of step 3`: said by copy buttons and screen readers. */
  what: string;
  /** Where the whole of it is, if it is too large. */
  source?: { runId: string; of: PayloadQuery };
  /** In place of `undefined`. */
  none?: string;
}

export function Payload({ value, what, source, none = 'none' }: PayloadProps) {
  if (value === undefined || value === null) return <span className="text-muted">{value === null ? 'null' : none}</span>;
  if (isHidden(value)) return <HiddenNote />;
  if (isCut(value)) return <CutPayload bytes={value.bytes} what={what} source={source} />;
  if (isUnreadable(value)) return <span className="text-warn">can not be read: {value.unreadable}</span>;
  return <JsonView value={value} what={what} />;
}

/** In a cell of a table: short, on one line. */
export function payloadText(value: unknown): string {
  if (value === undefined) return '';
  if (isHidden(value)) return 'hidden';
  if (isCut(value)) return `${bytesText(value.bytes)}, open to load`;
  return typeof value === 'string' ? value : jsonText(value).replaceAll(/\s*\n\s*/g, ' ');
}

export function HiddenNote() {
  return (
    <span className="inline-flex items-center gap-1 text-muted">
      <EyeOff aria-hidden className="size-4" />
      hidden: you may not see payloads
    </span>
  );
}

function CutPayload({ bytes, what, source }: { bytes: number; what: string; source: PayloadProps['source'] }) {
  const [isWanted, setWanted] = useState(false);
  const query = useQuery({
    queryKey: ['payload', source],
    queryFn: ({ signal }) => client.runs.payload(source?.runId ?? '', source?.of ?? { of: 'input' }, { signal }),
    enabled: isWanted && source !== undefined,
    staleTime: Number.POSITIVE_INFINITY,
  });
  if (query.data !== undefined)
    return (
      <div className="flex flex-col gap-2">
        <JsonView value={query.data.value} what={what} />
        <Button className="self-start" icon={<Download />} onClick={() => download(jsonText(query.data.value), what)}>
          Download {bytesText(bytes)}
        </Button>
      </div>
    );
  return (
    <div className="flex flex-wrap items-center gap-3">
      <span className="text-muted">{bytesText(bytes)}, not loaded</span>
      {source !== undefined && (
        <Button isBusy={query.isFetching} onClick={() => (isWanted ? void query.refetch() : setWanted(true))}>
          Load {what}
        </Button>
      )}
      {query.error !== null && <ErrorNote problem={problemOf(query.error)} />}
    </div>
  );
}

export function bytesText(bytes: number): string {
  if (bytes < 1_024) return `${bytes} B`;
  return bytes < 1_048_576 ? `${Math.round(bytes / 1_024)} kB` : `${(bytes / 1_048_576).toFixed(1)} MB`;
}

export function download(text: string, name: string, kind: 'json' | 'csv' = 'json'): void {
  const url = URL.createObjectURL(new Blob([text], { type: kind === 'json' ? 'application/json' : 'text/csv' }));
  const link = document.createElement('a');
  link.href = url;
  link.download = `${name.replaceAll(/[^\w.-]+/g, '-')}.${kind}`;
  link.click();
  URL.revokeObjectURL(url);
}

function isUnreadable(value: unknown): value is { unreadable: string } {
  const keys = typeof value === 'object' && value !== null ? Object.keys(value) : [];
  return keys.length === 1 && typeof (value as { unreadable?: unknown }).unreadable === 'string';
}
