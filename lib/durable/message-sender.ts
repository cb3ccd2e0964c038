// Sends messages to runs: those of this process in the order in which it was asked, gathered into few round trips; those with a key of the
// caller's choice apart, because another transaction may hold that key for long; those in a transaction of the application within it.
import type { OutgoingMessage } from '../engine/engine-services.js';
import { RunFinishedError, RunNotFoundError, SendFailedError } from '../engine/run.errors.js';
import type { Waker } from '../engine/waker.js';
import type { Clock } from '../kernel/clock.js';
import type { Queryable } from '../store/database.js';
import { GroupLane } from '../store/group-lane.js';
import type { MessageStore, NewMessage, SendVerdict } from '../store/messages/message.store.js';
import { repeatOnOutage } from '../store/repeat-on-outage.js';
import { isUnavailable } from '../store/sql-errors.js';

const MAX_ROWS = 500;

export class MessageSender {
  readonly #lane: GroupLane<NewMessage, SendVerdict>;
  /** The last message on its way to a run, if it is not the lane that keeps the order: whatever is sent to that run next comes after it. */
  readonly #apart = new Map<string, Promise<void>>();
  /** The last message on its way to a run by the lane. */
  readonly #inLane = new Map<string, Promise<void>>();

  constructor(
    private readonly messages: MessageStore,
    private readonly waker: Waker,
    private readonly clock: Clock,
  ) {
    this.#lane = new GroupLane(
      {
        insert: (messages) => this.#insert(messages),
        weigh: ({ payload }) => (payload?.length ?? 0) + 200,
        maxRows: MAX_ROWS,
        maxOnWire: 1,
      },
      clock,
    );
  }

  /** Resolves when it is durable; one with a known key is there already. @throws RunNotFoundError, RunFinishedError, SendFailedError */
  send(message: OutgoingMessage): Promise<void> {
    const { runId } = message;
    if (message.hasOwnKey) return this.sendWithKey(message);
    const earlier = this.#apart.get(runId);
    if (earlier === undefined) return remember(this.#inLane, runId, this.#sendByLane(message));
    return remember(
      this.#apart,
      runId,
      earlier.then(() => this.#sendByLane(message)),
    );
  }

  /** As `send`, with a key that others may use too. */
  sendWithKey(message: NewMessage): Promise<void> {
    const { runId } = message;
    const earlier = this.#apart.get(runId) ?? this.#inLane.get(runId);
    return remember(
      this.#apart,
      runId,
      earlier === undefined ? this.#sendApart(message) : earlier.then(() => this.#sendApart(message)),
    );
  }

  async #sendByLane(message: NewMessage): Promise<void> {
    try {
      check(message, await this.#lane.insert(message));
    } catch (error) {
      throw isUnavailable(error) ? new SendFailedError(message.runId, error) : error;
    }
  }

  async #sendApart(message: NewMessage): Promise<void> {
    const [verdict] = await repeatOnOutage(
      this.clock,
      () => this.#insert([message]),
      (cause) => new SendFailedError(message.runId, cause),
    );
    check(message, verdict);
  }

  /** Received only if that transaction commits. The run is woken by whoever hears of the commit. */
  async sendWithin(transaction: Queryable, message: NewMessage): Promise<void> {
    const { verdicts } = await this.messages.insertMany([message], transaction);
    check(message, verdicts[0]);
  }

  async #insert(messages: readonly NewMessage[]): Promise<SendVerdict[]> {
    const result = await this.messages.insertMany(messages);
    this.waker.messagesSent([...new Set(messages.map(({ runId }) => runId))], result);
    return result.verdicts;
  }
}

/** Until it is settled, however: what comes after one that failed goes on. */
function remember(last: Map<string, Promise<void>>, runId: string, sending: Promise<void>): Promise<void> {
  const settled = sending.then(
    () => undefined,
    () => undefined,
  );
  last.set(runId, settled);
  void settled.then(() => {
    if (last.get(runId) === settled) last.delete(runId);
  });
  return sending;
}

function check({ runId }: NewMessage, verdict: SendVerdict | undefined): void {
  if (verdict === 'NOT_FOUND') throw new RunNotFoundError(runId);
  if (verdict === 'FINISHED') throw new RunFinishedError(runId);
}
