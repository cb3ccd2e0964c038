// What every frame of one module instance shares.
import type { Clock } from '../kernel/clock.js';
import type { WorkflowsLogger } from '../kernel/logger.js';
import type { Serializer } from '../kernel/serializer.js';
import type { NewRun } from '../model/run.js';
import type { DatabaseClock } from '../store/database-clock.js';
import type { NewMessage } from '../store/messages/message.store.js';
import type { DeliveryPump } from './delivery-pump.js';
import type { QueueDirectory } from './queue-directory.js';
import type { Lookouts, Waker } from './waker.js';
import type { WorkflowRegistry } from './workflow-registry.js';

export interface EngineServices {
  clock: Clock;
  databaseClock: DatabaseClock;
  serializer: Serializer;
  logger: WorkflowsLogger;
  pump: DeliveryPump;
  /** A run whose nearest wake-up is further off is unloaded; 0 = at once. */
  suspendAfterMs: number;
  lookouts: Lookouts;
  waker: Waker;
  registry: WorkflowRegistry;
  queues: QueueDirectory;
  ports: EnginePorts;
}

export interface OutgoingMessage extends NewMessage {
  /** The caller chose the key: others may use it too. */
  hasOwnKey?: boolean;
}

/** What a run asks of the rest of the process. */
export interface EnginePorts {
  /** Runs wait for a slot, and none is free. */
  isCrowded(): boolean;
  /** Runs were put into the queue by a flush. */
  enqueued(run: NewRun): void;
  /** Under an id of the caller's choice, or with a deduplication id. Idempotent. @throws as RunStarter.startUnique */
  startUnique(run: NewRun): Promise<string>;
  /** @throws RunNotFoundError, RunFinishedError, SendFailedError */
  send(message: OutgoingMessage): Promise<void>;
}
