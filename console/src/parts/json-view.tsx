// A value as a tree that opens and closes, or as text, with copying; all of it is text. Used for every payload that is a list or an object.
import { lazy, Suspense, useState } from 'react';
import { jsonText } from '../api/lossless-json';
import { Button } from './button';
import { CopyButton } from './copy-button';
import { ScrollBox } from './scroll-box';

const JsonTree = lazy(() => import('./json-tree'));

/** Above this a text in the page makes scrolling slow. */
const LONGEST_TEXT = 20_000;

export function JsonView({ value, what }: { value: unknown; what: string }) {
  const isTree = typeof value === 'object' && value !== null;
  const [asText, setAsText] = useState(false);
  return (
    <div className="group relative min-w-0">
      <div className="absolute top-1 right-1 flex items-center gap-1 rounded bg-surface/80">
        {isTree && (
          <Button kind="quiet" className="h-6! px-1.5! text-xs" aria-pressed={asText} onClick={() => setAsText(!asText)}>
            {asText ? 'Tree' : 'Text'}
          </Button>
        )}
        <CopyButton text={() => (typeof value === 'string' ? value : jsonText(value))} what={what} />
      </div>
      {isTree && !asText ? (
        <Suspense fallback={<PlainText text={jsonText(value)} what={what} />}>
          <JsonTree value={value} what={what} />
        </Suspense>
      ) : (
        <PlainText text={jsonText(value)} what={what} />
      )}
    </div>
  );
}

function PlainText({ text, what }: { text: string; what: string }) {
  const [isWhole, setWhole] = useState(false);
  const shown = isWhole ? text : text.slice(0, LONGEST_TEXT);
  return (
    <>
      <ScrollBox label={what} className="max-h-96 rounded-md bg-sunken">
        <pre className="whitespace-pre-wrap break-words p-3 pr-24 font-mono text-xs">{shown}</pre>
      </ScrollBox>
      {shown.length < text.length && (
        <Button kind="quiet" onClick={() => setWhole(true)}>
          Show all {text.length.toLocaleString('en')} characters
        </Button>
      )}
    </>
  );
}
