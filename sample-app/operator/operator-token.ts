// The one secret of the sample: who has it is an operator. Real applications have users, and their own way to know them.
import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import { settings } from '../settings.js';

/** For the lines that main.ts prints. */
export const operatorToken = settings.operatorToken ?? randomBytes(18).toString('base64url');

export function isOperatorToken(text: string): boolean {
  return isSameText(text, operatorToken);
}

/** What only this application can say of a text, and tells nobody the token. */
export function sealOf(text: string): string {
  return createHmac('sha256', operatorToken).update(text).digest('base64url');
}

/** Takes the same time wherever the first difference is. */
export function isSameText(a: string, b: string): boolean {
  const [left, right] = [Buffer.from(a), Buffer.from(b)];
  return left.length === right.length && timingSafeEqual(left, right);
}
