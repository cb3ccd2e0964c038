// Templates of arguments and the enums they refer to: versioned, append-only.
import type { QueryRunner } from 'typeorm';
import { WorkflowsMigration } from './workflows-migration.js';

export class Templates1763700000011 extends WorkflowsMigration {
  readonly version = 11;

  protected async install(_queryRunner: QueryRunner, _s: string): Promise<void> {}

  protected async uninstall(_queryRunner: QueryRunner, _s: string): Promise<void> {}
}
