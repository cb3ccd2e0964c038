// The limits of a queue as people type them: read and checked as the server does (lib/client/queue-options.ts, which browsers can't load), and what
// of them was changed. Pure; used by the form of limits.
import type { QueueLimits } from '../../../../lib/client/queue-options.js';
import { durationFault, durationInput, readDuration } from '../../parts/duration-input.js';
import type { QueueView } from './queue-figures.js';

/** Empty texts: no limit. */
export interface LimitsForm {
  name: string;
  concurrency: string;
  workerConcurrency: string;
  rateLimit: string;
  ratePeriod: string;
  partitionConcurrency: string;
  releaseWhileWaiting: boolean;
  holdReleasesPermits: boolean;
}

export type LimitsFaults = Partial<Record<keyof LimitsForm, string>>;

export const NEW_QUEUE: LimitsForm = {
  name: '',
  concurrency: '',
  workerConcurrency: '',
  rateLimit: '',
  ratePeriod: '',
  partitionConcurrency: '1',
  releaseWhileWaiting: false,
  holdReleasesPermits: false,
};

const MOST = 1_000_000;
const SHORTEST_PERIOD_MS = 100;
const LONGEST_PERIOD_MS = 366 * 86_400_000;
const LONGEST_NAME = 255;

export function formOf(queue: QueueView): LimitsForm {
  const { name, concurrency, workerConcurrency, rateLimit, partitionConcurrency } = queue;
  const { releaseWhileWaiting, holdReleasesPermits } = queue;
  return {
    name,
    concurrency: concurrency === null ? '' : String(concurrency),
    workerConcurrency: workerConcurrency === null ? '' : String(workerConcurrency),
    rateLimit: rateLimit === null ? '' : String(rateLimit.limit),
    ratePeriod: rateLimit === null ? '' : durationInput(rateLimit.period),
    partitionConcurrency: String(partitionConcurrency),
    releaseWhileWaiting,
    holdReleasesPermits,
  };
}

/** What the server would refuse, by field. */
export function faultsOf(form: LimitsForm): LimitsFaults {
  const hasRate = form.rateLimit.trim() !== '' || form.ratePeriod.trim() !== '';
  const faults: LimitsFaults = {
    name: nameFault(form.name),
    concurrency: form.concurrency.trim() === '' ? undefined : wholeFault(form.concurrency),
    workerConcurrency: form.workerConcurrency.trim() === '' ? undefined : wholeFault(form.workerConcurrency),
    rateLimit: hasRate ? wholeFault(form.rateLimit) : undefined,
    ratePeriod: hasRate
      ? durationFault(form.ratePeriod, 'The period', { min: SHORTEST_PERIOD_MS, max: LONGEST_PERIOD_MS })
      : undefined,
    partitionConcurrency: wholeFault(form.partitionConcurrency),
  };
  return Object.fromEntries(Object.entries(faults).filter(([, fault]) => fault !== undefined));
}

/** Of a form without faults: what differs from what it was. */
export function changesOf(before: LimitsForm, after: LimitsForm): QueueLimits {
  const [old, wanted] = [limitsOf(before), limitsOf(after)];
  return Object.fromEntries(
    Object.entries(wanted).filter(([key, value]) => JSON.stringify(old[key as keyof QueueLimits]) !== JSON.stringify(value)),
  );
}

/** Of a form without faults. */
export function limitsOf(form: LimitsForm): Required<QueueLimits> {
  const { releaseWhileWaiting, holdReleasesPermits } = form;
  return {
    concurrency: form.concurrency.trim() === '' ? null : Number(form.concurrency),
    workerConcurrency: form.workerConcurrency.trim() === '' ? null : Number(form.workerConcurrency),
    rateLimit:
      form.rateLimit.trim() === ''
        ? null
        : { limit: Number(form.rateLimit), period: readDuration(form.ratePeriod) ?? Number.NaN },
    partitionConcurrency: Number(form.partitionConcurrency),
    releaseWhileWaiting,
    holdReleasesPermits,
  };
}

function nameFault(name: string): string | undefined {
  if (name === '') return 'A queue needs a name.';
  if (Array.from(name).length > LONGEST_NAME) return `A name has at most ${LONGEST_NAME} characters.`;
  return /\p{Cc}|\p{Cs}/u.test(name) ? 'A name has printable characters only.' : undefined;
}

function wholeFault(text: string): string | undefined {
  const isWhole = /^\d{1,7}$/.test(text.trim()) && Number(text) >= 1 && Number(text) <= MOST;
  return isWhole ? undefined : `A whole number from 1 to ${MOST.toLocaleString('en')}.`;
}
