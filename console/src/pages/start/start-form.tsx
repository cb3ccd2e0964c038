// The form of one start: input, changes against the template, options, and what becomes of it. Ctrl+Enter starts, too.
import { useEffect, useRef } from 'react';
import { forbidden, useMay } from '../../api/me';
import { useKey } from '../../shell/keys';
import { ChangesPanel } from './changes-panel';
import { DraftNote } from './draft-note';
import { InputPanel } from './input-panel';
import { MaintenanceNote } from './maintenance-note';
import { OptionsPanel } from './options-panel';
import { RunsPanel } from './runs-panel';
import { StartBar } from './start-bar';
import type { SavedTemplate, StartSubject } from './start-request';
import { StartResult } from './start-result';
import { changesOf } from './template-changes';
import { useStart } from './use-start';
import { type FirstState, useStartForm } from './use-start-form';

export interface StartFormProps {
  subject: StartSubject;
  first: FirstState;
  /** As it stands in the URL. */
  choice: string;
  workflows: ReadonlyArray<{ name: string }>;
  onSaved(template: SavedTemplate): void;
}

export function StartForm({ subject, first, choice, workflows, onSaved }: StartFormProps) {
  const mayStart = useMay('start');
  const state = useStartForm(subject, first, !mayStart, choice);
  const starting = useStart(state);
  const { template } = subject;
  const changes = template === undefined ? undefined : changesOf(template.defaults, state.value);
  const why = !mayStart
    ? forbidden('start')
    : template?.status === 'obsolete'
      ? `Version ${template.version} of the template is obsolete: nothing is started with it. Choose another.`
      : undefined;
  useStartKey(why === undefined ? starting.start : undefined);
  const fields = useLeftFields(state.touch);
  return (
    <>
      <MaintenanceNote queue={state.options.queue} isAllowed={state.options.allowDuringMaintenance} />
      <DraftNote state={state} />
      <div
        ref={fields}
        className="grid min-w-0 grid-cols-1 items-start gap-4 lg:grid-cols-[minmax(0,1fr)_22rem] xl:grid-cols-[minmax(0,1fr)_26rem]"
      >
        <div className="flex min-w-0 flex-col gap-4">
          <InputPanel state={state} workflows={workflows} onSaved={onSaved} />
          {changes !== undefined && changes.length > 0 && <ChangesPanel changes={changes} state={state} />}
        </div>
        <div className="flex min-w-0 flex-col gap-4">
          <OptionsPanel state={state} />
          <RunsPanel workflow={subject.workflow} />
        </div>
      </div>
      <StartResult state={state} starting={starting} />
      <StartBar state={state} starting={starting} why={why} changed={changes?.length} />
    </>
  );
}

/** Tells of each field that is left: the nearest `data-place` around what had the focus. */
function useLeftFields(onLeft: (place: string) => void) {
  const box = useRef<HTMLDivElement>(null);
  const latest = useRef(onLeft);
  useEffect(() => {
    latest.current = onLeft;
  });
  useEffect(() => {
    const left = ({ target }: FocusEvent) => {
      const place = target instanceof Element ? target.closest<HTMLElement>('[data-place]')?.dataset.place : undefined;
      if (place !== undefined) latest.current(place);
    };
    const element = box.current;
    element?.addEventListener('focusout', left);
    return () => element?.removeEventListener('focusout', left);
  }, []);
  return box;
}

/** Wherever the focus is, in fields too; not in dialogs. */
function useStartKey(start: (() => Promise<void>) | undefined): void {
  const latest = useRef(start);
  useEffect(() => {
    latest.current = start;
  });
  useKey('Ctrl+Enter', 'Start the run', () => {});
  useEffect(() => {
    const onKeyDown = (event: KeyboardEvent) => {
      if (event.key !== 'Enter' || !(event.ctrlKey || event.metaKey) || event.repeat) return;
      if (event.target instanceof Element && event.target.closest('[role="dialog"]') !== null) return;
      event.preventDefault();
      void latest.current?.();
    };
    document.addEventListener('keydown', onKeyDown);
    return () => document.removeEventListener('keydown', onKeyDown);
  }, []);
}
