// What a sensor measured, on its way into the plant's historian, which takes only so many values a second: the queue holds back the rest.
import { Injectable } from '@nestjs/common';
import { Step, Workflow } from 'nestjs-workflows';

/** The queue of all readings; see reactors.module.ts. */
export const READINGS = 'readings';

export interface Reading {
  sensor: string;
  value: number;
  at: Date;
}

/** Stands for a database of time series in another building: this one remembers the last value of each sensor, until the process ends. */
@Injectable()
export class HistorianSteps {
  readonly #latest = new Map<string, Reading>();

  get latest(): Reading[] {
    return [...this.#latest.values()];
  }

  /** The same reading again changes nothing. */
  @Step({ name: 'historian.write', retry: { maxAttempts: 10 }, timeout: '10s' })
  async write(reading: Reading): Promise<void> {
    const latest = this.#latest.get(reading.sensor);
    if (latest === undefined || latest.at <= reading.at) this.#latest.set(reading.sensor, reading);
  }
}

@Injectable()
export class ReadingWorkflows {
  constructor(private readonly historian: HistorianSteps) {}

  @Workflow({ name: 'reading.store', queue: READINGS })
  async store(reading: Reading): Promise<void> {
    await this.historian.write(reading);
  }
}
