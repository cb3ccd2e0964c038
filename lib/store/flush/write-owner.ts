// Who wants something to be durable: a run's frame in the engine. The lane tells it, per flush, what became of its writes.

export interface WriteOwner {
  readonly runId: string;
  readonly token: string;
  /** `count` writes of this owner are durable. */
  acked(count: number): void;
  /** The run belongs to somebody else now, or to nobody: nothing of what was pending was written, and nothing will be. */
  lost(): void;
  /** The database refused this owner's data. Nothing of it was written, and nothing after it. */
  refused(error: unknown): void;
}
