// A transaction of the application, as the store sees it.
import type { EntityManager } from 'typeorm';
import type { Queryable, Row } from '../store/database.js';

export function transactionOf(manager: EntityManager): Queryable {
  return {
    query: <R extends Row>(text: string, values: readonly unknown[] = []) =>
      manager.query(text, values as unknown[]) as Promise<R[]>,
  };
}
