// JSON to be typed or pasted: says where it is wrong once one has left it, goes there, and puts it in order. Tab leaves it as any field.
import { WandSparkles } from 'lucide-react';
import { type ReactNode, useMemo, useRef, useState } from 'react';
import { jsonText } from '../api/lossless-json';
import { Button } from './button';
import { Field, TextArea } from './field';
import { faultText, readJson } from './json-text';

export interface JsonEditorProps {
  label: ReactNode;
  text: string;
  onChange(text: string): void;
  hint?: ReactNode;
  /** What the server said of it. The fault of the text comes first. */
  error?: string | undefined;
  rows?: number;
  isRequired?: boolean;
  /** May stay empty. */
  isOptional?: boolean;
  isReadOnly?: boolean;
}

export function JsonEditor({
  label,
  text,
  onChange,
  hint,
  error,
  rows = 8,
  isRequired = false,
  isOptional = false,
  isReadOnly = false,
}: JsonEditorProps) {
  const [wasLeft, setWasLeft] = useState(false);
  const box = useRef<HTMLTextAreaElement>(null);
  const reading = useMemo(() => (isOptional && text.trim() === '' ? { value: undefined } : readJson(text)), [text, isOptional]);
  const { fault } = reading;
  const shown = wasLeft ? faultText(reading) : undefined;

  function goToFault(): void {
    if (fault === undefined) return;
    box.current?.focus();
    box.current?.setSelectionRange(fault.offset, Math.min(fault.offset + 1, text.length));
  }

  function format(): void {
    if (reading.fault === undefined && reading.value !== undefined) onChange(jsonText(reading.value));
  }

  return (
    <div className="flex min-w-0 flex-col gap-1">
      <Field label={label} hint={hint} error={shown ?? error} isRequired={isRequired}>
        {(field) => (
          <TextArea
            {...field}
            ref={box}
            rows={rows}
            value={text}
            readOnly={isReadOnly}
            autoComplete="off"
            autoCapitalize="off"
            onChange={(event) => onChange(event.target.value)}
            onBlur={() => setWasLeft(true)}
            className="font-mono text-xs!"
          />
        )}
      </Field>
      {!isReadOnly && (
        <div className="flex gap-2">
          <Button
            kind="quiet"
            className="h-6! px-1.5! text-xs"
            icon={<WandSparkles />}
            why={fault === undefined ? undefined : 'It is no JSON yet.'}
            onClick={format}
          >
            Format
          </Button>
          {shown !== undefined && (
            <Button kind="quiet" className="h-6! px-1.5! text-xs" onClick={goToFault}>
              Go to line {fault?.line}
            </Button>
          )}
        </div>
      )}
    </div>
  );
}
