// What the timeline shows of a run, as rows of segments: pure, from what the API says. Times in ms since the epoch; `Infinity` as an end: not yet.
import type { RunAnswer, RunStepAnswer, SentCommandAnswer } from '../../../../lib/http-client/index.js';
import type { RunStatus } from '../../../../lib/model/run.js';
import { isTerminal } from '../../../../lib/model/run-transitions.js';

/** How a segment looks, and what it means. */
export type SegmentLook =
  | 'queued'
  | 'running'
  | 'done'
  | 'failed'
  | 'retry'
  | 'waiting'
  | 'waited'
  | 'held'
  | 'cancelled'
  | 'mark';

export interface Segment {
  from: number;
  to: number;
  look: SegmentLook;
  /** For the tip. */
  text: string;
}

export type RowStatus = 'done' | 'failed' | 'open' | 'cancelled';

export interface TimelineRow {
  /** Of the operation; undefined: the run itself. */
  ordinal?: number;
  name: string;
  kind: string;
  status: RowStatus;
  attempts: number;
  from: number;
  to: number;
  /** When it began is not on record before it ends: `from` is as near as can be told. */
  isFromGuessed?: boolean;
  segments: Segment[];
}

export type Run = RunAnswer['run'];
export type Wait = RunAnswer['waits'][number];

/** Commands after which a run is not held any more. */
const ENDS_HOLD: readonly string[] = ['RESUME', 'STOP', 'RESET', 'CANCEL'];
const NEIGHBOURS = 100;
/** Kinds whose time is spent waiting, not working. */
const WAITS: readonly string[] = ['sleep', 'receive', 'getEvent', 'child', 'result', 'retry'];

export function timelineRows(
  run: Run,
  waits: readonly Wait[],
  steps: readonly RunStepAnswer[],
  commands: readonly SentCommandAnswer[],
): TimelineRow[] {
  const known = new Set(steps.map(({ ordinal }) => ordinal));
  const recorded = steps.map(stepRow);
  const begun = time(run.startedAt ?? run.createdAt);
  const open = waits
    .filter(({ ordinal }) => !known.has(ordinal))
    .map((wait) => waitRow(wait, beganAt(wait.ordinal, recorded, begun)));
  const rows = open.length === 0 ? recorded : [...recorded, ...open].sort((a, b) => (a.ordinal ?? 0) - (b.ordinal ?? 0));
  return [runRow(run, commands, rows), ...rows];
}

/** -1: the run itself. */
export function ordinalOf({ ordinal }: TimelineRow): number {
  return ordinal ?? -1;
}

/** The run itself always. */
export function rowsWith(rows: readonly TimelineRow[], text: string, onlyFailed: boolean): readonly TimelineRow[] {
  if (text === '' && !onlyFailed) return rows;
  const wanted = text.toLowerCase();
  return rows.filter(
    ({ ordinal, name, status, attempts }) =>
      ordinal === undefined || (name.toLowerCase().includes(wanted) && (!onlyFailed || status === 'failed' || attempts > 1)),
  );
}

/** One operation: its failed attempts, what passed between them, and the last one. */
export function stepRow(step: RunStepAnswer): TimelineRow {
  const { ordinal, name, kind, attempts, failedAttempts } = step;
  const [started, completed] = [time(step.startedAt), time(step.completedAt)];
  const hasFailed = step.error !== null;
  const segments: Segment[] = [];
  for (const { attempt, startedAt, completedAt, error } of failedAttempts) {
    const [from, to] = ordered(time(startedAt), time(completedAt));
    const last = segments.at(-1);
    if (last !== undefined && from > last.to)
      segments.push({ from: last.to, to: from, look: 'retry', text: 'waits to try again' });
    segments.push({ from, to, look: 'failed', text: `attempt ${attempt} failed${errorName(error)}` });
  }
  const last = segments.at(-1);
  const [from, to] = ordered(started, completed);
  // An attempt that was the last one is on record as such, and as the end of the step.
  const isRepeated = hasFailed && failedAttempts.at(-1)?.attempt === attempts;
  if (!isRepeated) {
    if (last !== undefined && from > last.to)
      segments.push({ from: last.to, to: from, look: 'retry', text: 'waits to try again' });
    segments.push({ from, to, look: lookOf(kind, hasFailed), text: hasFailed ? `failed${errorName(step.error)}` : 'succeeded' });
  }
  return {
    ...{ ordinal, name, kind, attempts, segments },
    status: hasFailed ? 'failed' : 'done',
    from: segments[0]?.from ?? from,
    to: segments.at(-1)?.to ?? to,
  };
}

/** The run as a whole: queued, running, held, and what it does now; with what operators did to it. */
export function runRow(run: Run, commands: readonly SentCommandAnswer[], rows: readonly TimelineRow[]): TimelineRow {
  const created = time(run.createdAt);
  const first = rows.reduce((earliest, { from }) => Math.min(earliest, from), Number.POSITIVE_INFINITY);
  const started = Math.max(created, run.startedAt === null ? first : Math.min(time(run.startedAt), first));
  const end = run.completedAt === null ? Number.POSITIVE_INFINITY : Math.max(created, time(run.completedAt));
  const segments: Segment[] = [];
  if (started > created) segments.push({ from: created, to: Math.min(started, end), look: 'queued', text: 'waits in its queue' });
  if (started < end) {
    const now = lookOfRun(run.status);
    const rests = now === 'waiting' || now === 'queued';
    // It worked until the last thing that it has recorded.
    const since = rests
      ? rows.reduce((latest, { to }) => (Number.isFinite(to) ? Math.max(latest, to) : latest), started)
      : started;
    if (since > started) segments.push({ from: started, to: since, look: 'running', text: 'ran' });
    segments.push({ from: since, to: end, look: now, text: run.status });
  }
  segments.push(...heldSpans(commands, end, run.status), ...marks(commands));
  return {
    ...{ name: run.workflowName, kind: 'run', attempts: 1, from: created, to: end, segments },
    status: run.status === 'SUCCESS' ? 'done' : isTerminal(run.status) ? statusOver(run.status) : 'open',
  };
}

