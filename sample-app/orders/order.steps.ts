// What a fulfilment reads and writes in the shop's own table.
import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { NonRetryableError, Step } from 'nestjs-workflows';
import type { Repository } from 'typeorm';
import { Order, type OrderStatus } from './order.entity.js';

/** An order as a step may return it: plain data, no class. */
export type OrderData = Pick<Order, 'id' | 'sku' | 'quantity' | 'amountCents' | 'email' | 'faults'>;

export interface OrderOutcome {
  status: OrderStatus;
  reason: string | null;
}

@Injectable()
export class OrderSteps {
  constructor(@InjectRepository(Order) private readonly orders: Repository<Order>) {}

  /** A step, so that a replay sees the order as it was, whatever has happened to the row since. */
  @Step({ name: 'order.load', retry: { maxAttempts: 3 } })
  async load(orderId: string): Promise<OrderData> {
    const order = await this.orders.findOneBy({ id: orderId });
    if (order === null) throw new NonRetryableError(`There is no order ${orderId}.`, { code: 'ORDER_NOT_FOUND' });
    const { id, sku, quantity, amountCents, email, faults } = order;
    return { id, sku, quantity, amountCents, email, faults };
  }

  @Step({ name: 'order.close', retry: { maxAttempts: 5 } })
  async close(orderId: string, status: OrderStatus, reason: string | null = null): Promise<OrderOutcome> {
    await this.orders.update(orderId, { status, reason });
    return { status, reason };
  }
}
