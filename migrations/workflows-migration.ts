// What every migration of the library shares: the schema it works in, and the line it leaves in `schema_migrations`, so that it
// is the same whether lib/store/migrator.ts ran it or the host's own TypeORM did. Idempotent: a version that stands there is skipped.
import type { MigrationInterface, QueryRunner } from 'typeorm';

export abstract class WorkflowsMigration implements MigrationInterface {
  abstract readonly version: number;

  /** `schema` matches ^[a-z_][a-z0-9_]{0,47}$; the option resolver has checked it. */
  constructor(protected readonly schema: string = 'workflows') {}

  get name(): string {
    return this.constructor.name;
  }

  async up(queryRunner: QueryRunner): Promise<void> {
    const s = `"${this.schema}"`;
    await queryRunner.query(`create schema if not exists ${s}`);
    await queryRunner.query(`create table if not exists ${s}.schema_migrations (
  version integer primary key, name text not null, applied_at timestamptz not null default clock_timestamp())`);
    const applied = await queryRunner.query(`select from ${s}.schema_migrations where version = $1`, [this.version]);
    if (applied.length > 0) return;
    await this.install(queryRunner, s);
    await queryRunner.query(`insert into ${s}.schema_migrations (version, name) values ($1, $2)`, [this.version, this.name]);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    const s = `"${this.schema}"`;
    await this.uninstall(queryRunner, s);
    await queryRunner.query(`delete from ${s}.schema_migrations where version = $1`, [this.version]);
  }

  protected abstract install(queryRunner: QueryRunner, schema: string): Promise<void>;
  protected abstract uninstall(queryRunner: QueryRunner, schema: string): Promise<void>;
}
