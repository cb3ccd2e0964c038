// The invariants of what runs have to do with each other. What each got stands in its result; that is compared with what was acknowledged to the
// client (ledger), with what others returned, and with the tables:
//   message  each acknowledged one is received once, in the order of its sender, and nothing else is
//   event    what is seen was set; nothing is seen only if nothing was set in time
//   child    started once per call, and its parent went on with exactly its result
//   chunk    no gaps; what the workflow writes is there once and in order, what a step writes at least once, of its last attempt all; a reader
//            gets exactly that
//   I11      no wait gives up before its timeout
//   wait     a run that is over waits for nothing
import type { Audit, CheckpointRow, RunRow } from './audit.js';
import type { CancelLine, LedgerLine, SentLine } from './ledger.js';
import { checkStreams } from './stream-checker.js';
import {
  type AgainResult,
  CANCELLED,
  CLIENT,
  type Letter,
  type ListenerResult,
  MAYBE_SENDER,
  type MailboxResult,
  type PairResult,
  type ParentResult,
} from './talks.js';

export interface TalkFigures {
  /** Received by runs. */
  messages: number;
  children: number;
  /** Set by runs. */
  events: number;
  /** Written by runs. */
  chunks: number;
  /** By the client, live and to the end. */
  streamsRead: number;
  cancelled: number;
}

type Violated = (invariant: string, what: string) => void;

const CHILDREN: Record<string, readonly string[]> = {
  parent: ['own', 'later', 'part0', 'part1', 'part2', 'part3', 'nested'],
  middle: ['left', 'right'],
  again: ['child0', 'child1', 'child2'],
};

/** What the client writes about. */
const TOPICS: Record<string, readonly string[]> = { mailbox: ['mail', 'maybe'], again: ['next'] };

export function checkTalks(audit: Audit, ledger: readonly LedgerLine[], violated: Violated): TalkFigures {
  const runs = new Map(audit.runs.map((run) => [run.run, run]));
  for (const line of ledger) if (line.kind === 'surprise') violated('client', line.what);
  const receipts = checkMailboxes(audit, violated);
  checkLetters(audit, ledger, violated);
  checkPairs(runs, violated);
  const events = checkEvents(audit, runs, violated);
  checkChildren(audit, runs, violated);
  checkTimeouts(audit, ledger, violated);
  checkStreams(audit, runs, ledger, violated);
  for (const { run, kind, name } of audit.waits)
    if (isOver(runs.get(run))) violated('wait', `run ${run} is over and still waits: ${kind} ${name}`);
  return {
    messages: receipts,
    children: audit.runs.filter(({ parent }) => parent !== null).length,
    events,
    chunks: audit.chunks.length,
    streamsRead: ledger.filter(({ kind }) => kind === 'read').length,
    cancelled: audit.runs.filter(({ status }) => status === 'CANCELLED').length,
  };
}

/** Runs that may be CANCELLED, and of those the ones that must be. */
export function cancelsOf(ledger: readonly LedgerLine[]): { asked: Set<string>; done: Set<string> } {
  const lines = ledger.filter((line): line is CancelLine => line.kind === 'cancel');
  return {
    asked: new Set(lines.map(({ run }) => run)),
    done: new Set(lines.filter(({ changed }) => changed).map(({ run }) => run)),
  };
}

/** One receipt for each message that was taken, with its payload, and the other way round. */
function checkMailboxes(audit: Audit, violated: Violated): number {
  const receipts = new Map<string, CheckpointRow>();
  for (const checkpoint of audit.checkpoints)
    if (checkpoint.kind === 'receive' && checkpoint.output !== 'null')
      receipts.set(`${checkpoint.run}/${checkpoint.ordinal}`, checkpoint);
  const received = receipts.size;
  for (const { run, topic, payload, takenBy } of audit.messages) {
    if (takenBy === null) continue;
    const key = `${run}/${takenBy}`;
    const receipt = receipts.get(key);
    if (receipt?.name !== topic || receipt.output !== payload)
      violated('message', `${topic} ${payload} was taken by ${key}, which recorded ${receipt?.output ?? 'no message'}`);
    receipts.delete(key);
  }
  for (const [key, { name, output }] of receipts)
    violated('message', `${key} received ${name} ${output}, which was taken from no mailbox`);
  return received;
}

