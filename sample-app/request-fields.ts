// Fields of request bodies, which come as JSON or as a form: checked one by one, each complaint names its field.
import { BadRequestException } from '@nestjs/common';

export type Fields = Record<string, unknown>;

/** Of a body that may be missing. @throws BadRequestException */
export function fieldsOf(body: unknown): Fields {
  if (body === undefined || body === null) return {};
  if (typeof body === 'object' && !Array.isArray(body)) return body as Fields;
  throw new BadRequestException('Send fields, as a form or as a JSON object.');
}

/** @throws BadRequestException */
export function textField(name: string, value: unknown): string {
  if (typeof value === 'string' && value.trim() !== '' && value.length <= 200) return value.trim();
  throw new BadRequestException(`${name} must be a text of at most 200 characters.`);
}

/** @throws BadRequestException */
export function numberField(name: string, value: unknown, min: number, max: number): number {
  const given = typeof value === 'number' || (typeof value === 'string' && value.trim() !== '');
  const parsed = given ? Number(value) : Number.NaN;
  if (parsed >= min && parsed <= max) return parsed;
  throw new BadRequestException(`${name} must be a number from ${min} to ${max}.`);
}

/** An id of the caller's choice, or a new one: EXP-4F02B1. @throws BadRequestException */
export function idField(prefix: string, value: unknown): string {
  if (value === undefined || value === '') return `${prefix}-${crypto.randomUUID().slice(0, 6).toUpperCase()}`;
  if (typeof value === 'string' && value.startsWith(`${prefix}-`) && /^[\w-]{1,40}$/.test(value)) return value;
  throw new BadRequestException(`An id must look like ${prefix}-1.`);
}
