// Maintenance and cut-over: what is drained, since when, why, and which generation of executors may run anything.
import type { QueryRunner } from 'typeorm';
import { WorkflowsMigration } from './workflows-migration.js';

export class Maintenance1763700000009 extends WorkflowsMigration {
  readonly version = 9;

  protected async install(_queryRunner: QueryRunner, _s: string): Promise<void> {}

  protected async uninstall(_queryRunner: QueryRunner, _s: string): Promise<void> {}
}
