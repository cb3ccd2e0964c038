// The composition: everything below is made and connected here, and started and stopped in order. One per module instance.
//
//   boot      migrate ─► database ─► services usable (starts are enqueued)
//   bootstrap register executor ─► listen ─► tick ─► claims begin
//   destroy   no more claims ─► write what is in memory ─► drain ─► retire own executor, release what is left
//   shutdown  close

import { AsyncLocalStorage } from 'node:async_hooks';
import type { AuditReader } from '../client/audit-reader.js';
import { EventReader } from '../client/event-reader.js';
import { withoutDoubles } from '../client/queue-options.js';
import type { RunReader } from '../client/run-reader.js';
import { StreamRanges } from '../client/stream-ranges.js';
import { WorkflowService } from '../client/workflow.service.js';
import { WorkflowQueues } from '../client/workflow-queues.js';
import { BackgroundSweeps } from '../dispatch/background-sweeps.js';
import { Claimer } from '../dispatch/claimer.js';
import { DeadlineSweeper } from '../dispatch/deadline-sweeper.js';
import { DeadlockWatch } from '../dispatch/deadlock-watch.js';
import { Dispatcher } from '../dispatch/dispatcher.js';
import { DueTimer } from '../dispatch/due-timer.js';
import { ExecutorHost } from '../dispatch/executor-host.js';
import { GatedClaims } from '../dispatch/gated-claims.js';
import { HeldRunWatch } from '../dispatch/held-run-watch.js';
import type { InMemoryQueue } from '../dispatch/in-memory-queue.js';
import { LeaseKeeper } from '../dispatch/lease-keeper.js';
import { LeaseRescuer } from '../dispatch/lease-rescuer.js';
import { OverlookedWaits } from '../dispatch/overlooked-waits.js';
import { PermitReturner } from '../dispatch/permit-returner.js';
import { Slots } from '../dispatch/slots.js';
import { StrayRunReleaser } from '../dispatch/stray-run-releaser.js';
import { MessageSender } from '../durable/message-sender.js';
import { StreamFeeds } from '../durable/stream-feeds.js';
import { DeliveryPump } from '../engine/delivery-pump.js';
import type { EngineServices } from '../engine/engine-services.js';
import { QueueDirectory } from '../engine/queue-directory.js';
import { RunExecutor } from '../engine/run-executor.js';
import { RunStarter } from '../engine/run-starter.js';
import { type Lookouts, Waker } from '../engine/waker.js';
import { WorkflowRegistry } from '../engine/workflow-registry.js';
import type { Clock } from '../kernel/clock.js';
import type { WorkflowsLogger } from '../kernel/logger.js';
import { Serializer } from '../kernel/serializer.js';
import { DEFAULT_QUEUE, type QueueSettings } from '../model/queue.js';
import type { InputSchemas } from '../operations/templates/input-schemas.js';
import type { Database } from '../store/database.js';
import { DatabaseClock } from '../store/database-clock.js';
import { ExecutorStore } from '../store/executors/executor.store.js';
import { FlushStore } from '../store/flush/flush.store.js';
import { HistoryStore } from '../store/history/history.store.js';
import { ReplayStore } from '../store/history/replay.store.js';
import { MessageStore } from '../store/messages/message.store.js';
import { isSchemaMissing, SchemaNotMigratedError } from '../store/migrator.js';
import { Notifier } from '../store/notifier.js';
import { QueueStore } from '../store/queues/queue.store.js';
import { repeatOnOutage } from '../store/repeat-on-outage.js';
import { enqueueLane, RunStore } from '../store/runs/run.store.js';
import { RunClaimStore } from '../store/runs/run-claim.store.js';
import { ShuttingDownError } from '../store/shutting-down.error.js';
import { StreamStore } from '../store/streams/stream.store.js';
import { WakeStore } from '../store/waking/wake.store.js';
import { ExecutorRetirement } from './executor-retirement.js';
import { hearOthers } from './hear-others.js';
import { type ClusterParts, makeCluster } from './make-cluster.js';
import { makeInMemory } from './make-in-memory.js';
import { makeLookouts } from './make-lookouts.js';
import { hostOptionsOf, maintenancePorts } from './make-maintenance.js';
import { makeOperations, type Operations } from './make-operations.js';
import { makeReader } from './make-reader.js';
import { makeRetention } from './make-retention.js';
import type { ResolvedOptions } from './resolve-options.js';

/** Who does not wait for step bodies loses nothing; who does not wait for this does. */
const LEAST_WRITING_MS = 1_000;

