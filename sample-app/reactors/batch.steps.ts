// What a batch does in the plant. Here it only writes to the log; in real life these are valves and a control system.
import { Injectable, Logger } from '@nestjs/common';
import { Step } from 'nestjs-workflows';
import type { Batch } from './batch-request.js';

@Injectable()
export class BatchSteps {
  readonly #logger = new Logger('Reactors');

  /** @returns when the reactor was full */
  @Step({ name: 'batch.charge', retry: { maxAttempts: 5 }, timeout: '30s' })
  async charge({ id, reactor, recipe, ingredients = [], vessel }: Batch): Promise<Date> {
    const what = ingredients.map(({ name, kg }) => `${kg} kg ${name}`).join(', ') || 'what it takes';
    const kept = vessel === undefined ? '' : `, at ${vessel.celsius} °C and ${vessel.rpm} turns a minute`;
    this.#logger.log(`${id}: ${reactor} is charged for ${recipe} with ${what}${kept}.`);
    return new Date();
  }

  /** @returns when the reactor was empty again */
  @Step({ name: 'batch.discharge', retry: { maxAttempts: 5 }, timeout: '30s' })
  async discharge({ id, reactor }: Batch): Promise<Date> {
    const emptyAt = new Date();
    this.#logger.log(`${id}: ${reactor} is empty.`);
    return emptyAt;
  }

  /** Rinsing what is clean changes nothing. */
  @Step({ name: 'batch.rinse', retry: { maxAttempts: 5 }, timeout: '30s' })
  async rinse({ id, reactor }: Batch): Promise<void> {
    this.#logger.log(`${id}: ${reactor} is rinsed.`);
  }
}
