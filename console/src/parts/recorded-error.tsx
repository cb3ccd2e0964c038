// An error that a run or a step ended with: name, message, code, stack and causes; or that you may not see it. Used by run and steps.
import type { ShownError } from '../../../lib/http-client/index.js';
import { isCut, isHidden } from '../../../lib/http-client/index.js';
import type { StoredError } from '../../../lib/kernel/stored-error.js';
import { CopyButton } from './copy-button';
import { bytesText, HiddenNote } from './payload';
import { ScrollBox } from './scroll-box';

export function RecordedError({ error }: { error: ShownError }) {
  if (isHidden(error))
    return (
      <div className="flex flex-col gap-1 text-sm">
        <ErrorName name={error.name} code={error.code} />
        <HiddenNote />
      </div>
    );
  if (isCut(error)) return <span className="text-muted">{bytesText(error.bytes)}, not shown</span>;
  return <OneError error={error as StoredError} />;
}

function OneError({ error, label }: { error: StoredError; label?: string }) {
  const { name, message, code, stack, cause, errors = [], retryable } = error;
  return (
    <div className="flex min-w-0 flex-col gap-2 text-sm">
      <div className="flex items-start gap-2">
        <div className="min-w-0 flex-1">
          {label !== undefined && <p className="text-muted text-xs">{label}</p>}
          <ErrorName name={name} code={code} />
          <p className="whitespace-pre-wrap break-words">{message}</p>
          {retryable !== undefined && (
            <p className="text-muted text-xs">{retryable ? 'may be tried again' : 'is not tried again'}</p>
          )}
        </div>
        <CopyButton what="error" text={stack ?? `${name}: ${message}`} />
      </div>
      {stack !== undefined && (
        <details>
          <summary className="text-muted text-xs">Stack</summary>
          <ScrollBox label="Stack" className="mt-1 max-h-64 rounded-md bg-sunken">
            <pre className="whitespace-pre p-3 font-mono text-xs">{stack}</pre>
          </ScrollBox>
        </details>
      )}
      {cause !== undefined && (
        <div className="border-line border-l-2 pl-3">
          <OneError error={cause} label="Caused by" />
        </div>
      )}
      {errors.map((each, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: never reordered
        <div key={index} className="border-line border-l-2 pl-3">
          <OneError error={each} label={`${index + 1} of ${errors.length}`} />
        </div>
      ))}
    </div>
  );
}

function ErrorName({ name, code }: { name: string; code: string | number | undefined }) {
  return (
    <p className="break-words font-semibold text-bad">
      {name}
      {code !== undefined && <code className="ml-2 font-mono font-normal text-xs">{code}</code>}
    </p>
  );
}
