// What the demo workflows take, checked before a run is started with it.
import { BadRequestException } from '@nestjs/common';

export interface DemoInput {
  resolved: {
    /** For example a batch: BATCH-001. */
    paramOne: string;
    /** For example a mode: AUTO. */
    paramTwo: string;
    /** How long the run works, in chunks of one second. Default 60. */
    seconds?: number;
  };
}

const MAX_SECONDS = 3_600;

/** @throws BadRequestException */
export function parseDemoInput(body: unknown): DemoInput {
  const resolved = (body as Partial<DemoInput> | undefined)?.resolved;
  if (typeof resolved !== 'object' || resolved === null)
    throw new BadRequestException('Send JSON such as {"resolved":{"paramOne":"BATCH-001","paramTwo":"AUTO"}}.');
  const { paramOne, paramTwo = '', seconds = 60 } = resolved;
  if (typeof paramOne !== 'string' || paramOne === '' || typeof paramTwo !== 'string')
    throw new BadRequestException('resolved.paramOne must be a text, resolved.paramTwo a text or left out.');
  if (!Number.isInteger(seconds) || seconds < 1 || seconds > MAX_SECONDS)
    throw new BadRequestException(`resolved.seconds must be a whole number from 1 to ${MAX_SECONDS}.`);
  return { resolved: { paramOne, paramTwo, seconds } };
}
