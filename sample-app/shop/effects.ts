// How every service of the shop serves a request: note the call, answer a known key with its first receipt, else have the effect once.
import { setTimeout as delay } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import type { Repository } from 'typeorm';
import { BackSoonException } from './back-soon.filter.js';
import type { Caller } from './caller.js';
import { Receipt, type ReceiptBody } from './receipt.entity.js';
import { ServiceCall } from './service-call.entity.js';

@Injectable()
export class Effects {
  constructor(
    @InjectRepository(ServiceCall) private readonly calls: Repository<ServiceCall>,
    @InjectRepository(Receipt) private readonly receipts: Repository<Receipt>,
  ) {}

  /**
   * Idempotent by the caller's key: the effect is had at most once, and every later call gets the first receipt.
   *
   * @throws BackSoonException for the first `faults` calls
   */
  async once(caller: Caller, effect: () => ReceiptBody): Promise<ReceiptBody> {
    const { idempotencyKey, runId, step, attempt, faults, latencyMs } = caller;
    await this.calls.insert({ idempotencyKey, runId, step, attempt });
    const known = await this.receipts.findOneBy({ idempotencyKey });
    if (known !== null) return known.body;
    if (faults > 0 && (await this.calls.countBy({ idempotencyKey })) <= faults) throw new BackSoonException(1);
    await delay(latencyMs);
    // Two calls may have come this far with the same key: the table lets one of them in.
    await this.receipts.createQueryBuilder().insert().values({ idempotencyKey, body: effect() }).orIgnore().execute();
    return (await this.receipts.findOneByOrFail({ idempotencyKey })).body;
  }

  /** All calls that a run made, in order. */
  listCalls(runId: string): Promise<ServiceCall[]> {
    return this.calls.find({ where: { runId }, order: { id: 'asc' } });
  }
}
