// The processes of the cluster: those that live, and those that were retired within the last hour.
import type { ReactNode } from 'react';
import { Link } from 'wouter';
import { client } from '../../api/client';
import { useLiveQuery } from '../../api/live-query';
import { CopyButton } from '../../parts/copy-button';
import { Loaded } from '../../parts/loaded';
import { Empty, Panel } from '../../parts/page';
import { shortId } from '../../parts/run-link';
import { Table, Td, Th, Tr } from '../../parts/table';
import { Time } from '../../parts/time';

type Executor = Awaited<ReturnType<typeof client.executors>>['executors'][number];

export function ExecutorsSection() {
  const query = useLiveQuery(['executors', 'runs'], {
    queryKey: ['executors'],
    queryFn: ({ signal }) => client.executors({ signal }),
  });
  return (
    <Loaded query={query} what="the executors">
      {({ executors }) => {
        const living = executors.filter(({ retiredAt }) => retiredAt === null);
        const retired = executors.filter(({ retiredAt }) => retiredAt !== null);
        return (
          <>
            <Panel title={`Living processes (${living.length})`} isFlush>
              {living.length === 0 ? (
                <Empty title="No process lives.">Runs wait until one that executes them is started.</Empty>
              ) : (
                <ExecutorTable label="Living processes" executors={living} />
              )}
            </Panel>
            <Panel title={`Retired within the last hour (${retired.length})`} isFlush>
              {retired.length === 0 ? (
                <Empty title="None was retired." />
              ) : (
                <ExecutorTable label="Retired processes" executors={retired} isRetired />
              )}
            </Panel>
          </>
        );
      }}
    </Loaded>
  );
}

function ExecutorTable({
  label,
  executors,
  isRetired = false,
}: {
  label: string;
  executors: readonly Executor[];
  isRetired?: boolean;
}) {
  return (
    <Table
      label={label}
      head={
        <>
          <Th>Process</Th>
          <Th>State</Th>
          <Th>Role</Th>
          <Th>Generation</Th>
          <Th>Version</Th>
          <Th className="text-right">Runs</Th>
          <Th className="text-right">In memory</Th>
          <Th>{isRetired ? 'Retired' : 'Lease until'}</Th>
          <Th>Since</Th>
          <Th>Serves</Th>
        </>
      }
    >
      {executors.map((executor) => (
        <Tr key={executor.executorId}>
          <Td>
            <div className="whitespace-nowrap font-medium">
              {executor.hostname}:{executor.pid}
            </div>
            <div className="flex items-center whitespace-nowrap font-mono text-muted text-xs">
              <span title={executor.executorId}>{shortId(executor.executorId)}</span>
              <CopyButton text={executor.executorId} what="executor id" />
            </div>
          </Td>
          <Td>
            <State executor={executor} />
          </Td>
          <Td>{executor.role}</Td>
          <Td className="tabular-nums">{executor.generation}</Td>
          <Td className="min-w-24 break-words">{executor.version ?? '—'}</Td>
          <Td className="text-right tabular-nums">
            {executor.runsOwned === 0 ? (
              0
            ) : (
              <Link href={`/runs?executorId=${encodeURIComponent(executor.executorId)}`} className="text-accent underline">
                {executor.runsOwned.toLocaleString('en')}
                <span className="sr-only">
                  {' '}
                  runs of {executor.hostname}:{executor.pid}
                </span>
              </Link>
            )}
          </Td>
          <Td className="text-right tabular-nums">{executor.inMemoryDepth.toLocaleString('en')}</Td>
          <Td>
            <Time at={isRetired ? executor.retiredAt : executor.leaseExpiresAt} />
          </Td>
          <Td>
            <Time at={executor.startedAt} />
          </Td>
          <Td>
            <Serves names={executor.workflows} />
          </Td>
        </Tr>
      ))}
    </Table>
  );
}

function State({ executor: { alive, retiredAt, graceful, isHere } }: { executor: Executor }) {
  const [text, look] =
    retiredAt !== null
      ? [graceful === true ? 'said goodbye' : 'lease ran out', graceful === true ? 'text-muted' : 'text-bad']
      : alive
        ? ['alive', 'text-good']
        : ['about to be retired', 'text-warn'];
  return (
    <div className="flex flex-col items-start gap-0.5 whitespace-nowrap">
      <span className={`font-medium ${look}`}>{text}</span>
      {isHere && <Badge>answers you</Badge>}
    </div>
  );
}

function Badge({ children }: { children: ReactNode }) {
  return <span className="rounded-full bg-accent-soft px-2 text-accent text-xs">{children}</span>;
}

function Serves({ names }: { names: readonly string[] }) {
  if (names.length === 0) return <span className="text-muted">nothing</span>;
  return (
    <details>
      <summary className="whitespace-nowrap text-muted">
        {names.length} {names.length === 1 ? 'workflow' : 'workflows'}
      </summary>
      <ul className="mt-1 font-mono text-xs">
        {names.map((name) => (
          <li key={name} className="break-all">
            {name}
          </li>
        ))}
      </ul>
    </details>
  );
}