function checkLetters(audit: Audit, ledger: readonly LedgerLine[], violated: Violated): void {
  const sent = new Map<string, SentLine[]>();
  for (const line of ledger) {
    if (line.kind !== 'sent') continue;
    const lines = sent.get(line.run);
    if (lines === undefined) sent.set(line.run, [line]);
    else lines.push(line);
  }
  const couriers = new Map<string, RunRow[]>();
  for (const run of audit.runs) {
    if (run.workflow !== 'courier') continue;
    const to = argumentsOf(run)[1] as string;
    couriers.set(to, [...(couriers.get(to) ?? []), run]);
  }
  for (const run of audit.runs) {
    if (run.status !== 'SUCCESS' || TOPICS[run.workflow] === undefined) continue;
    const { letters } = resultOf<MailboxResult | AgainResult>(run);
    const bySender = numbersBySender(letters);
    for (const [sender, numbers] of bySender)
      if (numbers.length !== new Set(numbers).size)
        violated('message', `run ${run.run} received of ${sender}: ${numbers}, one of them twice`);
    // What the client was not told of may be missing, or come where it likes.
    for (const topic of TOPICS[run.workflow] ?? []) {
      const acknowledged = (sent.get(run.run) ?? []).filter((line) => line.topic === topic).map(({ n }) => n);
      const known = new Set(acknowledged);
      const got = (bySender.get(topic === 'maybe' ? MAYBE_SENDER : CLIENT) ?? []).filter((n) => known.has(n));
      if (`${got}` !== `${acknowledged.sort((a, b) => a - b)}`)
        violated('message', `run ${run.run} received of ${topic}: ${got}, acknowledged were ${acknowledged}`);
    }
    if (run.workflow !== 'mailbox') continue;
    if ((resultOf<MailboxResult>(run).quiet ?? null) !== null) violated('message', `run ${run.run} received what nobody sent`);
    for (const courier of couriers.get(run.run) ?? [])
      isCounted(
        bySender.get(courier.run),
        argumentsOf(courier)[2] as number,
        `run ${run.run} of courier ${courier.run}`,
        violated,
      );
  }
}

function checkPairs(runs: ReadonlyMap<string, RunRow>, violated: Violated): void {
  for (const ping of runs.values()) {
    if (ping.workflow !== 'ping' || ping.status !== 'SUCCESS') continue;
    const [, to, rounds] = argumentsOf(ping) as [number, string, number];
    const balls = resultOf<PairResult>(ping).letters.map(({ n }) => n);
    isCounted(balls, rounds, `ping ${ping.run}`, violated);
    const pong = runs.get(to);
    if (pong?.status === 'SUCCESS')
      isCounted(
        resultOf<PairResult>(pong).letters.map(({ n }) => n),
        rounds,
        `pong ${to}`,
        violated,
      );
  }
}

function checkEvents(audit: Audit, runs: ReadonlyMap<string, RunRow>, violated: Violated): number {
  const set = new Map<string, string>();
  const byOperation = new Set<string>();
  for (const { run, ordinal, key, value } of audit.events) {
    set.set(`${run}/${key}`, value ?? 'null');
    byOperation.add(`${run}/${ordinal}`);
  }
  // One with an error is one at which the run was stopped.
  for (const { kind, run, ordinal, error } of audit.checkpoints)
    if ((kind === 'event' || kind === 'progress') && error === null && !byOperation.delete(`${run}/${ordinal}`))
      violated('event', `operation ${ordinal} of run ${run} is recorded, and its event is not`);
  for (const key of byOperation) violated('event', `an event is there, and its operation ${key} is not recorded`);
  for (const run of runs.values()) {
    if (run.workflow !== 'listener' || run.status !== 'SUCCESS') continue;
    const source = argumentsOf(run)[1] as string;
    const { first, soon, second, third } = resultOf<ListenerResult>(run);
    const sees = (key: string, value: string | null, mayBeLate = false) => {
      const there = set.get(`${source}/${key}`) ?? 'null';
      if (JSON.stringify(value ?? null) === there || (mayBeLate && (value ?? null) === null)) return;
      violated('event', `run ${run.run} saw ${value} as "${key}" of ${source}, where ${there} was set`);
    };
    sees('first', first);
    sees('second', soon, true);
    sees('second', second);
    sees('third', third);
  }
  return audit.events.length;
}

