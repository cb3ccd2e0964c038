// The way of a flush: it leaves its lane, is checked, writes and commits, and its process hears of it. A flush that somebody repeats is
// here twice. Leaving and the first check are one step: until then it is as if it had not left.
import { checkFlush, writeFlush } from './database.js';
import { INVARIANTS, type Rules, type Scenario } from './rules.js';
import {
  beginNewLife,
  type Flush,
  type Frame,
  type Move,
  PROCESS_NAMES,
  type ProcessIndex,
  type Run,
  type State,
  type Step,
} from './state.js';

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
export function sendSteps(
  state: State,
  index: ProcessIndex,
  run: number,
  frame: Frame,
  { program }: Scenario,
  rules: Rules,
  step: Step,
): void {
  const underWay = state.flushes.filter((flush) => flush.awaited && flush.process === index && flush.run === run).length;
  if (underWay >= (rules.lanePinning ? 1 : 2)) return;
  const { token, loaded, position, sent, waitSent } = frame;
  const kind = program[position];
  const wait = kind === 'timer' && !waitSent;
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
  else if (kind !== 'step') send('waiting');
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
export function flushSteps(state: State, at: number, { program }: Scenario, rules: Rules, step: Step): void {
  const flush = state.flushes[at] as Flush;
  const name = PROCESS_NAMES[flush.process];
  const content = contentOf(state, flush);
  const which = `${flush.awaited ? '' : 'the late '}${content} from ${name}`;
  if (flush.stage === 'sent') step(`${which} ${VERDICTS[checkFlush(state, flush, rules)]}`, (draft) => check(draft, at, rules));
  else if (flush.stage === 'checked')
    step(`${which} commits`, (draft) => {
      const own = draft.flushes[at] as Flush;
      own.stage = 'accepted';
      return writeFlush(draft, own, program, rules);
    });
  else step(`${name} hears of ${content}`, (draft) => hearAccepted(draft, at));
}

/** A refusal is heard at once: that it is heard later is the same as that it is sent later. */
function check(draft: State, at: number, rules: Rules): string | undefined {
  const flush = draft.flushes[at] as Flush;
  const answer = checkFlush(draft, flush, rules);
  if (answer === 'ok') {
    flush.stage = 'checked';
    return undefined;
  }
  draft.flushes.splice(at, 1);
  if (!flush.awaited) return undefined;
  if (answer === 'retired') {
    beginNewLife(draft, flush.process);
    return undefined;
  }
  const { frames } = draft.processes[flush.process];
  if (frames[flush.run]?.token === flush.token) frames[flush.run] = undefined;
  return flush.move === 'success' && draft.runs[flush.run]?.endedBy === flush.token ? INVARIANTS.toldRight : undefined;
}

/** With its success, whoever waits for the run is told. */
function hearAccepted(draft: State, at: number): string | undefined {
  const [{ run, move, token }] = draft.flushes.splice(at, 1) as [Flush];
  return move === 'success' && draft.runs[run]?.endedBy !== token ? INVARIANTS.durableResult : undefined;
}
