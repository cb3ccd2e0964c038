// What requests say of versions of templates and enums: which one, its status, and where a list of them begins.
import { flag, integer, reason, required, text } from './fields.js';

const HIGHEST = 2_147_483_647;

export const VERSION = integer(1, HIGHEST, 'Default: the highest active one.');

/** For deletions. */
export const OF_VERSION = { version: integer(1, HIGHEST, 'Default: all of them.'), reason: reason() };

export const STATUS = { status: required(text('`active` or `obsolete`.', 64)), reason: reason() };

export const LIST_PAGE = {
  name: text('Exact name.'),
  status: text('`active` or `obsolete`. Default: both.', 64),
  latestOnly: flag('Only the highest version of each name. Default false.'),
  limit: integer(1, 500, 'Default 50.'),
  cursor: text('`nextCursor` of the page before.'),
};

/** @throws AdminRequestError */
export function pathVersion(call: { param(name: string): string }): number {
  return VERSION.fromText(call.param('version'), 'Path parameter "version"');
}
