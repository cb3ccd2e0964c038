// Commands of operators: what was asked of a run, in which state it was, and what became of it.
import type { QueryRunner } from 'typeorm';
import { WorkflowsMigration } from './workflows-migration.js';

export class Commands1763700000008 extends WorkflowsMigration {
  readonly version = 8;

  protected async install(_queryRunner: QueryRunner, _s: string): Promise<void> {}

  protected async uninstall(_queryRunner: QueryRunner, _s: string): Promise<void> {}
}
