// The loaded runs as a file: CSV for spreadsheets, JSON for all else. Written bit by bit: a hundred thousand rows would freeze the page.
import type { RunSummaryAnswer } from '../../../../lib/http-client/index.js';
import { jsonText } from '../../api/lossless-json.js';

export type ExportKind = 'csv' | 'json';

const FIELDS = [
  'runId',
  'workflowName',
  'status',
  'queue',
  'partitionKey',
  'priority',
  'createdAt',
  'startedAt',
  'completedAt',
  'deadlineAt',
  'attributes',
  'parentId',
  'claimedBy',
  'externalId',
  'deduplicationId',
  'recoveryAttempts',
  'legalHold',
] as const satisfies ReadonlyArray<keyof RunSummaryAnswer>;

const AT_ONCE = 500;

/** @param rest lets the page draw */
export async function exportText(
  runs: readonly RunSummaryAnswer[],
  kind: ExportKind,
  rest: () => Promise<void>,
): Promise<string> {
  const pieces: string[] = [];
  for (let from = 0; from < runs.length; from += AT_ONCE) {
    const some = runs.slice(from, from + AT_ONCE);
    pieces.push(kind === 'csv' ? some.map(csvLine).join('') : some.map((run) => jsonText(run)).join(',\n'));
    await rest();
  }
  return kind === 'csv' ? `${FIELDS.join(',')}\r\n${pieces.join('')}` : `[\n${pieces.join(',\n')}\n]\n`;
}

function csvLine(run: RunSummaryAnswer): string {
  return `${FIELDS.map((field) => csvCell(run[field])).join(',')}\r\n`;
}

function csvCell(value: unknown): string {
  if (value === null || value === undefined) return '';
  const text =
    typeof value === 'string' ? value : typeof value === 'object' ? jsonText(value).replaceAll(/\s*\n\s*/g, ' ') : String(value);
  // A spreadsheet takes such a text for a formula.
  const safe = typeof value !== 'number' && /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
