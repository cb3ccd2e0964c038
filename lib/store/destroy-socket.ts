// Ends a connection without a goodbye: `end` waits for the peer, and a half-open socket has none.
import type pg from 'pg';

export function destroySocket(client: pg.ClientBase): void {
  (client as unknown as { connection?: { stream?: { destroy?(): void } } }).connection?.stream?.destroy?.();
}
