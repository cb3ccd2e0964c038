// Plain tables of some hundred rows: head, rows, cells of one look, wider than the screen if need be. What has thousands is virtual (pages/runs).
import type { ComponentProps, ReactNode } from 'react';
import { ScrollBox } from './scroll-box';

export interface TableProps {
  /** For screen readers. */
  label: string;
  head: ReactNode;
  /** On phones each row is a card, of cells under each other with their `name`. */
  isStacked?: boolean;
  children: ReactNode;
}

export function Table({ label, head, isStacked = false, children }: TableProps) {
  return (
    <ScrollBox label={label}>
      <table aria-label={label} className={`w-full border-collapse text-sm ${isStacked ? 'stacked' : ''}`}>
        <thead className="border-line border-b text-left text-muted text-xs">
          <tr>{head}</tr>
        </thead>
        <tbody>{children}</tbody>
      </table>
    </ScrollBox>
  );
}

export function Th({ className = '', ...rest }: ComponentProps<'th'>) {
  return <th scope="col" {...rest} className={`whitespace-nowrap px-3 py-2 font-medium ${className}`} />;
}

export function Tr({ className = '', ...rest }: ComponentProps<'tr'>) {
  return <tr {...rest} className={`border-line border-b last:border-b-0 hover:bg-sunken/60 ${className}`} />;
}

/** @param name of its column, where rows are stacked */
export function Td({ className = '', name, ...rest }: ComponentProps<'td'> & { name?: string }) {
  return <td {...rest} data-name={name} className={`px-3 py-1.5 align-top ${className}`} />;
}

/** `isNone`: there is nothing to tell, which is left out on phones. */
export type Fact = readonly [name: string, value: ReactNode, isNone?: boolean];

/** Names and values under each other. */
export function Facts({ facts }: { facts: ReadonlyArray<Fact | undefined> }) {
  return (
    <dl className="grid grid-cols-[minmax(5.5rem,auto)_1fr] gap-x-4 gap-y-1.5 text-sm">
      {facts.map(
        (fact) =>
          fact !== undefined && (
            <div key={fact[0]} className={fact[2] ? 'contents max-sm:hidden' : 'contents'}>
              <dt className="text-muted">{fact[0]}</dt>
              <dd className="min-w-0 break-words [&_time]:whitespace-normal">{fact[1]}</dd>
            </div>
          ),
      )}
    </dl>
  );
}
