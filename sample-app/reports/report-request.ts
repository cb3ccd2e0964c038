// What `POST /reports` takes, checked before a run is started with it.
import { BadRequestException } from '@nestjs/common';
import { fieldsOf, idField, numberField } from '../request-fields.js';

export interface ReportRequest {
  month: string;
  regions: string[];
  /** The regions whose tills don't answer. */
  broken: string[];
  /** How many regions are worked on at a time. */
  concurrency: number;
  /** How long a till takes for a week. */
  latencyMs: number;
}

export interface RegionRequest {
  region: string;
  month: string;
  broken: boolean;
  latencyMs: number;
}

const REGIONS = 'north,east,south,west,centre,islands';
const MAX_REGIONS = 100;

/** Latency in seconds. @throws BadRequestException */
export function parseReport(body: unknown): { id: string; request: ReportRequest } {
  const { id, month = '2026-01', regions = REGIONS, broken = '', concurrency = 2, latency = 0.5 } = fieldsOf(body);
  if (typeof month !== 'string' || !/^\d{4}-\d\d$/.test(month)) throw new BadRequestException('month must look like 2026-01.');
  const wanted = names('regions', regions);
  if (wanted.length === 0 || wanted.length > MAX_REGIONS)
    throw new BadRequestException(`regions must be 1 to ${MAX_REGIONS} names with commas between them.`);
  const request = {
    month,
    regions: wanted,
    broken: names('broken', broken),
    concurrency: Math.floor(numberField('concurrency', concurrency, 1, MAX_REGIONS)),
    latencyMs: Math.round(1_000 * numberField('latency', latency, 0, 10)),
  };
  return { id: idField('REP', id), request };
}

/** @throws BadRequestException */
function names(field: string, value: unknown): string[] {
  const given = String(value).split(',');
  const list = [...new Set(given.map((name) => name.trim()).filter((name) => name !== ''))];
  if (list.every((name) => /^[\p{L}\d -]{1,40}$/u.test(name))) return list;
  throw new BadRequestException(`${field} must be names of letters and digits with commas between them.`);
}
