// Events of runs for callers outside of any run: waiting for one costs no connection.
import type { Lookout } from '../engine/lookout.js';
import { RunNotFoundError } from '../engine/run.errors.js';
import type { Clock } from '../kernel/clock.js';
import { assertName } from '../kernel/ids.js';
import type { Serializer } from '../kernel/serializer.js';
import type { EventQuery, FoundEvent } from '../store/history/history.store.js';

export class EventReader {
  constructor(
    private readonly lookout: Lookout<EventQuery, FoundEvent>,
    private readonly serializer: Serializer,
    private readonly clock: Clock,
  ) {}

  /** See Run.getEvent. `timeoutMs` undefined: for ever; 0: looks once. */
  get<V>(runId: string, key: string, timeoutMs: number | undefined): Promise<V | null> {
    assertName(key, 'event key');
    return new Promise((resolve, reject) => {
      const timer =
        timeoutMs === undefined || timeoutMs === 0 ? undefined : this.clock.setTimer(timeoutMs, () => end(() => resolve(null)));
      const end = (settle: () => void) => {
        leave();
        timer?.cancel();
        settle();
      };
      const leave = this.lookout.watch(
        { runId, key },
        {
          found: (found) =>
            end(() => {
              if (found.state === 'no-run') reject(new RunNotFoundError(runId));
              else if (found.state === 'never') resolve(null);
              else this.#resolve(found.value, resolve, reject);
            }),
          nothing: () => {
            if (timeoutMs === 0) end(() => resolve(null));
          },
          closed: (reason) => end(() => reject(reason)),
        },
      );
    });
  }

  #resolve<V>(text: string | null, resolve: (value: V) => void, reject: (error: unknown) => void): void {
    try {
      resolve(this.serializer.deserialize(text) as V);
    } catch (damaged) {
      reject(damaged);
    }
  }
}
