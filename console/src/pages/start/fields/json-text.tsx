// A text area whose text is JSON: as it is typed, as long as that means the value; whole numbers stay exact. Used by the JSON fields and the JSON editor.
import { type ComponentProps, useEffect, useRef, useState } from 'react';
import { jsonText, parseJson } from '../../../api/lossless-json';
import { TextArea } from '../../../parts/field';
import { readJson } from '../../../parts/json-text';

export interface JsonTextProps extends Omit<ComponentProps<'textarea'>, 'value' | 'onChange'> {
  value: unknown;
  /** What is meant by what is typed. Default: that. */
  meant?(typed: unknown): unknown;
  /** Nothing typed: no value. */
  canBeEmpty?: boolean;
  onValue(value: unknown): void;
  /** Undefined: it is JSON again. */
  onBroken(message: string | undefined): void;
}

export function JsonText({ value, canBeEmpty = false, meant, onValue, onBroken, className = '', ...rest }: JsonTextProps) {
  const [draft, setDraft] = useState<{ text: string; value: unknown }>();
  const text = draft !== undefined && draft.value === value ? draft.text : value === undefined ? '' : jsonText(value);
  const broken = useRef(onBroken);
  useEffect(() => {
    broken.current = onBroken;
  });
  useEffect(() => () => broken.current(undefined), []);

  function change(next: string): void {
    const message = canBeEmpty && next.trim() === '' ? undefined : brokenText(next);
    if (message !== undefined) {
      setDraft({ text: next, value });
      onBroken(message);
      return;
    }
    const typed = next.trim() === '' ? undefined : parseJson(next);
    const taken = meant === undefined ? typed : meant(typed);
    setDraft({ text: next, value: taken });
    onValue(taken);
    onBroken(undefined);
  }

  return (
    <TextArea
      {...rest}
      value={text}
      onChange={(event) => change(event.target.value)}
      className={`font-mono text-xs! ${className}`}
    />
  );
}

/** Undefined: it can be taken. Large whole numbers are taken as they are, and told of at their place in the value. */
function brokenText(text: string): string | undefined {
  const { fault } = readJson(text, { withLarge: true });
  return fault === undefined ? undefined : `is no JSON, line ${fault.line}, column ${fault.column}: ${fault.message}`;
}
