// What went wrong, its code, and what can be done: try again, sign in. Used where something could not be loaded, and in forms.
import { CircleAlert } from 'lucide-react';
import { signInAddress } from '../api/mount';
import type { ShownProblem } from '../api/problem';
import { Button } from './button';

export function ErrorNote({ problem, onRetry }: { problem: ShownProblem; onRetry?: () => void }) {
  const { text, code, requestId, isSignedOut, fields } = problem;
  const signIn = isSignedOut ? signInAddress() : undefined;
  return (
    <div role="alert" className="flex items-start gap-3 rounded-lg border border-bad bg-bad-soft p-3 text-sm">
      <CircleAlert aria-hidden className="mt-0.5 size-4 shrink-0 text-bad" />
      <div className="min-w-0 flex-1">
        <p className="break-words font-medium text-ink">{isSignedOut ? 'You are not signed in, or not any more.' : text}</p>
        {fields.length > 0 && (
          <ul className="mt-1 list-disc pl-4">
            {fields.map(({ path, message }) => (
              <li key={`${path} ${message}`} className="break-words">
                <code className="font-mono text-xs">{path || '/'}</code> {message}
              </li>
            ))}
          </ul>
        )}
        <p className="mt-0.5 break-all font-mono text-ink text-xs">
          {code}
          {requestId !== undefined && ` · request ${requestId}`}
        </p>
      </div>
      {signIn !== undefined ? (
        <a href={signIn} className="shrink-0 font-medium text-accent underline">
          Sign in
        </a>
      ) : (
        onRetry !== undefined && <Button onClick={onRetry}>Try again</Button>
      )}
    </div>
  );
}
