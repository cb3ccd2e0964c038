// The table of the orders.
import type { MigrationInterface, QueryRunner } from 'typeorm';
import { settings } from '../settings.js';

export class CreateOrders1763800000001 implements MigrationInterface {
  readonly name = 'CreateOrders1763800000001';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
create table "${settings.appSchema}".orders (
  id           uuid primary key,
  sku          text not null,
  quantity     integer not null check (quantity > 0),
  amount_cents integer not null,
  email        text not null,
  status       text not null check (status in ('PLACED', 'FULFILLED', 'REJECTED', 'FAILED')),
  reason       text,
  faults       jsonb not null,
  created_at   timestamptz not null default clock_timestamp(),
  updated_at   timestamptz not null default clock_timestamp()
)`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`drop table "${settings.appSchema}".orders`);
  }
}
