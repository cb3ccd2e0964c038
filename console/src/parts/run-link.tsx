// A run by its id, short, as a link to its page. Used wherever a run is named.
import { Link } from 'wouter';

export function shortId(id: string): string {
  return /^[0-9a-f]{8}-[0-9a-f-]{27}$/.test(id) ? `${id.slice(0, 8)}…${id.slice(-4)}` : id;
}

export function runPath(id: string): string {
  return `/runs/${encodeURIComponent(id)}`;
}

export function RunLink({ id, text }: { id: string; text?: string }) {
  return (
    <Link
      href={runPath(id)}
      title={text === undefined ? id : `${text}\n${id}`}
      className="break-all font-mono text-accent text-xs hover:underline"
    >
      {text ?? shortId(id)}
    </Link>
  );
}
