// Lines of the audit log, each with what was before and after it on demand.
import { Fragment, useState } from 'react';
import { Link } from 'wouter';
import type { AuditPageAnswer } from '../../../../lib/http-client/index.js';
import { Button } from '../../parts/button';
import { Payload } from '../../parts/payload';
import { RunLink } from '../../parts/run-link';
import { Table, Td, Th, Tr } from '../../parts/table';
import { Time } from '../../parts/time';
import { targetOf } from './audit-target';

type Entry = AuditPageAnswer['entries'][number];

const COLUMNS = 7;

export function AuditTable({ entries }: { entries: readonly Entry[] }) {
  const [open, setOpen] = useState<ReadonlySet<string>>(new Set());
  const toggle = (id: string) =>
    setOpen(open.has(id) ? new Set([...open].filter((each) => each !== id)) : new Set([...open, id]));
  return (
    <Table
      label="Audit log"
      isStacked
      head={
        <>
          <Th>When</Th>
          <Th>Who</Th>
          <Th>Action</Th>
          <Th>About</Th>
          <Th>Reason</Th>
          <Th>Request</Th>
          <Th>
            <span className="sr-only">Details</span>
          </Th>
        </>
      }
    >
      {entries.map((entry) => {
        const isOpen = open.has(entry.auditId);
        return (
          <Fragment key={entry.auditId}>
            <Tr>
              <Td name="When">
                <Time at={entry.at} isExact />
              </Td>
              <Td name="Who" className="min-w-24 break-words">
                {entry.actor}
              </Td>
              <Td name="Action" className="whitespace-nowrap font-medium">
                {entry.action}
              </Td>
              <Td name="About" className="min-w-32 break-words">
                {entry.runId === null ? <Target entry={entry} /> : <RunLink id={entry.runId} />}
              </Td>
              <Td name="Reason" className="min-w-40 break-words">
                {entry.reason}
              </Td>
              <Td name="Request" className="max-w-44">
                {entry.requestId !== null && <RequestLink id={entry.requestId} />}
              </Td>
              <Td className="text-right">
                {(entry.before !== null || entry.after !== null) && (
                  <Button
                    kind="quiet"
                    className="h-6! px-1.5! text-xs"
                    aria-expanded={isOpen}
                    onClick={() => toggle(entry.auditId)}
                  >
                    Details
                    <span className="sr-only">
                      {' '}
                      of {entry.action} {entry.auditId}
                    </span>
                  </Button>
                )}
              </Td>
            </Tr>
            {isOpen && <DetailsRow entry={entry} />}
          </Fragment>
        );
      })}
    </Table>
  );
}

function Target({ entry }: { entry: Entry }) {
  const target = targetOf(entry);
  if (target?.path === undefined) return target?.text;
  return (
    <Link href={target.path} className="text-accent hover:underline">
      {target.text}
    </Link>
  );
}

function RequestLink({ id }: { id: string }) {
  return (
    <Link
      href={`/admin/audit?requestId=${encodeURIComponent(id)}`}
      title={id}
      className="block truncate font-mono text-accent text-xs leading-5 hover:underline"
    >
      {id}
    </Link>
  );
}

function DetailsRow({ entry }: { entry: Entry }) {
  return (
    <tr className="border-line border-b bg-sunken/40">
      <td colSpan={COLUMNS} className="p-3">
        <div className="grid gap-3 md:grid-cols-2">
          {(['before', 'after'] as const).map((when) => (
            <div key={when} className="min-w-0">
              <p className="mb-1 font-medium text-xs">{when === 'before' ? 'Before' : 'After'}</p>
              <Payload value={entry[when]} what={`${when} of ${entry.auditId}`} />
            </div>
          ))}
        </div>
      </td>
    </tr>
  );
}
