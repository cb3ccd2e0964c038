// The tills of a region, which are slow, and whose figures are invented: the same for the same region, month and week.
import { createHash } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';
import { NonRetryableError, Step, WorkflowContext } from 'nestjs-workflows';
import type { RegionRequest } from './report-request.js';

export interface Sales {
  orders: number;
  revenueCents: number;
}

@Injectable()
export class TillSteps {
  constructor(private readonly wf: WorkflowContext) {}

  @Step({ name: 'till.read', retry: { maxAttempts: 3 }, timeout: '30s' })
  async readWeek({ region, month, broken, latencyMs }: RegionRequest, week: number): Promise<Sales> {
    await delay(latencyMs, undefined, { signal: this.wf.signal });
    if (broken && week === 2) throw new NonRetryableError(`The tills of ${region} do not answer for week ${week}.`);
    const dice = createHash('sha256').update(`${region}/${month}/${week}`).digest();
    const orders = 50 + dice.readUInt8(0);
    return { orders, revenueCents: orders * (800 + (dice.readUInt16BE(1) % 3_000)) };
  }
}
