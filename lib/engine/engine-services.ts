// What every frame of one module instance shares.
import type { Clock } from '../kernel/clock.js';
import type { WorkflowsLogger } from '../kernel/logger.js';
import type { Serializer } from '../kernel/serializer.js';
import type { DatabaseClock } from '../store/database-clock.js';
import type { DeliveryPump } from './delivery-pump.js';

export interface EngineServices {
  clock: Clock;
  databaseClock: DatabaseClock;
  serializer: Serializer;
  logger: WorkflowsLogger;
  pump: DeliveryPump;
  /** A run whose nearest wake-up is further off is unloaded; 0 = at once. */
  suspendAfterMs: number;
}
