// What the requests of an approval take, checked before anything is stored.
import { BadRequestException } from '@nestjs/common';
import { fieldsOf, idField, numberField, textField } from '../request-fields.js';

export interface Expense {
  id: string;
  who: string;
  what: string;
  amountCents: number;
}

export interface Deadlines {
  /** From the request to the reminder. */
  remindAfterMs: number;
  /** From the reminder to the end. */
  expireAfterMs: number;
}

export interface Answer {
  approve: boolean;
  by: string;
  reason: string;
}

const WEEK_SECONDS = 7 * 24 * 3_600;

/** Times in seconds: short by default, so that one can watch them pass. @throws BadRequestException */
export function parseExpense(body: unknown): { expense: Expense; deadlines: Deadlines } {
  const { id, who, what, amount, remindAfter = 20, expireAfter = 40 } = fieldsOf(body);
  return {
    expense: {
      id: idField('EXP', id),
      who: textField('who', who),
      what: textField('what', what),
      amountCents: Math.round(100 * numberField('amount', amount, 0.01, 100_000)),
    },
    deadlines: {
      remindAfterMs: Math.round(1_000 * numberField('remindAfter', remindAfter, 0, WEEK_SECONDS)),
      expireAfterMs: Math.round(1_000 * numberField('expireAfter', expireAfter, 0, WEEK_SECONDS)),
    },
  };
}

/** @throws BadRequestException */
export function parseAnswer(body: unknown): Answer {
  const { approve, by, reason } = fieldsOf(body);
  const yes = approve === true || approve === 'yes';
  if (!yes && approve !== false && approve !== 'no') throw new BadRequestException('approve must be yes or no.');
  return { approve: yes, by: textField('by', by), reason: textField('reason', reason) };
}
