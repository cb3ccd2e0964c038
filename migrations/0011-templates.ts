// Templates of arguments and the enums they refer to: versioned, append-only. And what the runs started with them were started with.
import type { QueryRunner } from 'typeorm';
import { WorkflowsMigration } from './workflows-migration.js';

export class Templates1763700000011 extends WorkflowsMigration {
  readonly version = 11;

  protected async install(queryRunner: QueryRunner, s: string): Promise<void> {
    // As json, not jsonb: that would lose the order in which a form shows its fields.
    await queryRunner.query(`
create table ${s}.param_templates (
  workflow    text not null,
  name        text not null,
  version     integer not null check (version > 0),
  status      text not null default 'active' check (status in ('active','obsolete')),
  schema      json not null,
  defaults    json not null,
  ui          json,
  description text,
  created_by  text not null,
  created_at  timestamptz not null default clock_timestamp(),
  primary key (workflow, name, version)
)`);
    await queryRunner.query(`
create table ${s}.param_enums (
  name         text not null,
  version      integer not null check (version > 0),
  status       text not null default 'active' check (status in ('active','obsolete')),
  enum_values  json not null,
  description  text,
  created_by   text not null,
  created_at   timestamptz not null default clock_timestamp(),
  primary key (name, version)
)`);
    // The last version that was given out under a name. Its row is the lock of the name, and it stays when versions are deleted: the version of a
    // run's provenance never comes to mean something else. Enums have the workflow ''.
    await queryRunner.query(`
create table ${s}.param_versions (
  workflow     text not null,
  name         text not null,
  last_version integer not null,
  primary key (workflow, name)
) with (fillfactor = 70)`);
    await queryRunner.query(`
create table ${s}.run_provenance (
  workflow_id       uuid primary key,
  template_workflow text not null,
  template          text,
  version           integer,
  enums             jsonb not null,
  overrides         text[] not null,
  actor             text not null,
  created_at        timestamptz not null default clock_timestamp()
)`);
  }

  protected async uninstall(queryRunner: QueryRunner, s: string): Promise<void> {
    await queryRunner.query(`drop table ${s}.run_provenance, ${s}.param_versions, ${s}.param_enums, ${s}.param_templates`);
  }
}
