// The invariants, checked offline when everything is over: what the ledger knows (what was really done) against what the database's audit
// knows (what was accepted, and under which ownership). Numbers as in the list of promises:
//   I1 no acknowledged run is lost · I2 one terminal transition · I3 one checkpoint per step, of a body that really ran · I4 written by the
//   owner of that moment · I5 no body begins after its step was recorded before its owner's claim · I7 a body runs once per ownership
//   and attempt · I11 a sleep is never early · barrier: no body begins before what it depends on is durable
// What runs have to do with each other is checked in talk-checker.ts.
import type { Audit, CheckpointRow } from './audit.js';
import type { BodyLine, LedgerLine } from './ledger.js';
import { cancelsOf, checkTalks, type TalkFigures } from './talk-checker.js';

export interface Violation {
  invariant: string;
  what: string;
}

export interface Checked extends TalkFigures {
  violations: Violation[];
  runs: number;
  checkpoints: number;
  bodies: number;
  /** Bodies that ran once more because their run was interrupted. */
  repeatedBodies: number;
  sleepsLateMs: number[];
}

const TERMINAL = new Set(['SUCCESS', 'ERROR', 'CANCELLED', 'STOPPED', 'DEAD']);
/** Of the workflows that do not end as SUCCESS. */
const ENDS_AS: Record<string, string> = { poison: 'DEAD', breaks: 'ERROR' };
const STEPS = ['a', 'b', 'c', 'd', 'e'];
/** Workflows with steps that fail at first. */
const FAILING = new Set(['flaky', 'scribe']);
/** Most attempts of a step in the workload. */
const MOST_ATTEMPTS = 3;
/** Clocks of process and database are those of one machine, but a row's time is taken in the middle of a transaction. */
const ROUNDING_MS = 1.5;

export function check(audit: Audit, ledger: readonly LedgerLine[], acknowledged: readonly string[]): Checked {
  const violations: Violation[] = [];
  const violated = (invariant: string, what: string) => violations.push({ invariant, what });
  const bodies = ledger.filter((line): line is BodyLine => line.kind === 'begin' || line.kind === 'end');
  const ends = new Map(bodies.filter((line) => line.kind === 'end').map((line) => [line.nonce, line]));
  const begins = bodies.filter((line) => line.kind === 'begin');
  const runs = new Map(audit.runs.map((run) => [run.run, run]));

  const cancels = cancelsOf(ledger);
  const stops = new Set(ledger.flatMap((line) => (line.kind === 'stop' ? [line.run] : [])));
  for (const run of acknowledged) if (!runs.has(run)) violated('I1', `run ${run} was acknowledged and does not exist`);
  for (const { run, workflow, status, error } of audit.runs) {
    if (status === 'STOPPED' && stops.has(run)) continue;
    const isCancelled = status === 'CANCELLED' && cancels.asked.has(run);
    if (cancels.done.has(run) ? !isCancelled : !isCancelled && status !== (ENDS_AS[workflow] ?? 'SUCCESS'))
      violated('I1', `run ${run} (${workflow}) is ${status} ${error ?? ''}`);
  }

  const terminals = new Map<string, number>();
  for (const { run, status } of audit.ownership) if (TERMINAL.has(status)) terminals.set(run, (terminals.get(run) ?? 0) + 1);
  for (const [run, count] of terminals) if (count > 1) violated('I2', `run ${run} became terminal ${count} times`);

  for (const what of audit.rewritten) violated('I3', what);
  const recorded = new Map<string, CheckpointRow>();
  for (const checkpoint of audit.checkpoints) {
    if (checkpoint.kind !== 'step' || checkpoint.output === null) continue;
    const key = `${checkpoint.run}/${checkpoint.name}`;
    if (recorded.has(key)) violated('I3', `${key} was recorded twice`);
    recorded.set(key, checkpoint);
    const body = ends.get(JSON.parse(checkpoint.output));
    if (body === undefined || `${body.run}/${body.step}` !== key)
      violated('I3', `${key} has a result that no body of it returned`);
    else if (body.token !== checkpoint.token)
      violated('I4', `${key} was written under ${body.token}, when ${checkpoint.token} owned it`);
  }
  for (const { run, workflow, status, output } of audit.runs) {
    if (status !== 'SUCCESS' || workflow === 'poison') continue;
    for (const [step, nonce] of Object.entries(noncesOf(output)))
      if (JSON.stringify(nonce) !== recorded.get(`${run}/${step}`)?.output)
        violated('I3', `run ${run} computed with another result of ${step} than the recorded one`);
  }

  const claimedAt = new Map<string, number>();
  for (const { at, token } of audit.ownership) if (token !== null && !claimedAt.has(token)) claimedAt.set(token, at);
  const executions = new Map<string, number>();
  for (const { run, step, token, at, after = [] } of begins) {
    const key = `${run}/${step}`;
    const record = recorded.get(key);
    if (record !== undefined && record.token !== token && record.at < (claimedAt.get(token) ?? 0))
      violated('I5', `a body of ${key} began under ${token}, claimed after the step was recorded`);
    for (const earlier of after) {
      const dependency = recorded.get(`${run}/${earlier}`);
      if (dependency === undefined || dependency.at > at + ROUNDING_MS)
        violated('barrier', `a body of ${key} began before ${earlier} was durable`);
    }
    executions.set(`${key}/${token}`, (executions.get(`${key}/${token}`) ?? 0) + 1);
  }
  let repeatedBodies = 0;
  const perStep = new Map<string, number>();
  for (const [key, count] of executions) {
    if (count > MOST_ATTEMPTS || (count > 1 && !isFlaky(key)))
      violated('I7', `a body of ${key} ran ${count} times under one ownership`);
    // Between two attempts a run may be unloaded and claimed anew: nothing was interrupted.
    if (isFlaky(key)) continue;
    const step = key.slice(0, key.lastIndexOf('/'));
    perStep.set(step, (perStep.get(step) ?? 0) + 1);
  }
  for (const owners of perStep.values()) repeatedBodies += owners - 1;
  function isFlaky(key: string): boolean {
    return FAILING.has(runs.get(key.slice(0, key.indexOf('/')))?.workflow ?? '');
  }

  const sleepsLateMs: number[] = [];
  for (const { run, kind, at, wakeAt, error } of audit.checkpoints) {
    // With an error: a stop has ended it.
    if (kind !== 'sleep' || wakeAt === null || error !== null) continue;
    if (at < wakeAt) violated('I11', `a sleep of run ${run} ended ${wakeAt - at} ms early`);
    sleepsLateMs.push(at - wakeAt);
  }
  const talks = checkTalks(audit, ledger, violated);
  return {
    ...talks,
    violations,
    runs: audit.runs.length,
    checkpoints: recorded.size,
    bodies: begins.length,
    repeatedBodies,
    sleepsLateMs,
  };
}

/** By step, as the result of a run of whatever workflow has them. */
function noncesOf(output: string | null): Record<string, unknown> {
  const result = JSON.parse(output ?? 'null') as string | null | Record<string, unknown>;
  if (typeof result === 'string') return { leaf: result };
  if (typeof result?.steps === 'object') return result.steps as Record<string, unknown>;
  return Object.fromEntries(STEPS.map((step) => [step, result?.[step]]));
}
