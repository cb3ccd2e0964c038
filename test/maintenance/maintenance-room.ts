// What specs of maintenance share: processes that hear of nothing by themselves, and looks at what the database says of scopes and audits.

import { MaintenanceActiveError, type WorkflowsModuleOptions } from '../../lib/index.js';
import { MaintenanceStore } from '../../lib/store/maintenance/maintenance.store.js';
import type { Cluster, ClusterApp } from '../engine/cluster.js';
import { type PermitRoom, withPermits } from '../queues/permit-room.js';
import { eventually } from '../support/eventually.js';

/** Only what is told, or asked for, makes anything happen: neither tick nor renewal come before the test is over. */
export const QUIET: WorkflowsModuleOptions = { tickInterval: '60s', leaseDuration: '1h' };
/** And nothing is told. */
export const DEAF: WorkflowsModuleOptions = { ...QUIET, notifications: false };

export const BY = { actor: 'ann', reason: 'cut-over' } as const;
/** As stores take it. */
export const DONE_BY = { ...BY, requestId: null };
export const ALL = [''];
const DRAIN = { mode: 'drain', until: null, ...DONE_BY } as const;

export class MaintenanceRoom {
  readonly maintenance: MaintenanceStore;

  constructor(
    readonly permits: PermitRoom,
    readonly room = permits.room,
  ) {
    this.maintenance = new MaintenanceStore(room.database);
  }

  get executor(): string {
    return this.permits.executor;
  }

  enter(scopes: string[] = ALL, order: Partial<Parameters<MaintenanceStore['enter']>[1]> = {}) {
    return this.maintenance.enter(scopes, { ...DRAIN, ...order });
  }

  exit(scopes: string[] = ALL) {
    return this.maintenance.exit(scopes, DONE_BY);
  }

  /** What stands there, whether somebody refused it or not. */
  count(): Promise<number> {
    return this.room.rows('select count(*)::int n from workflow_status').then(([row]) => row.n);
  }

  async epoch(): Promise<string> {
    return (await this.room.rows('select epoch from control'))[0].epoch;
  }

  /** As a claim by this executor of everything that is there. */
  async claimAll(): Promise<string[]> {
    return [...(await this.permits.claimOpen()), ...(await this.permits.claim()), ...(await this.claimSuspects())];
  }

  async claimSuspects(): Promise<string[]> {
    return (await this.room.claims.claimSuspects(this.executor, { names: ['w'], queues: null }, 10)).map(({ runId }) => runId);
  }
}

export const withMaintenance = (test: (room: MaintenanceRoom) => Promise<void>) =>
  withPermits((permits) => test(new MaintenanceRoom(permits)));

/** The start was refused because of that. */
export async function refusal(start: Promise<unknown>): Promise<MaintenanceActiveError> {
  const error = await start.then(
    () => new Error('it was started'),
    (refused: unknown) => refused,
  );
  expect(error).toBeInstanceOf(MaintenanceActiveError);
  return error as MaintenanceActiveError;
}

export async function drained(app: ClusterApp): Promise<void> {
  await eventually(async () => expect(await app.workflows.getMaintenanceStatus()).toMatchObject({ drained: true }));
}

/** `action actor: reason` of all that operators did, in order. */
export async function audits(cluster: Pick<Cluster, 'rows'>): Promise<string[]> {
  const rows = await cluster.rows('select action, actor, reason from audit_log order by audit_id');
  return rows.map(({ action, actor, reason }) => `${action} ${actor}: ${reason}`);
}
