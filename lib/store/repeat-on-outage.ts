// Repeats something idempotent while the database is away or somebody holds what it needs. For callers that wait for the answer.
import { type Clock, pause } from '../kernel/clock.js';
import { isLockTimeout, isSerializationFailure, isUnavailable } from './sql-errors.js';

const RETRY_MS = 100;
const GIVE_UP_MS = 5_000;

/**
 * @param giveUp makes the error of a database that stays away for 5 s. Waiting for another transaction's lock has no limit: it may take
 * as long as that transaction does
 * @param onFirstFailure told once
 * @throws what `giveUp` makes; at once what repeating does not mend
 */
export async function repeatOnOutage<T>(
  clock: Clock,
  work: () => Promise<T>,
  giveUp: (cause: unknown) => Error,
  onFirstFailure: (error: Error) => void = () => undefined,
): Promise<T> {
  const began = clock.monotonic();
  for (let tries = 0; ; tries++) {
    try {
      return await work();
    } catch (error) {
      const blocked = isLockTimeout(error);
      if (!blocked && !isUnavailable(error) && !isSerializationFailure(error)) throw error;
      if (!blocked && clock.monotonic() - began > GIVE_UP_MS) throw giveUp(error);
      if (tries === 0) onFirstFailure(error as Error);
      await pause(clock, RETRY_MS);
    }
  }
}
