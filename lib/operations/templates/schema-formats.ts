// The values of `format` that the schema of a template may use; texts only. ajv itself knows none.
import { isUuid } from '../../kernel/ids.js';

type Format = (text: string) => boolean;

const DATE = /^(\d{4})-(\d\d)-(\d\d)$/;
const TIME = /^(\d\d):(\d\d):(\d\d)(?:\.\d{1,9})?(?:Z|[+-](\d\d):(\d\d))$/i;
const LOCAL_TIME = /^(\d\d):(\d\d)(?::(\d\d)(?:\.\d{1,9})?)?$/;
const EMAIL = /^[^\s@"<>()[\],;:\\]{1,64}@[^\s@"<>()[\],;:\\.]+(?:\.[^\s@"<>()[\],;:\\.]+)*$/;
const DAYS = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

export const FORMATS: Readonly<Record<string, Format>> = {
  date: isDate,
  time: isTime,
  /** As `<input type="time">` gives it: without an offset. */
  'local-time': (text) => inRange(LOCAL_TIME.exec(text), [23, 59, 59]),
  'date-time': (text) => /^.{10}[t ]/i.test(text) && isDate(text.slice(0, 10)) && isTime(text.slice(11)),
  email: (text) => text.length <= 254 && EMAIL.test(text),
  uri: (text) => /^[a-z][a-z0-9+.-]*:\S+$/i.test(text) && URL.canParse(text),
  uuid: isUuid,
  /** Only said to the form. */
  password: () => true,
};

function isDate(text: string): boolean {
  const [year, month, day] = DATE.exec(text)?.slice(1).map(Number) ?? [];
  if (year === undefined || month === undefined || day === undefined) return false;
  const leap = month === 2 && year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0) ? 1 : 0;
  return day >= 1 && day <= (DAYS[month - 1] ?? 0) + leap;
}

/** With an offset; a leap second is none. */
function isTime(text: string): boolean {
  return inRange(TIME.exec(text), [23, 59, 59, 23, 59]);
}

function inRange(found: RegExpExecArray | null, highest: readonly number[]): boolean {
  return found !== null && highest.every((most, i) => Number(found[i + 1] ?? 0) <= most);
}