function checkChildren(audit: Audit, runs: ReadonlyMap<string, RunRow>, violated: Violated): void {
  const children = new Map<string, Map<string, RunRow>>();
  for (const run of runs.values()) {
    if (run.parent === null) continue;
    const label = String(argumentsOf(run)[1]);
    let siblings = children.get(run.parent);
    if (siblings === undefined) {
      siblings = new Map();
      children.set(run.parent, siblings);
    }
    if (siblings.has(label))
      violated('child', `run ${run.parent} started ${label} twice: ${siblings.get(label)?.run}, ${run.run}`);
    siblings.set(label, run);
    if (!runs.has(run.parent)) violated('child', `run ${run.run} is the child of nobody`);
  }
  for (const parent of runs.values()) {
    const labels = CHILDREN[parent.workflow];
    if (labels === undefined || parent.status !== 'SUCCESS') continue;
    const results = resultOf<ParentResult>(parent).children;
    const there = children.get(parent.run) ?? new Map<string, RunRow>();
    if (`${[...there.keys()].sort()}` !== `${[...labels].sort()}`)
      violated('child', `run ${parent.run} (${parent.workflow}) has the children ${[...there.keys()]}`);
    for (const [label, child] of there) {
      const expected = child.status === 'CANCELLED' ? JSON.stringify(CANCELLED) : child.output;
      if (JSON.stringify(results[label]) !== expected)
        violated(
          'child',
          `run ${parent.run} went on with ${JSON.stringify(results[label])} of ${label}, which returned ${expected}`,
        );
    }
  }
  for (const { run, kind, output } of audit.checkpoints)
    if (kind === 'startChild' && output !== null && runs.get(JSON.parse(output))?.parent !== run)
      violated('child', `run ${run} recorded the start of ${output}, which is no child of it`);
}

function checkTimeouts(audit: Audit, ledger: readonly LedgerLine[], violated: Violated): void {
  const sentAt = new Map<string, number>();
  for (const line of ledger) if (line.kind === 'sent' && line.topic === 'maybe') sentAt.set(line.run, line.at);
  for (const { run, kind, name, output, at, wakeAt } of audit.checkpoints) {
    if (kind !== 'receive' || output !== 'null' || wakeAt === null) continue;
    if (at < wakeAt) violated('I11', `run ${run} gave up its wait for ${name} ${wakeAt - at} ms early`);
    if (name === 'maybe' && (sentAt.get(run) ?? Number.POSITIVE_INFINITY) < wakeAt)
      violated('message', `run ${run} did not see a message that was acknowledged before its timeout`);
  }
}

function isCounted(numbers: readonly number[] = [], count: number, whose: string, violated: Violated): void {
  if (`${numbers}` !== `${Array.from({ length: count }, (_, n) => n)}`)
    violated('message', `${whose}: received ${numbers}, and not all of 0 to ${count - 1}, once and in order`);
}

function numbersBySender(letters: readonly Letter[]): Map<string, number[]> {
  const numbers = new Map<string, number[]>();
  for (const { from, n } of letters) numbers.set(from, [...(numbers.get(from) ?? []), n]);
  return numbers;
}

const OVER = new Set(['SUCCESS', 'ERROR', 'CANCELLED', 'STOPPED', 'DEAD']);

const isOver = (run: RunRow | undefined) => run !== undefined && OVER.has(run.status);

const argumentsOf = (run: RunRow) => JSON.parse(run.input ?? '[]') as unknown[];

const resultOf = <R>(run: RunRow) => JSON.parse(run.output ?? 'null') as R;
