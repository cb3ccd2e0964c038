// Times as texts of the console.
import { relativeText } from '../../console/src/parts/time-text.js';

const NOW = Date.parse('2026-11-21T09:00:00.000Z');
const HOUR = 3_600_000;

it.each([
  [400, 'now'],
  [-59_000, '59 s ago'],
  [59 * 60_000, 'in 59 min'],
  [2 * HOUR - 1, 'in 1 h 59 min'],
  [-2 * HOUR, '2 h ago'],
  [-(26 * HOUR + 60_000), '1 d 2 h ago'],
  [48 * HOUR, 'in 2 d'],
])('says how far %d ms are, to the second unit above an hour', (distance, text) => {
  expect(relativeText(NOW + distance, NOW)).toBe(text);
});
