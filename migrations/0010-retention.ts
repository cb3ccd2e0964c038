// Retention: how long runs that are over are kept, and what deletes them.
import type { QueryRunner } from 'typeorm';
import { WorkflowsMigration } from './workflows-migration.js';

export class Retention1763700000010 extends WorkflowsMigration {
  readonly version = 10;

  protected async install(_queryRunner: QueryRunner, _s: string): Promise<void> {}

  protected async uninstall(_queryRunner: QueryRunner, _s: string): Promise<void> {}
}
