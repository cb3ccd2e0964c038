// The values of an enum as rows of texts: from a version, checked, and back. Pure.
import type { client } from '../../../api/client';

export type EnumVersion = Awaited<ReturnType<typeof client.enums.find>>;
type EnumValue = EnumVersion['values'][number];

export type ValueKind = 'text' | 'number' | 'boolean';

export interface ValueDraft {
  /** Of the row, for as long as it is edited. */
  key: number;
  label: string;
  kind: ValueKind;
  value: string;
  isDisabled: boolean;
}

let lastKey = 0;

export function newValue(): ValueDraft {
  return { key: ++lastKey, label: '', kind: 'text', value: '', isDisabled: false };
}

export function draftsOf(values: readonly EnumValue[]): ValueDraft[] {
  return values.map(({ label, value, disabled }) => ({
    key: ++lastKey,
    label,
    kind: kindOf(value),
    value: String(value),
    isDisabled: disabled === true,
  }));
}

/** By the row's key; undefined: nothing is wrong. The server has the last word. */
export function valueFaults(drafts: readonly ValueDraft[]): Map<number, string> {
  const faults = new Map<number, string>();
  const seen = new Set<unknown>();
  for (const draft of drafts) {
    const value = typedValue(draft);
    if (draft.label === '') faults.set(draft.key, 'A label is needed.');
    else if (value === undefined)
      faults.set(draft.key, draft.kind === 'number' ? 'This is no number that can be sent exactly.' : 'It is true or false.');
    else if (seen.has(value)) faults.set(draft.key, 'Another row has this value.');
    seen.add(value);
  }
  return faults;
}

/** Without faults. */
export function valuesOf(drafts: readonly ValueDraft[]): EnumValue[] {
  return drafts.map((draft) => ({
    label: draft.label,
    value: typedValue(draft) as EnumValue['value'],
    ...(draft.isDisabled && { disabled: true as const }),
  }));
}

function kindOf(value: unknown): ValueKind {
  return typeof value === 'string' ? 'text' : typeof value === 'boolean' ? 'boolean' : 'number';
}

function typedValue({ kind, value }: ValueDraft): EnumValue['value'] | undefined {
  if (kind === 'text') return value;
  const text = value.trim();
  if (kind === 'boolean') return text === 'true' ? true : text === 'false' ? false : undefined;
  const number = Number(text);
  const isExact = !/^-?\d+$/.test(text) || Number.isSafeInteger(number);
  return text !== '' && Number.isFinite(number) && isExact ? number : undefined;
}
