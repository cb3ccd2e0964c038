// Whether the tables are those that this release needs: which migrations were applied, which are to be, and what to do. Nothing is migrated from here.
import { CircleCheck, TriangleAlert } from 'lucide-react';
import type { ReactNode } from 'react';
import { client } from '../../api/client';
import { useLiveQuery } from '../../api/live-query';
import { CopyButton } from '../../parts/copy-button';
import { Loaded } from '../../parts/loaded';
import { Panel } from '../../parts/page';
import { ScrollBox } from '../../parts/scroll-box';
import { Facts, Table, Td, Th, Tr } from '../../parts/table';
import { Time } from '../../parts/time';

type Check = Awaited<ReturnType<typeof client.diagnostics>>['schema'];
type Migration = Check['migrations'][number];

const AT_BOOT = "WorkflowsModule.forRoot({ …, migrate: 'auto' })";
const BY_HOST = `import { workflowsMigrations } from 'nestjs-workflows/migrations';

new DataSource({ …, migrations: [...workflowsMigrations()] });   // then: typeorm migration:run
WorkflowsModule.forRoot({ …, migrate: 'verify' });`;

export function SchemaSection() {
  const query = useLiveQuery([], {
    queryKey: ['diagnostics'],
    queryFn: ({ signal }) => client.diagnostics({ signal }),
  });
  return (
    <Loaded query={query} what="the schema">
      {({ schema, versions }) => (
        <>
          <Verdict schema={schema} />
          <Panel title="Schema">
            <Facts
              facts={[
                ['Name', <code key="name">{schema.name}</code>],
                ['Version', `${schema.version}`],
                ['Needed', `${schema.needed}, by nestjs-workflows ${versions.library}`],
                ['Postgres', versions.postgres],
              ]}
            />
          </Panel>
          <Panel title="Migrations" isFlush>
            <Table
              label="Migrations"
              head={
                <>
                  <Th>Version</Th>
                  <Th>Name</Th>
                  <Th>State</Th>
                  <Th>Applied</Th>
                </>
              }
            >
              {schema.migrations.map((migration) => (
                <Tr key={migration.version}>
                  <Td className="tabular-nums">{migration.version}</Td>
                  <Td className="font-mono text-xs leading-5">{migration.name}</Td>
                  <Td>
                    <MigrationState migration={migration} />
                  </Td>
                  <Td>
                    <Time at={migration.appliedAt} none="not yet" />
                  </Td>
                </Tr>
              ))}
            </Table>
          </Panel>
          <HowToMigrate />
        </>
      )}
    </Loaded>
  );
}

function Verdict({ schema: { version, needed, migrations } }: { schema: Check }) {
  const pending = migrations.filter(({ appliedAt }) => appliedAt === null).length;
  const unknown = migrations.filter(({ isKnown }) => !isKnown).length;
  if (pending === 0 && unknown === 0)
    return <Note isGood>The schema is up to date: all {needed} migrations of this release are applied, and no others.</Note>;
  return (
    <Note>
      {pending > 0 && `${pending} of ${needed} migrations are to be applied: run them as said below, before this release works. `}
      {unknown > 0 &&
        (version > needed
          ? `The schema is at version ${version}, newer than this release knows (${needed}): deploy a release that knows it. `
          : `${unknown} applied migrations are not those of this release: the schema has another history. `)}
    </Note>
  );
}

function Note({ isGood = false, children }: { isGood?: boolean; children: ReactNode }) {
  const Icon = isGood ? CircleCheck : TriangleAlert;
  return (
    <p
      role="status"
      className={`flex items-start gap-2 rounded-lg p-3 font-medium text-sm ${isGood ? 'bg-good-soft text-good' : 'bg-warn-soft text-warn'}`}
    >
      <Icon aria-hidden className="mt-0.5 size-4 shrink-0" />
      <span className="min-w-0 break-words">{children}</span>
    </p>
  );
}

function MigrationState({ migration: { appliedAt, isKnown } }: { migration: Migration }) {
  if (appliedAt === null) return <span className="font-medium text-warn">pending</span>;
  return isKnown ? (
    <span className="text-good">applied</span>
  ) : (
    <span className="font-medium text-bad">unknown to this release</span>
  );
}

function HowToMigrate() {
  return (
    <Panel title="How to migrate">
      <div className="flex flex-col gap-4 text-sm">
        <p className="max-w-prose text-muted">
          Nothing is migrated from this page. Either the application brings the schema up at boot, which is safe with many
          instances, or you run the migrations with those of your own, and the application only checks.
        </p>
        <Snippet title="At boot (the default)" text={AT_BOOT} />
        <Snippet title="By yourself" text={BY_HOST} />
      </div>
    </Panel>
  );
}

function Snippet({ title, text }: { title: string; text: string }) {
  return (
    <div className="flex min-w-0 flex-col gap-1">
      <div className="flex items-center gap-1">
        <h3 className="font-medium text-xs">{title}</h3>
        <CopyButton text={text} what={title} />
      </div>
      <ScrollBox label={title} className="rounded-md bg-sunken p-3">
        <pre className="font-mono text-xs">{text}</pre>
      </ScrollBox>
    </div>
  );
}
