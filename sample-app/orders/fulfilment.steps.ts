// What a fulfilment does in the world: each step is one call of a service, recorded once it succeeded.
import { Injectable } from '@nestjs/common';
import { type RetryOptions, Step } from 'nestjs-workflows';
import type { OrderData } from './order.steps.js';
import { ServiceClient, type ServiceReceipt } from './service-client.js';

const RETRY: RetryOptions = { maxAttempts: 5, initialInterval: '300ms', backoff: 2, maxInterval: '5s', jitter: 0.2 };

@Injectable()
export class FulfilmentSteps {
  constructor(private readonly services: ServiceClient) {}

  @Step({ name: 'stock.reserve', retry: RETRY, timeout: '5s' })
  async reserveStock({ sku, quantity, faults }: OrderData): Promise<ServiceReceipt> {
    return this.services.call({
      path: '/stock/reservations',
      step: 'stock.reserve',
      query: { stock: faults.stock, latency: faults.latency },
      body: { sku, quantity },
    });
  }

  @Step({ name: 'payment.charge', retry: RETRY, timeout: '5s' })
  async chargePayment({ amountCents, email, faults }: OrderData): Promise<ServiceReceipt> {
    return this.services.call({
      path: '/payments',
      step: 'payment.charge',
      query: { faults: faults.paymentFaults, card: faults.card, latency: faults.latency },
      body: { amountCents, payer: email },
    });
  }

  @Step({ name: 'mail.send', retry: RETRY, timeout: '5s' })
  async sendMail({ id, email, sku, quantity, faults }: OrderData, paymentId: string): Promise<ServiceReceipt> {
    return this.services.call({
      path: '/mails',
      step: 'mail.send',
      query: { latency: faults.latency },
      body: { to: email, subject: `Your order ${id}`, text: `${quantity} × ${sku} is on its way. Payment: ${paymentId}` },
    });
  }

  /** Undoes `stock.reserve`. More patient than the others: nobody else would do it. */
  @Step({ name: 'stock.release', retry: { ...RETRY, maxAttempts: 20 }, timeout: '5s' })
  async releaseStock(reservationId: string): Promise<ServiceReceipt> {
    return this.services.call({
      method: 'DELETE',
      path: `/stock/reservations/${reservationId}`,
      step: 'stock.release',
      query: {},
    });
  }
}
