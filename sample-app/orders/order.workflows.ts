// From a placed order to a fulfilled one, over three services that may be slow, down, or say no.
import { Injectable } from '@nestjs/common';
import { Workflow, WorkflowContext } from 'nestjs-workflows';
import { FulfilmentSteps } from './fulfilment.steps.js';
import { type OrderData, type OrderOutcome, OrderSteps } from './order.steps.js';
import type { ServiceReceipt } from './service-client.js';

@Injectable()
export class OrderWorkflows {
  constructor(
    private readonly orders: OrderSteps,
    private readonly fulfilment: FulfilmentSteps,
    private readonly wf: WorkflowContext,
  ) {}

  /** SUCCESS also for an order that was rejected: that is an answer. ERROR when a service did not answer after all its retries. */
  @Workflow({ name: 'orders.fulfil', timeout: '1d' })
  async fulfil(orderId: string): Promise<OrderOutcome> {
    const order = await this.orders.load(orderId);
    try {
      const reservation = await this.fulfilment.reserveStock(order);
      await this.wf.setEvent('order.state', 'RESERVED');
      const payment = await this.#chargeOrRelease(order, reservation);
      await this.wf.setEvent('order.state', 'PAID');
      await this.fulfilment.sendMail(order, payment.id);
    } catch (error) {
      const { message } = error as Error;
      if (isRefusal(error)) return this.orders.close(orderId, 'REJECTED', message);
      await this.orders.close(orderId, 'FAILED', message);
      throw error;
    }
    return this.orders.close(orderId, 'FULFILLED');
  }

  async #chargeOrRelease(order: OrderData, reservation: ServiceReceipt): Promise<ServiceReceipt> {
    try {
      return await this.fulfilment.chargePayment(order);
    } catch (error) {
      await this.fulfilment.releaseStock(reservation.id);
      throw error;
    }
  }
}

/** Errors come back from the record as plain errors of the same name and code, so that a replay decides as the first time. */
function isRefusal(error: unknown): boolean {
  return error instanceof Error && error.name === 'NonRetryableError';
}
