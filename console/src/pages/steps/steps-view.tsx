// The operations of a run over time or as a table, with the details of the chosen one beside them. The clock, zoom, choice and filters meet here.
import { useCallback, useMemo, useRef } from 'react';
import { flushSync } from 'react-dom';
import type { RunAnswer, SentCommandAnswer } from '../../../../lib/http-client/index.js';
import { isTerminal } from '../../../../lib/model/run-transitions.js';
import { useNow } from '../../parts/clock';
import { Empty, Panel } from '../../parts/page';
import { useKey } from '../../shell/keys';
import type { LoadedSteps } from './load-steps';
import { StepDetails } from './step-details';
import { Legend } from './step-look';
import { StepsTable } from './steps-table';
import { StepsToolbar } from './steps-toolbar';
import { Timeline } from './timeline';
import { ordinalOf, rowsWith, timelineRows } from './timeline-rows';
import { firstRange, parseRange, rangeText, type TimeRange, wholeRange, zoomed } from './timeline-scale';
import { useViewState } from './view-state';

const ZOOM = 1.6;
/** As `lg` of the layout: the details stand beside the list. */
const isBeside = matchMedia('(width >= 64rem)');

interface StepsViewProps {
  answer: RunAnswer;
  loaded: LoadedSteps;
  commands: readonly SentCommandAnswer[];
}

export function StepsView({ answer: { run, waits }, loaded: { steps, isPartial }, commands }: StepsViewProps) {
  const [state, change] = useViewState();
  const isOver = isTerminal(run.status);
  const now = useNow(!isOver);
  const rows = useMemo(() => timelineRows(run, waits, steps, commands), [run, waits, steps, commands]);
  const byOrdinal = useMemo(() => new Map(steps.map((step) => [step.ordinal, step])), [steps]);
  const shown = useMemo(() => rowsWith(rows, state.text, state.onlyFailed), [rows, state.text, state.onlyFailed]);

  const zero = new Date(run.createdAt).getTime();
  const last = useMemo(
    () => rows.reduce((latest, { from, to }) => Math.max(latest, Number.isFinite(to) ? to : from), zero),
    [rows, zero],
  );
  const end = isOver ? last : Math.max(last, now);
  const started = run.startedAt === null ? undefined : new Date(run.startedAt).getTime();
  const whole = useMemo(() => wholeRange(zero, end), [zero, end]);
  const range = useMemo(
    () => parseRange(state.zoom, zero, whole) ?? firstRange(zero, started, end),
    [state.zoom, zero, whole, started, end],
  );

  const zoom = (next: TimeRange) => change({ zoom: rangeText(next, zero, whole) });
  const nearer = () => zoom(zoomed(range, 1 / ZOOM, whole));
  const farther = () => zoom(zoomed(range, ZOOM, whole));
  const fit = () => zoom(whole);
  const look = (view: 'timeline' | 'table') => change({ view: view === 'table' ? 'table' : undefined });
  useKey('+', 'Zoom: nearer', nearer);
  // The same key without Shift, where + needs it.
  useKey('=', 'Zoom: nearer', nearer);
  useKey('-', 'Zoom: farther', farther);
  useKey('0', 'Zoom: all of it', fit);
  useKey('t', 'Timeline or table', () => look(state.view === 'table' ? 'timeline' : 'table'));
  useKey('f', 'Only what failed', () => change({ failed: state.onlyFailed ? undefined : '1' }));

  const chosen = useMemo(() => rows.find((row) => ordinalOf(row) === state.step), [rows, state.step]);
  const choose = useCallback((ordinal: number) => change({ step: String(ordinal) }), [change]);
  const details = useRef<HTMLDivElement>(null);
  const before = useRef<Element | null>(null);
  const show = useCallback(
    (ordinal: number) => {
      flushSync(() => choose(ordinal));
      // Below the list, not beside it: all of them that has room.
      details.current?.scrollIntoView({ block: isBeside.matches ? 'nearest' : 'start' });
    },
    [choose],
  );
  const open = useCallback(
    (ordinal: number) => {
      before.current = document.activeElement;
      show(ordinal);
      details.current?.focus({ preventScroll: true });
    },
    [show],
  );
  const close = () => {
    change({ step: undefined });
    if (before.current instanceof HTMLElement && before.current.isConnected) before.current.focus();
  };
  return (
    <>
      <StepsToolbar
        state={state}
        onView={look}
        onText={(text) => change({ text })}
        onFailed={(only) => change({ failed: only ? '1' : undefined })}
        onNearer={nearer}
        onFarther={farther}
        onFit={fit}
      />
      <p className="text-muted text-xs">
        {rows.length - 1} operation{rows.length === 2 ? '' : 's'}
        {isPartial && ', more are being loaded'}
        {shown.length < rows.length && `, ${shown.length - 1} shown`}
      </p>
      <div className="flex min-w-0 flex-col items-start gap-4 lg:flex-row">
        <Panel isFlush className="w-full min-w-0 flex-1">
          {state.view === 'table' ? (
            <StepsTable rows={shown.slice(1)} steps={byOrdinal} chosen={state.step} onOpen={open} />
          ) : (
            <Timeline
              rows={shown}
              {...{ range, whole, zero, end, isOver }}
              chosen={state.step}
              onChoose={choose}
              onShow={show}
              onOpen={open}
              onZoom={zoom}
            />
          )}
          {rows.length === 1 && <Empty title={isOver ? 'Nothing on record.' : 'Nothing on record yet.'}>{whyEmpty(run)}</Empty>}
        </Panel>
        {chosen !== undefined && (
          // biome-ignore lint/a11y/useSemanticElements: a fieldset is of a form
          <div
            ref={details}
            role="group"
            aria-label="Details"
            tabIndex={-1}
            onKeyDown={(event) => event.key === 'Escape' && close()}
            className="w-full scroll-mt-16 outline-none lg:sticky lg:top-16 lg:max-h-[calc(100dvh-5rem)] lg:w-96 lg:shrink-0 lg:overflow-y-auto"
          >
            <StepDetails
              run={run}
              row={chosen}
              step={byOrdinal.get(ordinalOf(chosen))}
              wait={waits.find(({ ordinal }) => ordinal === chosen.ordinal)}
              wasReset={commands.some(({ command, outcome }) => command === 'RESET' && outcome === 'APPLIED')}
              onClose={close}
            />
          </div>
        )}
      </div>
      {state.view === 'timeline' && (
        <>
          <Legend />
          <p id="timeline-keys" className="text-muted text-xs max-sm:hidden">
            Up and down choose, Enter opens, left and right move, + − 0 zoom; so do Ctrl with the wheel, and a drag over the
            times.
          </p>
        </>
      )}
    </>
  );
}

function whyEmpty({ status, startedAt, queue }: RunAnswer['run']): string {
  if (isTerminal(status)) return 'The run ended without a step.';
  if (startedAt !== null) return 'The run has not finished a step.';
  if (status === 'HELD') return 'The run was held before it began.';
  return status === 'DELAYED' ? 'The run begins later.' : `The run waits in the queue ${queue}.`;
}
