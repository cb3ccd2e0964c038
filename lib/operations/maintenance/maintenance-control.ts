// Maintenance of the cluster: in, out, how far it is drained, and the swap to a new generation. Each change is one transaction of the database,
// which refuses from then on whatever it excludes; processes are told only so that they hear sooner.
import { type QueueDirectory, QueueNotFoundError } from '../../engine/queue-directory.js';
import { type Clock, pause } from '../../kernel/clock.js';
import type { DoneBy } from '../../model/audit.js';
import type { Maintenance, MaintenanceMode } from '../../model/maintenance.js';
import {
  ALL_QUEUES,
  type DrainTotals,
  type ExecutorLoad,
  type MaintenanceStore,
} from '../../store/maintenance/maintenance.store.js';
import { repeatOnOutage } from '../../store/repeat-on-outage.js';
import { isLockTimeout, isSerializationFailure } from '../../store/sql-errors.js';
import { invalidOperatorOption } from '../operator-action.js';
import { MaintenanceFailedError, MaintenanceRequiredError, NotDrainedError } from './maintenance.errors.js';
import type { CancelledRuns, MaintenanceCanceller } from './maintenance-canceller.js';

export interface MaintenanceOrder extends DoneBy {
  mode: MaintenanceMode;
  /** Null: all. */
  queues: readonly string[] | null;
  until: Date | null;
}

export interface MaintenanceScope extends Maintenance {
  /** Runs of it that a process has. */
  inFlight: number;
}

export interface MaintenanceStatus {
  /** Some scope is in maintenance. */
  active: boolean;
  scopes: MaintenanceScope[];
  /** Of executors; counted up by each swap. */
  generation: number;
  lastSwapAt: Date | null;
  /** All queues are in maintenance and nothing is under way any more: swapIfDrained would succeed now. */
  drained: boolean;
  /** Those that live, clients too. */
  executors: ExecutorLoad[];
  /** Of those that execute runs. */
  totals: DrainTotals;
}

export interface MaintenancePorts {
  /** Tells all processes that the settings have changed. */
  changed(): void;
  /** Executors were retired: they are to look after themselves. */
  retired(): void;
}

const RETRY_MS = 100;

export class MaintenanceControl {
  constructor(
    private readonly store: MaintenanceStore,
    private readonly canceller: MaintenanceCanceller,
    private readonly directory: QueueDirectory,
    private readonly ports: MaintenancePorts,
    private readonly clock: Clock,
  ) {}

  /** @throws QueueNotFoundError; WorkflowsError (`INVALID_OPTION`) for an end that is over; MaintenanceFailedError */
  async enter({ queues, mode, until, ...by }: MaintenanceOrder): Promise<{ cancelled: CancelledRuns }> {
    const scopes = scopesOf(queues);
    const entry = await this.#repeat('the maintenance began', () => this.store.enter(scopes, { mode, until, ...by }));
    await this.#requireKnown(entry.unknown);
    if (entry.entered === null) throw invalidOperatorOption('Maintenance', 'until', 'must be in the future');
    await this.#changed();
    if (mode !== 'cancel') return { cancelled: { queued: 0, running: 0 } };
    return { cancelled: await this.canceller.cancel(scopes, entry.entered, by) };
  }

  /** @throws QueueNotFoundError, MaintenanceFailedError */
  async exit({ queues, ...by }: Pick<MaintenanceOrder, 'queues'> & DoneBy): Promise<boolean> {
    const scopes = scopesOf(queues);
    const { unknown, ended } = await this.#repeat('the maintenance is over', () => this.store.exit(scopes, by));
    await this.#requireKnown(unknown);
    // Also when it was over: others may not have heard.
    await this.#changed();
    return ended;
  }

  /** @throws the database's error */
  async status(): Promise<MaintenanceStatus> {
    const { scopes, totals, ...rest } = await this.store.findStatus();
    const isGlobal = scopes.some(({ queue }) => queue === null);
    const drained = isGlobal && totals.undrained === 0 && totals.inFlight === 0;
    return { active: scopes.length > 0, scopes, drained, totals, ...rest };
  }

  /** @throws MaintenanceRequiredError, NotDrainedError, MaintenanceFailedError */
  async swap(by: DoneBy): Promise<number> {
    const { outcome, generation, totals } = await this.#swapOnce(by);
    if (outcome === 'MAINTENANCE_REQUIRED') throw new MaintenanceRequiredError();
    if (generation === null) throw new NotDrainedError(totals as DrainTotals);
    await this.#changed();
    this.ports.retired();
    return generation;
  }

  /** Not repeated after an outage: a second swap would retire those that came after the first. */
  async #swapOnce(by: DoneBy) {
    for (;;) {
      try {
        return await this.store.swap(by);
      } catch (error) {
        if (!isLockTimeout(error) && !isSerializationFailure(error))
          throw new MaintenanceFailedError(
            'the generation was swapped',
            'Look at the generation in getMaintenanceStatus() before you try again.',
            error,
          );
        await pause(this.clock, RETRY_MS);
      }
    }
  }

  async #requireKnown([unknown]: readonly string[]): Promise<void> {
    if (unknown === undefined) return;
    await this.directory.refresh();
    throw new QueueNotFoundError(unknown, this.directory.names);
  }

  /** It is in force already; a process that can't read it now hears of it later. */
  async #changed(): Promise<void> {
    await this.directory.refresh().catch(() => undefined);
    this.ports.changed();
  }

  #repeat<T>(what: string, work: () => Promise<T>): Promise<T> {
    return repeatOnOutage(this.clock, work, (cause) => new MaintenanceFailedError(what, 'Do it again: it does no harm.', cause));
  }
}

function scopesOf(queues: readonly string[] | null): string[] {
  return queues === null ? [ALL_QUEUES] : [...new Set(queues)];
}
