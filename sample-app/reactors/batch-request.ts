// What the requests of the plant take, checked before anything is stored or accepted.
import { BadRequestException } from '@nestjs/common';
import { fieldsOf, idField, numberField, textField } from '../request-fields.js';

export interface Batch {
  id: string;
  /** With its line: line-1/reactor-a. */
  reactor: string;
  recipe: string;
  /** How long it reacts. */
  reactMs: number;
  /** How the reactor is kept meanwhile. */
  vessel?: { celsius: number; rpm: number };
  /** In the order in which they are charged. */
  ingredients?: Array<{ name: string; kg: number }>;
  /** Whether the reactor is rinsed afterwards. */
  rinse?: boolean;
  /** A day: 2026-01-31. */
  dueOn?: string;
}

const MAX_SECONDS = 7 * 24 * 3_600;
const MAX_READINGS = 1_000;

/** Seconds: few by default, so that one can watch them pass. @throws BadRequestException */
export function parseBatch(body: unknown): { batch: Batch; priority: number } {
  const { id, reactor, recipe, priority = 0, seconds = 8 } = fieldsOf(body);
  return {
    batch: {
      id: idField('BATCH', id),
      reactor: reactorField(reactor),
      recipe: textField('recipe', recipe),
      reactMs: Math.round(1_000 * numberField('seconds', seconds, 0, MAX_SECONDS)),
    },
    priority: Math.round(numberField('priority', priority, -100, 100)),
  };
}

/** @throws BadRequestException */
export function parseReadings(body: unknown): { reactor: string; count: number } {
  const { reactor, count = 100 } = fieldsOf(body);
  return { reactor: reactorField(reactor), count: Math.floor(numberField('count', count, 1, MAX_READINGS)) };
}

/** What an operator says of an action. @throws BadRequestException */
export function parseReason(body: unknown): string | undefined {
  const { reason } = fieldsOf(body);
  return reason === undefined ? undefined : textField('reason', reason);
}

/** @throws BadRequestException */
export function reactorField(value: unknown): string {
  if (typeof value === 'string' && /^[\w-]{1,40}\/[\w-]{1,40}$/.test(value)) return value;
  throw new BadRequestException('reactor must look like line-1/reactor-a.');
}
