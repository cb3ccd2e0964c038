// The queues as this process knows them, and which of them are in maintenance, with the epoch that its knowledge belongs to. Read anew at the tick, when another process tells of a
// change, and when a queue is asked for that is not known; whoever acts on it past a queue proves by the epoch that nothing has changed.
import { quoteText, shortText } from '../kernel/describe-value.js';
import { didYouMean } from '../kernel/near-names.js';
import { WorkflowsError } from '../kernel/workflows.error.js';
import { isUnlimited, type Queue, type QueueSettings } from '../model/queue.js';
import type { QueueStore } from '../store/queues/queue.store.js';

export class QueueNotFoundError extends WorkflowsError {
  /** @param namedBy who asks for it, if not the caller */
  constructor(name: string, known: readonly string[], namedBy?: string) {
    super(
      'QueueNotFoundError',
      'QUEUE_NOT_FOUND',
      `There is no queue ${quoteText(name)}${namedBy === undefined ? '' : `, which ${namedBy} names`}.${didYouMean(name, known)} Declare it: WorkflowsModule.forRoot({ queues: [{ name: '…' }] }), WorkflowsModule.registerQueue(), or queues.create().`,
      { details: { name: shortText(name) } },
    );
  }
}

export interface MaintenancePorts {
  /** ms since the epoch, database clock. */
  now(): number;
  /** The end of a maintenance has passed: takes it away, for all. @throws the database's error */
  endExpired(): Promise<void>;
  /** The settings were read. `isNews`: they are not those that were known. */
  onRead(isNews: boolean): void;
}

export class QueueDirectory {
  #queues = new Map<string, Queue>();
  #maintained: ReadonlyMap<string, number> = new Map();
  #epoch = '0';
  #reading?: Promise<void>;
  #next?: Promise<void>;

  #isDeclared = false;

  constructor(
    private readonly store: Pick<QueueStore, 'list' | 'declare'>,
    /** What code says of its queues; stored before the first reading. */
    private readonly declarations: () => ReadonlyArray<{ name: string } & QueueSettings>,
    /** A queue was made or changed by that. */
    private readonly onDeclared: () => void,
    private readonly maintenance?: MaintenancePorts,
  ) {}

  /** Of what is known; a database that says otherwise has changed since. */
  get epoch(): string {
    return this.#epoch;
  }

  get names(): string[] {
    return [...this.#queues.keys()];
  }

  has(name: string): boolean {
    return this.#queues.has(name);
  }

  find(name: string): Queue | undefined {
    return this.#queues.get(name);
  }

  /** As known here. @throws QueueNotFoundError naming a near one, and who asks for it */
  get(name: string, namedBy?: string): Queue {
    const queue = this.#queues.get(name);
    if (queue === undefined) throw new QueueNotFoundError(name, this.names, namedBy);
    return queue;
  }

  /** Looks again for one that is not known. @throws QueueNotFoundError; the database's error */
  async require(name: string): Promise<Queue> {
    if (!this.#queues.has(name)) await this.refresh();
    return this.get(name);
  }

  /** A run of that queue may begin wherever a slot is free. */
  isOpen(name: string): boolean {
    const queue = this.#queues.get(name);
    return queue !== undefined && !queue.isPaused && isUnlimited(queue) && !this.#maintained.has(name);
  }

  /** Some queue is in maintenance, as far as is known here. */
  get hasMaintenance(): boolean {
    return this.#maintained.size > 0;
  }

  /** It is in maintenance, as far as is known here; for a moment longer than its end, until somebody has noticed that. */
  isMaintained(name: string): boolean {
    return this.#maintained.has(name);
  }

  /** A start into it would be refused now. Before the queues are read nobody knows. */
  refusesStarts(name: string): boolean {
    const until = this.#maintained.get(name);
    return until !== undefined && (this.maintenance?.now() ?? 0) < until;
  }

  /** A run of that queue or partition gives a permit back that others may wait for. */
  isGated(name: string, partitionKey: string | null): boolean {
    const queue = this.#queues.get(name);
    return partitionKey !== null || queue === undefined || !isUnlimited(queue);
  }

  /** Resolves with a reading that began after this call. @throws the database's error; what is known stays */
  refresh(): Promise<void> {
    if (this.#reading === undefined) {
      this.#reading = this.#read().finally(() => {
        this.#reading = undefined;
      });
      return this.#reading;
    }
    this.#next ??= this.#reading
      .catch(() => undefined)
      .then(() => {
        this.#next = undefined;
        return this.refresh();
      });
    return this.#next;
  }

  async #read(): Promise<void> {
    if (!this.#isDeclared) {
      const declared = this.declarations();
      const changed = declared.length > 0 && (await this.store.declare(declared));
      this.#isDeclared = true;
      if (changed) this.onDeclared();
    }
    let listing = await this.store.list();
    if (listing.hasExpired && this.maintenance !== undefined) {
      // It counts no more, whether that succeeds or not; the next reading tries again.
      const isEnded = await this.maintenance.endExpired().then(
        () => true,
        () => false,
      );
      if (isEnded) listing = await this.store.list();
    }
    const { epoch, queues, maintained } = listing;
    const isNews = epoch !== this.#epoch;
    this.#queues = new Map(queues.map((queue) => [queue.name, queue]));
    this.#maintained = maintained;
    this.#epoch = epoch;
    this.maintenance?.onRead(isNews);
  }
}
