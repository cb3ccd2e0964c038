// The start itself: checked, sent once, and told. A start whose answer was lost can be sent again: the same form has the same id, and an id makes one run.
import { useQueryClient } from '@tanstack/react-query';
import { useRef, useState } from 'react';
import { client } from '../../api/client';
import { problemOf, type ShownProblem } from '../../api/problem';
import { runPath, shortId } from '../../parts/run-link';
import { toast } from '../../parts/toast';
import { checkOf, requestOf, StartIds, type StartRequest } from './start-request';
import { addStartedRun } from './started-runs';
import type { StartFormState } from './use-start-form';

export interface StartProblem extends ShownProblem {
  /** It may have been done all the same. */
  isUnknown: boolean;
  /** The run that has the deduplication id. */
  otherRun?: string;
}

export interface Starting {
  start(): Promise<void>;
  /** Asks the server about the values, without a start. */
  ask(): Promise<void>;
  isBusy: boolean;
  problem: StartProblem | undefined;
  /** The run that this very form was last started as. */
  started: string | undefined;
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
  const lastDone = useRef<{ at: number; value: unknown; options: unknown }>(undefined);
  const [isBusy, setBusy] = useState(false);
  const [problem, setProblem] = useState<StartProblem>();
  const [started, setStarted] = useState<{ runId: string; value: unknown; options: unknown }>();
  const [accepted, setAccepted] = useState<{ value: unknown; inputs: Record<string, unknown> }>();
  const [news, setNews] = useState(0);
  const { subject, value, options } = state;

  async function busily(work: () => Promise<void>): Promise<void> {
    if (isUnderWay.current) return;
    isUnderWay.current = true;
    setBusy(true);
    setProblem(undefined);
    try {
      await work();
    } catch (error) {
      const shown = startProblemOf(error);
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
      const id =
        (state.read.options.id as string | undefined) ?? ids.current.idFor(JSON.stringify([request, state.read.options]));
      const { runId } = await send(request, { ...state.read.options, id });
      ids.current.done();
      lastDone.current = { at: performance.now(), value, options };
      setStarted({ runId, value, options });
      addStartedRun({ runId, workflow: subject.workflow, at: Date.now() });
      const link = { path: runPath(runId), text: 'Go to run' };
      toast({ kind: 'good', title: `${subject.workflow} is started`, detail: shortId(runId), link });
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
    started: started !== undefined && started.value === value && started.options === options ? started.runId : undefined,
    accepted: accepted !== undefined && accepted.value === value ? accepted.inputs : undefined,
  };
}

function send(request: StartRequest, options: Record<string, unknown>): Promise<{ runId: string }> {
  return request.kind === 'template'
    ? client.workflows.startWithTemplate(request.workflow, request.inputs, options)
    : client.workflows.start(request.workflow, request.args, options);
}

function startProblemOf(error: unknown): StartProblem {
  const problem = problemOf(error);
  const { status, details } = (error ?? {}) as { status?: number; details?: { runId?: unknown } };
  const otherRun = problem.code === 'DEDUPLICATION_CONFLICT' ? details?.runId : undefined;
  return {
    ...problem,
    isUnknown: problem.code !== 'CONSOLE_ERROR' && (status === undefined || status >= 500),
    ...(typeof otherRun === 'string' && { otherRun }),
  };
}
