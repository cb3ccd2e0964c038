// What `POST /orders` takes, as JSON or as a form, checked before anything is stored.
import { randomUUID } from 'node:crypto';
import { BadRequestException } from '@nestjs/common';
import type { Faults, Order } from './order.entity.js';

const PRICE_CENTS: Record<string, number> = { 'espresso-1kg': 2_490, 'filter-500g': 1_290, 'decaf-250g': 890 };
const MAX_QUANTITY = 100;

/** @throws BadRequestException */
export function newOrder(body: unknown, query: Record<string, unknown>): Omit<Order, 'createdAt' | 'updatedAt'> {
  const { sku, quantity = 1, email } = (body ?? {}) as Record<string, unknown>;
  const price = PRICE_CENTS[String(sku)];
  if (price === undefined) throw new BadRequestException(`sku must be one of ${Object.keys(PRICE_CENTS).join(', ')}.`);
  const pieces = whole('quantity', quantity, 1, MAX_QUANTITY);
  if (typeof email !== 'string' || !/^\S+@\S+$/.test(email)) throw new BadRequestException('email must be an address.');
  return {
    id: randomUUID(),
    sku: String(sku),
    quantity: pieces,
    amountCents: pieces * price,
    email,
    status: 'PLACED',
    reason: null,
    faults: faults(query),
  };
}

function faults({ paymentFaults, stock, card, latency, ...unknown }: Record<string, unknown>): Faults {
  const [stranger] = Object.keys(unknown);
  if (stranger !== undefined)
    throw new BadRequestException(`There is no fault "${stranger}"; there are paymentFaults, stock=out, card=declined, latency.`);
  if (stock !== undefined && stock !== 'out') throw new BadRequestException('stock can only be "out".');
  if (card !== undefined && card !== 'declined') throw new BadRequestException('card can only be "declined".');
  return {
    ...(paymentFaults !== undefined && { paymentFaults: whole('paymentFaults', paymentFaults, 0, 100) }),
    ...(stock !== undefined && { stock }),
    ...(card !== undefined && { card }),
    ...(latency !== undefined && { latency: whole('latency', latency, 0, 60_000) }),
  };
}

function whole(name: string, value: unknown, min: number, max: number): number {
  const number = Number(value);
  if (!Number.isInteger(number) || number < min || number > max)
    throw new BadRequestException(`${name} must be a whole number from ${min} to ${max}.`);
  return number;
}
