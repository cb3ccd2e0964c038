// The start itself: checked, sent once, and told. A start whose answer was lost can be sent again: the same form has the same id, and an id makes one run.
import { useQueryClient } from '@tanstack/react-query';
import { useRef, useState } from 'react';
import type { RunStatus } from '../../../../lib/model/run.js';
import { client } from '../../api/client';
import { runPath, shortId } from '../../parts/run-link';
import { toast } from '../../parts/toast';
import { findExisting } from './existing-run';
import { type StartProblem, startProblemOf } from './start-problem';
import { checkOf, requestOf, StartIds, type StartRequest } from './start-request';
import { addStartedRun } from './started-runs';
import type { StartFormState } from './use-start-form';

/** The run that a start gave. */
export interface StartedRun {
  runId: string;
  /** Its id as it was typed. */
  ownId?: string;
  /** Why it is a run that there was before: nothing was started then. */
  existing?: 'id' | 'deduplication id';
  /** Of a run that there was before. */
  status?: RunStatus;
}

export interface Starting {
  start(): Promise<void>;
  /** Asks the server about the values, without a start. */
  ask(): Promise<void>;
  isBusy: boolean;
  problem: StartProblem | undefined;
  /** The run that this very form was last started as. */
  started: StartedRun | undefined;
  /** What the server would give to the workflow, of the value that is there. */
  accepted: Record<string, unknown> | undefined;
  /** Counts the times at which there is something to look at: what is wrong, or what was asked for. */
  news: number;
}

/** ms after a start in which another of the same form is not meant: the second half of a double click. */
const SETTLE_MS = 600;

export function useStart(state: StartFormState): Starting {
  const queries = useQueryClient();
  const ids = useRef(new StartIds());
  const isUnderWay = useRef(false);
  const isSent = useRef(false);
  /** The state of the form whose start has no answer yet. */
  const unanswered = useRef<string>(undefined);
  const lastDone = useRef<{ at: number; value: unknown; options: unknown }>(undefined);
  const [isBusy, setBusy] = useState(false);
  const [problem, setProblem] = useState<StartProblem>();
  const [started, setStarted] = useState<{ run: StartedRun; value: unknown; options: unknown }>();
  const [accepted, setAccepted] = useState<{ value: unknown; inputs: Record<string, unknown> }>();
  const [news, setNews] = useState(0);
  const { subject, value, options } = state;

  async function busily(work: () => Promise<void>): Promise<void> {
    if (isUnderWay.current) return;
    isUnderWay.current = true;
    isSent.current = false;
    setBusy(true);
    setProblem(undefined);
    try {
      await work();
    } catch (error) {
      const shown = startProblemOf(error, isSent.current);
      if (!shown.isUnknown && isSent.current) unanswered.current = undefined;
      setProblem(shown);
      if (shown.fields.length > 0) state.judge({ value, faults: shown.fields });
      setNews((count) => count + 1);
    } finally {
      isUnderWay.current = false;
      setBusy(false);
    }
  }

  /** @throws what the server says is wrong */
  async function askServer(): Promise<boolean> {
    const inputs = checkOf(subject, value);
    if (inputs === undefined) return false;
    const resolved = await client.workflows.inputs(subject.workflow, inputs);
    state.judge({ value, faults: [] });
    setAccepted({ value, inputs: resolved.inputs });
    return true;
  }

  function isEcho(): boolean {
    const last = lastDone.current;
    return last !== undefined && last.value === value && last.options === options && performance.now() - last.at < SETTLE_MS;
  }

  function isReady(): boolean {
    state.submit();
    if (state.blocking.length === 0 && Object.keys(state.read.faults).length === 0) return true;
    setProblem(undefined);
    setNews((count) => count + 1);
    return false;
  }

  async function start(): Promise<void> {
    if (isUnderWay.current || isEcho() || !isReady()) return;
    await busily(async () => {
      const isJudged = state.verdict !== undefined && state.verdict.value === value && state.verdict.faults.length === 0;
      // The server is the judge: what the browser does not like may be right.
      if (!isJudged && state.check().length > 0 && !(await askServer())) {
        setNews((count) => count + 1);
        return;
      }
      const request = requestOf(subject, value);
      const form = JSON.stringify([request, state.read.options]);
      const ownId = state.read.options.id as string | undefined;
      // After a start without an answer, a run of that id is the one that was started.
      if (ownId !== undefined && unanswered.current !== form) {
        const found = await findExisting(client.runs, ownId);
        if (found !== undefined) {
          const { runId, status } = found;
          setStarted({ run: { runId, ownId, status, existing: 'id' }, value, options });
          setNews((count) => count + 1);
          return;
        }
      }
      const id = ownId ?? ids.current.idFor(form);
      isSent.current = true;
      unanswered.current = form;
      const { runId } = await send(request, { ...state.read.options, id });
      // Ids of one's own are texts, of which the answer has nothing.
      const mayBeOther = ownId !== undefined && state.read.options.deduplicationPolicy === 'return-existing';
      const asked = ownId === undefined ? id : mayBeOther ? (await findExisting(client.runs, ownId))?.runId : runId;
      unanswered.current = undefined;
      ids.current.done();
      lastDone.current = { at: performance.now(), value, options };
      if (runId !== asked) {
        setStarted({ run: { runId, existing: 'deduplication id' }, value, options });
        return;
      }
      setStarted({ run: { runId, ...(ownId !== undefined && { ownId }) }, value, options });
      state.settle();
      addStartedRun({ runId, workflow: subject.workflow, at: Date.now() });
      const link = { path: runPath(runId), text: 'Go to run' };
      toast({ kind: 'good', title: `${subject.workflow} is started`, detail: ownId ?? shortId(runId), link });
      for (const queryKey of [['runs'], ['queues'], ['run', runId]]) void queries.invalidateQueries({ queryKey });
    });
  }

  async function ask(): Promise<void> {
    if (!isReady()) return;
    await busily(async () => {
      await askServer();
      setNews((count) => count + 1);
    });
  }

  return {
    ...{ start, ask, isBusy, problem, news },
    started: started !== undefined && started.value === value && started.options === options ? started.run : undefined,
    accepted: accepted !== undefined && accepted.value === value ? accepted.inputs : undefined,
  };
}

function send(request: StartRequest, options: Record<string, unknown>): Promise<{ runId: string }> {
  return request.kind === 'template'
    ? client.workflows.startWithTemplate(request.workflow, request.inputs, options)
    : client.workflows.start(request.workflow, request.args, options);
}
