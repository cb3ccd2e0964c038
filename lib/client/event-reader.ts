// Events of runs for callers outside of any run: waiting for one costs no connection.
import type { Lookout } from '../engine/lookout.js';
import { RunNotFoundError } from '../engine/run.errors.js';
import type { Clock, Timer } from '../kernel/clock.js';
import { assertName } from '../kernel/ids.js';
import type { Serializer } from '../kernel/serializer.js';
import type { EventQuery, FoundEvent } from '../store/history/history.store.js';

/** A last look that the database does not answer within so many ms is given up. */
const LAST_LOOK_MS = 5_000;

export class EventReader {
  constructor(
    private readonly lookout: Lookout<EventQuery, FoundEvent>,
    private readonly serializer: Serializer,
    private readonly clock: Clock,
  ) {}

  /**
   * See Run.getEvent. `timeoutMs` undefined: for ever; 0: looks once. At the timeout one more look: what came in time counts. With a
   * `departure` the run is in memory until then, and has no event.
   */
  get<V>(runId: string, key: string, timeoutMs: number | undefined, departure?: Promise<void>): Promise<V | null> {
    assertName(key, 'event key');
    return new Promise((resolve, reject) => {
      let timer: Timer | undefined;
      let leave: (() => void) | undefined;
      let isOver = false;
      const end = (settle: () => void) => {
        isOver = true;
        leave?.();
        timer?.cancel();
        settle();
      };
      const none = () => end(() => resolve(null));
      const watch = (nothing?: () => void) =>
        this.lookout.watch(
          { runId, key },
          {
            found: (found) =>
              end(() => {
                if (found.state === 'no-run') reject(new RunNotFoundError(runId));
                else if (found.state === 'never') resolve(null);
                else this.#resolve(found.value, resolve, reject);
              }),
            nothing,
            closed: (reason) => end(() => reject(reason)),
          },
        );
      const lastLook = () => {
        if (leave === undefined) return none();
        leave();
        leave = watch(none);
        timer = this.clock.setTimer(LAST_LOOK_MS, none);
      };
      const begin = () => {
        if (!isOver) leave = watch(timeoutMs === 0 ? none : undefined);
      };
      if (departure === undefined) begin();
      else departure.then(begin, (error) => end(() => reject(error)));
      if (timeoutMs !== undefined && timeoutMs > 0) timer = this.clock.setTimer(timeoutMs, lastLook);
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