export class WorkflowsRuntime {
  readonly registry = new WorkflowRegistry();
  readonly service: WorkflowService;
  readonly reader: RunReader;
  readonly audit: AuditReader;
  readonly bulk: Operations['bulk'];
  readonly cluster: ClusterParts;
  readonly inputSchemas: InputSchemas;
  /** Queues that modules declare; set before the first of them is asked for. */
  findQueues: () => ReadonlyArray<{ name: string } & QueueSettings> = () => [];
  readonly #directory: QueueDirectory;
  readonly #host: ExecutorHost;
  readonly #keeper: LeaseKeeper;
  readonly #retirement: ExecutorRetirement;
  readonly #dispatcher: Dispatcher;
  readonly #inMemory: InMemoryQueue;
  readonly #sweeps: BackgroundSweeps;
  readonly #lookouts: Lookouts;
  readonly #notifier: Notifier;
  #tick?: NodeJS.Timeout;
  #started = false;
  #stopping?: Promise<void>;
  #closing?: Promise<void>;

  constructor(
    private readonly options: ResolvedOptions,
    private readonly database: Database,
    private readonly clock: Clock,
    logger: WorkflowsLogger,
    /** Called last at shutdown, e.g. to stop the embedded server. */
    private readonly onClosed: () => Promise<void>,
  ) {
    const { registry } = this;
    const databaseClock = new DatabaseClock(clock);
    const serializer = new Serializer({ maxBytes: options.maxPayloadBytes });
    const runs = new RunStore(database);
    const histories = new HistoryStore(database);
    const claims = new RunClaimStore(database);
    const messages = new MessageStore(database);
    const wakes = new WakeStore(database);
    const executors = new ExecutorStore(database);
    const queueStore = new QueueStore(database);
    const declared = () => withoutDoubles([...options.queues, ...this.findQueues()]);
    const listeners = () => ({ host, keeper: this.#keeper, dispatcher, queues });
    const maintenance = maintenancePorts(database, databaseClock, listeners);
    const queues: QueueDirectory = new QueueDirectory(queueStore, declared, () => notifier.tell('queues'), maintenance);
    const notifier = new Notifier({ database, schema: options.schema, enabled: options.notifications, clock, logger });
    const isHeldHere = (runId: string) => host.session?.frames.has(runId) ?? false;
    const streamStore = new StreamStore(database);
    const lookouts = makeLookouts(runs, histories, messages, streamStore, isHeldHere, clock, logger);
    const { outcomes, events, inboxes, streams } = lookouts;
    const woken = () => {
      dispatcher.foundWork();
      notifier.tell('work');
    };
    const waker = new Waker(wakes, lookouts, { tell: (topic, runIds) => notifier.tell(topic, { runIds }), woken }, clock, logger);
    const sender = new MessageSender(messages, waker, clock);
    const services: EngineServices = {
      clock,
      databaseClock,
      serializer,
      logger,
      pump: new DeliveryPump(),
      suspendAfterMs: options.suspendAfterMs,
      lookouts,
      waker,
      registry,
      queues,
      ports: {
        isCrowded: () => dispatcher.isCrowded,
        enqueued: (run) => dispatcher.enqueued([run]),
        startUnique: async (run) => (await starter.startUnique([run]))[0] ?? run.runId,
        send: (message) => sender.send(message),
      },
    };
    const runExecutor = new RunExecutor(services, registry, {
      // Runs execute in the context of the boot, not of whoever happened to start or claim one.
      outside: AsyncLocalStorage.snapshot(),
      suspended: (wakeAt) => dueTimer.dueAt(wakeAt),
      continued: () => dispatcher.requeued(),
      ended: (outcome) => waker.runEnded(outcome),
      permitReturned: (queue, partitionKey) => dispatcher.permitReturned(queue, partitionKey),
      letGo: (session, runId) => permits.letGo(session, runId),
    });
    const host = new ExecutorHost(
      hostOptionsOf(options, registry, queues, () => inMemory.queue.depth),
      executors,
      new FlushStore(database),
      notifier,
      databaseClock,
      clock,
      logger,
      () => dispatcher.poke(),
      () => dispatcher.look(),
    );
    const slots = new Slots(options.maxConcurrentRuns);
    const served = () => ({ names: registry.servedNames, queues: options.serveQueues?.slice() ?? null });
    const gated = new GatedClaims(claims, slots, clock, () => dispatcher.pokeGated());
    const claimer = new Claimer(claims, new ReplayStore(database), gated, served, runExecutor, slots, clock, logger, {
      slotFreed: () => dispatcher.slotFreed(),
      poke: () => dispatcher.poke(),
    });
    const dispatcher: Dispatcher = new Dispatcher(
      host,
      claimer,
      gated,
      slots,
      registry,
      queues,
      (queue) => options.serveQueues?.includes(queue) ?? true,
      options.dispatch === 'auto',
      notifier,
      logger,
      (ms) => dueTimer.dueIn(ms),
    );
    const dueTimer = new DueTimer(claims, served, options.tickMs, clock, databaseClock, () => dispatcher.look());
    const starter = new RunStarter(runs, enqueueLane(runs, clock), dispatcher, queues, runExecutor, clock, databaseClock, logger);
    const known = { registry, serializer, directory: queues };
    const inMemory = makeInMemory(options, database, runs, known, dispatcher, clock, logger);
    const permits = new PermitReturner(host, claims, logger, () => {
      dispatcher.lookForPermits();
      notifier.tell('permits');
    });
    // Nobody's run gave its permit back by that; a run of somebody's does as its process lets go.
    const endedFromOutside = () => {
      notifier.tell('lost');
      dispatcher.lookForPermits();
      notifier.tell('permits');
    };
    const rescued = (dead: readonly string[]) => {
      waker.runsEndedFromOutside(dead);
      woken();
    };
    const changed = () => {
      dispatcher.look();
      notifier.tell('queues');
    };
    const ended = (runIds: readonly string[]) => {
      endedFromOutside();
      waker.runsEndedFromOutside(runIds);
    };
    const endedForAge = (runIds: readonly string[]) => {
      for (const runId of runIds) host.session?.frames.get(runId)?.lost();
      ended(runIds);
    };
    const retention = makeRetention(options.retention, database, { ended: endedForAge, changed: woken }, clock, logger);
    const overlooked = new OverlookedWaits(wakes, clock, woken);
    const rescuer = new LeaseRescuer(executors, () => host.session?.executorId, clock, logger, {
      rescued,
      wakeOverlooked: () => overlooked.runOnce(),
    });
    const heldRuns = new HeldRunWatch(host, claims);
    const strays = new StrayRunReleaser(host, claims, logger, woken);

    this.#host = host;
    this.#directory = queues;
    this.#keeper = new LeaseKeeper(host, options.leaseMs, clock, logger);
    this.#retirement = new ExecutorRetirement({ executors, rescuer, waker, notifier, clock, logger });
    this.#dispatcher = dispatcher;
    this.#inMemory = inMemory.queue;
    this.#lookouts = lookouts;
    this.#notifier = notifier;
    this.#sweeps = new BackgroundSweeps(
      {
        host,
        claimer,
        rescuer,
        heldRuns,
        strays,
        permits,
        queues,
        deadlocks: new DeadlockWatch(queueStore, logger),
        outcomes,
        events,
        inboxes,
        streams,
        waker,
        dueTimer,
        executors,
        retention: retention.keeper,
        bulk: { look: () => this.bulk.runner.look(), lookIfOwed: () => this.bulk.runner.lookIfOwed() },
        deadlines: new DeadlineSweeper(runs, logger, ended),
        others: () => notifier.others,
      },
      clock,
      logger,
    );
    this.reader = makeReader({ database, runs, histories, serializer, clock });
    const lookAfter = () => {
      notifier.tell('lost');
      return this.#sweeps.lookAfterRuns();
    };
    const retired = () => {
      void this.#keeper.runOnce();
      notifier.tell('hello');
    };
    const told = { lookAfter, woken, ended: endedFromOutside, changed, retired, session: () => host.session };
    const stores = { options, database, runs, reader: this.reader };
    const operations = makeOperations({ ...stores, ...known, ...retention.parts, waker, clock, logger, told });
    this.inputSchemas = operations.parts.inputSchemas;
    this.audit = operations.audit;
    this.bulk = operations.bulk;
    const queueService = new WorkflowQueues({ store: queueStore, directory: queues, changed });
    const here = { host, slots, inMemory: inMemory.queue, notifier, databaseClock, clock, logger };
    this.cluster = makeCluster({ options, database, ...known, ...operations, queues: queueService, ...here });
    this.service = new WorkflowService({
      reader: this.reader,
      outcomes,
      eventReader: new EventReader(events, serializer, clock),
      messages: sender,
      streams: new StreamFeeds(streams),
      streamRanges: new StreamRanges(streamStore, serializer),
      serializer,
      registry,
      starter,
      clock,
      directory: queues,
      queues: queueService,
      dispatch: () => this.dispatch(),
      ...inMemory.parts,
      ...operations.parts,
      ...retention.parts,
      announceWithin: (transaction) => notifier.tellWithin(transaction, 'work'),
      announceMailWithin: (transaction) => notifier.tellWithin(transaction, 'mail'),
    });
    const lookAfterRuns = () => this.#sweeps.lookAfterRuns();
    hearOthers(notifier, { dispatcher, queues, keeper: this.#keeper, waker, lookouts, lookAfterRuns });
  }

  get claims(): boolean {
    return this.options.role !== 'client' && !this.#host.isOver;
  }

  /** After discovery. Claims begin. @throws WorkflowNotRegisteredError, SchemaNotMigratedError, the database's error */
  async start(): Promise<void> {
    if (this.options.workflows !== undefined) this.registry.serveOnly(this.options.workflows);
    await this.#register();
    await this.#requireQueues();
    this.#notifier.start();
    this.#keeper.start();
    if (this.claims) this.#dispatcher.start();
    this.#started = true;
  }

  /** @throws QueueNotFoundError; the database's error */
  async #requireQueues(): Promise<void> {
    await repeatOnOutage(
      this.clock,
      () => this.#directory.refresh(),
      (cause) => cause as Error,
    );
    for (const name of this.options.serveQueues ?? []) this.#directory.get(name, 'WorkflowsModule option "serveQueues"');
    for (const name of this.registry.names)
      this.#directory.get(this.registry.get(name).queue ?? DEFAULT_QUEUE, `workflow "${name}"`);
  }

  /** With `migrate: 'off'` this is the first statement that meets the tables. Repeated, under another id: what a lost answer leaves expires. */
  async #register(): Promise<void> {
    try {
      await repeatOnOutage(
        this.clock,
        () => this.#host.open(),
        (cause) => cause as Error,
      );
    } catch (error) {
      throw isSchemaMissing(error) ? new SchemaNotMigratedError(this.options.schema, 0, error) : error;
    }
  }

  /** Idempotent; the interval, for those who keep a list of them. */
  startTicking(): NodeJS.Timeout {
    // Keeps the process alive only once it takes part: one whose boot fails must be able to end.
    this.#tick ??= setInterval(() => void this.tick(), this.options.tickMs).unref();
    return this.#started ? this.#tick.ref() : this.#tick;
  }

  /** One turn of everything that is not driven by events. Never rejects. */
  async tick(): Promise<void> {
    if (this.#stopping !== undefined) return;
    if (this.#started && this.claims && this.options.dispatch === 'auto') {
      this.#dispatcher.look();
      await this.#sweeps.runOnce();
    } else {
      // Without a lease nothing else tells it of changes.
      if (this.#host.isOver) this.#directory.refresh().catch(() => undefined);
      await this.#sweeps.watch();
    }
  }

  /** One cycle by hand: writes what is in memory, claims what is there and this process has room for, hands it over, and sweeps. */
  async dispatch(): Promise<{ flushed: number; claimed: number }> {
    const flushed = this.#stopping === undefined ? await this.#inMemory.flush() : 0;
    return { flushed, claimed: await this.#claim() };
  }

  /** How many runs were claimed. */
  async #claim(): Promise<number> {
    if (this.#stopping !== undefined || !this.#started || !this.claims) return 0;
    await this.#directory.refresh();
    const before = this.#dispatcher.claimed;
    this.#dispatcher.look();
    await this.#dispatcher.runOnce();
    await this.#sweeps.runOnce();
    return this.#dispatcher.claimed - before;
  }

  /** Drains and hands back. Runs can still be started. Idempotent. */
  stop(): Promise<void> {
    this.#stopping ??= this.#stop();
    return this.#stopping;
  }

  /** Stops, if that was not done yet. Resolves when nothing is open any more. Idempotent. */
  close(): Promise<void> {
    this.#closing ??= this.stop().then(async () => {
      await this.#notifier.stop();
      await this.database.close();
      await this.onClosed();
    });
    return this.#closing;
  }

  async #stop(): Promise<void> {
    clearInterval(this.#tick);
    this.cluster.stop();
    // In this order: no new life, no new claim, and only then the life that is to be ended.
    this.#host.close();
    const givenBack = this.bulk.runner.stop();
    const written = this.#inMemory.stop(Math.max(this.options.shutdownTimeoutMs, LEAST_WRITING_MS));
    await this.#dispatcher.stop();
    const { session } = this.#host;
    session?.drain();
    await Promise.all([written, session && this.#retirement.drained(session, this.options.shutdownTimeoutMs), givenBack]);
    this.#keeper.stop();
    if (session !== undefined) await this.#retirement.retire(session);
    const { outcomes, events, inboxes, streams } = this.#lookouts;
    for (const lookout of [outcomes, events, inboxes, streams]) lookout.close(new ShuttingDownError());
    await this.#sweeps.stop();
  }
}
