// The state of the start form: the value, the options, and what is wrong with them. What is wrong is told at a field once it was left, or after a start
// was asked for; what the server said of a value goes before what the browser thinks of it.
import { useDeferredValue, useEffect, useMemo, useRef, useState } from 'react';
import { dropDraft, keepDraft, keptDraft } from './drafts';
import type { FormApi } from './fields/form-context';
import { NO_OPTIONS, type OptionTexts, readOptions } from './start-options';
import type { StartSubject } from './start-request';
import { overridesOf } from './template-changes';
import { checkerOf, type Fault } from './validation';
import { findInexactAt, isObject, type Path, pointerOf, setAt } from './value-path';

/** What the server said of one value. */
export interface Verdict {
  value: unknown;
  faults: readonly Fault[];
}

export interface StartFormState {
  subject: StartSubject;
  value: unknown;
  replace(value: unknown): void;
  options: OptionTexts;
  setOptions(options: OptionTexts): void;
  read: ReturnType<typeof readOptions>;
  /** Of an option, when it is to be told. */
  optionFault(name: string): string | undefined;
  /** A field was left: from now on it is told what is wrong there. @param place `data-place` of the field */
  touch(place: string): void;
  /** Of the value: all of them. */
  faults: readonly Fault[];
  /** Those that keep it from being sent at all. */
  blocking: readonly Fault[];
  /** As the browser sees it, now. */
  check(): readonly Fault[];
  verdict: Verdict | undefined;
  judge(verdict: Verdict): void;
  isSubmitted: boolean;
  submit(): void;
  /** What stands there was typed before, and kept. */
  isDraft: boolean;
  /** Counts how often it was begun anew: fields do not keep their texts over that. */
  round: number;
  /** Lets go of all that was typed. */
  beginAnew(): void;
  /** It was started as it is: nothing of it is to be kept. */
  settle(): void;
  form: Omit<FormApi, 'Field'>;
}

export interface FirstState {
  value: unknown;
  options?: OptionTexts;
}

const NONE: readonly Fault[] = [];

/** @param choice what drafts are kept by */
export function useStartForm(subject: StartSubject, first: FirstState, isReadOnly: boolean, choice: string): StartFormState {
  const kept = useKept(choice, first);
  const { value, setValue, options, setOptions } = kept;
  const [touched, setTouched] = useState<ReadonlySet<string>>(new Set());
  const [isSubmitted, setSubmitted] = useState(false);
  const [broken, setBroken] = useState<ReadonlyMap<string, string>>(new Map());
  const [verdict, setVerdict] = useState<Verdict>();
  const { schema, template } = subject;
  const checker = useMemo(() => checkerOf(schema), [schema]);
  const deferred = useDeferredValue(value);
  const seen = useMemo(() => checker(deferred), [checker, deferred]);
  const read = useMemo(() => readOptions(options), [options]);
  const blocking = useMemo(() => [...broken].map(asFault).concat(unsendable(subject, value)), [broken, subject, value]);
  // Of a text that is no JSON nothing else is known.
  const said = broken.has('') ? NONE : verdict !== undefined && verdict.value === value ? verdict.faults : seen;
  const faults = useMemo(() => [...blocking, ...said], [blocking, said]);
  const isJudged = verdict?.value === value;

  const form: StartFormState['form'] = {
    root: schema ?? {},
    order: template?.ui?.order,
    value,
    defaults: template?.defaults ?? {},
    isReadOnly,
    // Items of lists are not left out by being emptied.
    set: (path: Path, next) =>
      setValue((whole: unknown) => setAt(whole, path, next === undefined && typeof path.at(-1) === 'number' ? null : next)),
    setBroken: (pointer, message) =>
      setBroken((known) => {
        if (known.get(pointer) === message) return known;
        const next = new Map(known);
        if (message === undefined) next.delete(pointer);
        else next.set(pointer, message);
        return next;
      }),
    faultAt: (pointer, isWithin = false) => {
      const fault = faults.find(({ path }) => path === pointer || (isWithin && path.startsWith(`${pointer}/`)));
      if (fault === undefined || !(isSubmitted || isJudged || touched.has(pointer))) return undefined;
      return fault.path === pointer ? sentence(fault.message) : `${fault.path.slice(pointer.length)} ${fault.message}.`;
    },
  };

  return {
    subject,
    value,
    replace: setValue,
    ...{ options, setOptions, read, faults, blocking, verdict, isSubmitted, form },
    optionFault: (name) => (isSubmitted || touched.has(`option ${name}`) ? read.faults[name] : undefined),
    touch: (place) => setTouched((known) => (known.has(place) ? known : new Set(known).add(place))),
    check: () => checker(value),
    judge: setVerdict,
    submit: () => setSubmitted(true),
    ...{ isDraft: kept.isDraft, round: kept.round, settle: kept.settle },
    beginAnew: () => {
      kept.beginAnew();
      setTouched(new Set());
      setSubmitted(false);
    },
  };
}

/** What is typed, also before one went elsewhere and came back. */
function useKept(choice: string, first: FirstState) {
  const [begin] = useState(() => keptDraft(choice));
  const [value, setValue] = useState(begin === undefined ? first.value : begin.value);
  const [options, setOptions] = useState(begin?.options ?? first.options ?? NO_OPTIONS);
  const [isDraft, setDraft] = useState(begin !== undefined);
  const [round, setRound] = useState(0);
  const latest = useRef({ value, options });
  // What needs no keeping.
  const settled = useRef({ value, options });
  useEffect(() => {
    latest.current = { value, options };
    if (settled.current.value !== value || settled.current.options !== options) keepDraft(choice, { value, options });
  }, [choice, value, options]);

  function settle(next: { value: unknown; options: OptionTexts }): void {
    settled.current = next;
    dropDraft(choice);
    setDraft(false);
  }

  return {
    ...{ value, setValue, options, setOptions, isDraft, round },
    settle: () => {
      // What was typed while the start was under way was not started.
      if (latest.current.value === value && latest.current.options === options) settle({ value, options });
    },
    beginAnew: () => {
      setRound(round + 1);
      const next = { value: first.value, options: first.options ?? NO_OPTIONS };
      settle(next);
      setValue(next.value);
      setOptions(next.options);
    },
  };
}

function sentence(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}${text.endsWith('.') ? '' : '.'}`;
}

function asFault([path, message]: [string, string]): Fault {
  return { path, message };
}

function unsendable({ template, value: kind }: StartSubject, value: unknown): Fault[] {
  const faults: Fault[] = [];
  const inexact = findInexactAt(value);
  if (inexact !== undefined)
    faults.push({
      path: inexact.pointer,
      message: `is ${inexact.number}: requests can not carry whole numbers beyond ±9,007,199,254,740,991. Give it as a text, if the workflow reads it`,
    });
  if (template !== undefined && !isObject(value))
    return [...faults, { path: '', message: 'must be an object: the parameters of the template' }];
  if (template !== undefined)
    for (const name of overridesOf(template.defaults, value).removed)
      faults.push({
        path: pointerOf([name]),
        message:
          'is empty, and the template has a default for it, which would be taken. Give a value, or go back to that of the template',
      });
  if (kind === 'arguments' && !Array.isArray(value))
    faults.push({ path: '', message: 'must be a list: one item for each argument' });
  return faults;
}
