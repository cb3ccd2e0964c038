// The way of a flush: it leaves its lane, is checked, writes and commits, and its process hears of it; one that suspends a run locks it
// and looks once more, and commits a little later. A flush that somebody repeats is here twice. Leaving and the first check are one
// step: until then it is as if it had not left.
import { checkFlush, findsSource, looksAgain, movesRun, writeFlush } from './database.js';
import { INVARIANTS, type Rules } from './rules.js';
import {
  beginNewLife,
  type Flush,
  type Frame,
  isRowFree,
  type Move,
  PROCESS_NAMES,
  type ProcessIndex,
  type Run,
  type State,
  type Step,
} from './state.js';
import { brings, isBroughtByRun, isWait, isWaiter, otherRun } from './waits.js';

/** How many operations of the run are known to be durable. */
export function acknowledged({ flushes }: State, index: ProcessIndex, run: number, { token, sent }: Frame): number {
  return flushes.reduce(
    (known, flush) =>
      flush.awaited && flush.process === index && flush.run === run && flush.token === token
        ? known - (flush.to - flush.from)
        : known,
    sent,
  );
}

/** What has gathered may leave: the checkpoints, alone or with the status that follows them. */
export function sendSteps(state: State, index: ProcessIndex, run: number, frame: Frame, rules: Rules, step: Step): void {
  const underWay = state.flushes.filter((flush) => flush.awaited && flush.process === index && flush.run === run).length;
  if (underWay >= (rules.lanePinning ? 1 : 2)) return;
  const { token, loaded, position, sent, waitSent } = frame;
  const kind = (state.runs[run] as Run).program[position];
  const wait = isWait(kind) && !waitSent;
  const send = (move: Move) => {
    const { executor } = state.processes[index];
    const flush: Flush = {
      process: index,
      executor,
      run,
      token,
      from: sent,
      to: position,
      wait,
      move,
      stage: 'sent',
      awaited: true,
      found: false,
      sawWaiter: false,
    };
    const verdict = VERDICTS[checkFlush(state, flush, rules)];
    step(`${PROCESS_NAMES[index]} sends ${contentOf(state, flush)}, which ${verdict}`, (draft) => {
      const { frames } = draft.processes[index];
      if (move === 'waiting' || move === 'success') frames[run] = undefined;
      else Object.assign(frames[run] as Frame, { sent: position, waitSent: waitSent || wait });
      draft.flushes.push({ ...flush });
      return check(draft, draft.flushes.length - 1, rules);
    });
  };
  if (position > sent || wait) send(sent === loaded ? 'running' : '');
  if (kind === undefined) send('success');
  else if (isWait(kind) && !(rules.waitFirst && isBroughtByRun(kind) && (wait || underWay > 0))) send('waiting');
}

const VERDICTS = { ok: 'passes the check', refused: 'is refused', retired: 'finds its executor retired' };

function contentOf({ runs }: State, { run, from, to, wait, move }: Flush): string {
  const parts: string[] = [];
  for (let operation = from; operation < to; operation++) parts.push(`checkpoint ${operation + 1}`);
  if (wait) parts.push('its wait');
  if (move !== '') parts.push(move.toUpperCase());
  return `${parts.join(' + ')} of ${(runs[run] as Run).name}`;
}

/** On the way of a flush that has left. */
export function flushSteps(state: State, at: number, rules: Rules, step: Step): void {
  const flush = state.flushes[at] as Flush;
  const name = PROCESS_NAMES[flush.process];
  const content = contentOf(state, flush);
  const which = `${flush.awaited ? '' : 'the late '}${content} from ${name}`;
  if (flush.stage === 'sent') {
    step(`${which} ${VERDICTS[checkFlush(state, flush, rules)]}`, (draft) => check(draft, at, rules));
    return;
  }
  if (flush.stage === 'accepted') {
    step(`${name} hears of ${content}`, (draft) => hearAccepted(draft, at, rules));
    return;
  }
  const hasToLock = flush.stage === 'checked' && movesRun(state, flush, rules);
  if (hasToLock && !isRowFree(state, flush.run)) return;
  if (hasToLock && looksAgain(state, flush)) {
    const found = rules.recheckLocked ? findsSource(state, flush, rules) : flush.found;
    const finding = found ? 'what it waits for' : 'nothing';
    step(`${which} locks ${(state.runs[flush.run] as Run).name} and finds ${finding}`, (draft) => {
      Object.assign(draft.flushes[at] as Flush, { stage: 'looked', found });
    });
  } else
    step(`${which} commits`, (draft) => {
      const own = draft.flushes[at] as Flush;
      own.stage = 'accepted';
      return writeFlush(draft, own, rules);
    });
}

/** A refusal is heard at once: that it is heard later is the same as that it is sent later. */
function check(draft: State, at: number, rules: Rules): string | undefined {
  const flush = draft.flushes[at] as Flush;
  const answer = checkFlush(draft, flush, rules);
  if (answer === 'ok') {
    flush.stage = 'checked';
    if (!rules.recheckLocked && looksAgain(draft, flush)) flush.found = findsSource(draft, flush, rules);
    if (!rules.announceAfterCommit && brings(draft, flush)) flush.sawWaiter = isWaiter(draft.runs[otherRun(flush.run)] as Run);
    return undefined;
  }
  draft.flushes.splice(at, 1);
  if (!flush.awaited) return undefined;
  if (answer === 'retired') {
    beginNewLife(draft, flush.process);
    return undefined;
  }
  // An earlier copy of it may have been accepted.
  if (rules.announceRefused && brings(draft, flush)) announce(draft, flush, rules);
  const { frames } = draft.processes[flush.process];
  if (frames[flush.run]?.token === flush.token) frames[flush.run] = undefined;
  return flush.move === 'success' && draft.runs[flush.run]?.endedBy === flush.token ? INVARIANTS.toldRight : undefined;
}

/** With its success, whoever waits for the run is told. */
function hearAccepted(draft: State, at: number, rules: Rules): string | undefined {
  const [flush] = draft.flushes.splice(at, 1) as [Flush];
  if (brings(draft, flush)) announce(draft, flush, rules);
  return flush.move === 'success' && draft.runs[flush.run]?.endedBy !== flush.token ? INVARIANTS.durableResult : undefined;
}

function announce(draft: State, { process, sawWaiter }: Flush, rules: Rules): void {
  const own = draft.processes[process];
  if (rules.announceAfterCommit) own.announcement = 'look';
  else if (sawWaiter) own.announcement = 'wake';
}