/** From each HOLD that was done to what ended it. */
export function heldSpans(commands: readonly SentCommandAnswer[], end: number, status: RunStatus): Segment[] {
  const spans: Segment[] = [];
  let since: { at: number; text: string } | undefined;
  for (const { command, at, who } of applied(commands)) {
    if (command === 'HOLD') since ??= { at, text: `held by ${who}` };
    else if (since !== undefined && ENDS_HOLD.includes(command)) {
      spans.push({ from: since.at, to: at, look: 'held', text: since.text });
      since = undefined;
    }
  }
  if (since !== undefined && (status === 'HELD' || Number.isFinite(end)))
    spans.push({ from: since.at, to: Math.max(end, since.at), look: 'held', text: since.text });
  return spans;
}

/** When it was stopped, and when it was sent back. */
function marks(commands: readonly SentCommandAnswer[]): Segment[] {
  return applied(commands)
    .filter(({ command }) => command === 'STOP' || command === 'RESET')
    .map(({ command, at, who }) => ({ from: at, to: at, look: 'mark', text: `${command} by ${who}` }));
}

/** Those that were done, in order. */
function applied(commands: readonly SentCommandAnswer[]): Array<{ command: string; at: number; who: string }> {
  return commands
    .filter(({ outcome }) => outcome === 'APPLIED')
    .map(({ command, settledAt, receivedAt, actor, reason }) => ({
      command,
      at: time(settledAt ?? receivedAt),
      who: reason === null ? actor : `${actor}: ${reason}`,
    }))
    .sort((a, b) => a.at - b.at);
}

/** `Step 3 payment.charge: succeeded on attempt 2, 1.20 s, started 12:00:01`. @param duration text @param started text */
export function rowSentence({ ordinal, name, kind, status, attempts }: TimelineRow, duration: string, started: string): string {
  const what = ordinal === undefined ? `Run ${name}` : `${kind.charAt(0).toUpperCase()}${kind.slice(1)} ${ordinal} ${name}`;
  const tries = attempts > 1 ? ` ${status === 'done' ? 'on' : 'after'} attempt ${attempts}` : '';
  const how = { done: 'succeeded', failed: 'failed', open: 'not over', cancelled: 'stopped or cancelled' }[status];
  return `${what}: ${how}${tries}, ${duration}, started ${started}`;
}

/**
 * Asked for after what came before it began, and before what came after it did: for code that does one thing after the other, exactly then.
 * Operations far before it, or far behind, don't matter.
 * @param recorded by ordinal
 */
function beganAt(ordinal: number, recorded: readonly TimelineRow[], begun: number): number {
  const found = recorded.findIndex((row) => (row.ordinal ?? 0) > ordinal);
  const place = found === -1 ? recorded.length : found;
  const before = recorded.slice(Math.max(0, place - NEIGHBOURS), place).reduce((latest, { to }) => Math.max(latest, to), begun);
  return recorded.slice(place, place + NEIGHBOURS).reduce((earliest, { from }) => Math.min(earliest, from), before);
}

function waitRow({ ordinal, kind, name, wakeAt, sourceKey }: Wait, from: number): TimelineRow {
  const until = wakeAt === null ? '' : ` until ${wakeAt}`;
  const segments: Segment[] = [
    {
      from,
      to: Number.POSITIVE_INFINITY,
      look: kind === 'retry' ? 'retry' : 'waiting',
      text: `waits${sourceKey === null ? '' : ` for ${sourceKey}`}${until}`,
    },
  ];
  const to = Number.POSITIVE_INFINITY;
  return { ordinal, name, kind, status: 'open', attempts: 1, from, to, isFromGuessed: true, segments };
}

function lookOf(kind: string, hasFailed: boolean): SegmentLook {
  if (hasFailed) return 'failed';
  return WAITS.includes(kind) ? 'waited' : 'done';
}

function lookOfRun(status: RunStatus): SegmentLook {
  if (status === 'SUCCESS') return 'done';
  if (status === 'WAITING') return 'waiting';
  if (status === 'DELAYED' || status === 'ENQUEUED' || status === 'PENDING') return 'queued';
  if (!isTerminal(status)) return 'running';
  return statusOver(status) === 'failed' ? 'failed' : 'cancelled';
}

function statusOver(status: RunStatus): RowStatus {
  return status === 'ERROR' || status === 'DEAD' ? 'failed' : 'cancelled';
}

function errorName(error: RunStepAnswer['error']): string {
  return error !== null && 'name' in error ? `: ${error.name}` : '';
}

function time(text: string): number {
  return new Date(text).getTime();
}

/** Clocks of two processes may disagree: nothing ends before it began. */
function ordered(from: number, to: number): [number, number] {
  return [Math.min(from, to), Math.max(from, to)];
}
