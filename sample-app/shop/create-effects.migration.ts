// The tables of the shop's services. Nothing in them belongs to the library: they are the world outside, that can not be rolled back.
import type { MigrationInterface, QueryRunner } from 'typeorm';
import { settings } from '../settings.js';

export class CreateEffects1763800000002 implements MigrationInterface {
  readonly name = 'CreateEffects1763800000002';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
create table "${settings.appSchema}".service_calls (
  id              bigint generated always as identity primary key,
  idempotency_key text not null,
  run_id          uuid not null,
  step            text not null,
  attempt         integer not null,
  called_at       timestamptz not null default clock_timestamp()
)`);
    await runner.query(`create index service_calls_key on "${settings.appSchema}".service_calls (idempotency_key)`);
    await runner.query(`create index service_calls_run on "${settings.appSchema}".service_calls (run_id)`);
    await runner.query(`
create table "${settings.appSchema}".receipts (
  idempotency_key text primary key,
  body            jsonb not null,
  created_at      timestamptz not null default clock_timestamp()
)`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`drop table "${settings.appSchema}".receipts, "${settings.appSchema}".service_calls`);
  }
}
