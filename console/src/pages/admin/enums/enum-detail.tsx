// One version of an enum with its values.
import { CopyPlus } from 'lucide-react';
import { Link, useLocation } from 'wouter';
import { client } from '../../../api/client';
import { useLiveQuery } from '../../../api/live-query';
import { forbidden, useMay } from '../../../api/me';
import { Button } from '../../../parts/button';
import { Loaded } from '../../../parts/loaded';
import { Panel } from '../../../parts/page';
import { Facts, Table, Td, Th, Tr } from '../../../parts/table';
import { Time } from '../../../parts/time';
import { VersionActions } from '../version-actions';
import { VersionLinks } from '../version-links';
import { VersionStatus } from '../version-status';
import { enumPath } from './enum-path';

export function EnumDetail({ name, version }: { name: string; version: number | undefined }) {
  const may = useMay('templates');
  const [, go] = useLocation();
  const query = useLiveQuery(['templates'], {
    queryKey: ['enums', 'version', name, version],
    queryFn: ({ signal }) => client.enums.find(name, version === undefined ? {} : { version }, { signal }),
  });
  const versions = useLiveQuery(['templates'], {
    queryKey: ['enums', 'versions', name],
    queryFn: ({ signal }) => client.enums.list({ name, limit: 500 }, { signal }),
  });
  return (
    <>
      <Link href="/admin/enums" className="self-start text-accent text-sm hover:underline">
        All enums
      </Link>
      <VersionLinks versions={versions.data?.enums ?? []} chosen={query.data?.version} pathOf={(each) => enumPath(name, each)} />
      <Loaded query={query} what="the enum">
        {(found) => (
          <Panel
            title={
              <span className="break-all">
                {found.name}, version {found.version}
              </span>
            }
            actions={
              <>
                <Button
                  icon={<CopyPlus />}
                  why={may ? undefined : forbidden('templates')}
                  onClick={() => go(enumPath(found.name, found.version, { edit: '1' }))}
                >
                  New version
                </Button>
                <VersionActions
                  what={`enum ${found.name}`}
                  version={found.version}
                  status={found.status}
                  resource="enums"
                  setStatus={(status, reason) =>
                    client.enums.setStatus(found.name, found.version, status, reason === undefined ? {} : { reason })
                  }
                  remove={(reason) =>
                    client.enums.delete(found.name, { version: found.version, ...(reason !== undefined && { reason }) })
                  }
                  onRemoved={() => go('/admin/enums')}
                />
              </>
            }
          >
            <Facts
              facts={[
                ['Status', <VersionStatus key="status" status={found.status} />],
                ['Description', found.description ?? 'none'],
                ['Saved by', found.createdBy],
                ['Saved', <Time key="at" at={found.createdAt} />],
                ['Reference', <code key="ref" className="break-all font-mono text-xs">{`"enum": "@enum:${found.name}"`}</code>],
              ]}
            />
            <div className="-mx-3 mt-4">
              <Table
                label="Values"
                head={
                  <>
                    <Th>Label</Th>
                    <Th>Value</Th>
                    <Th>Type</Th>
                    <Th>Choice</Th>
                  </>
                }
              >
                {found.values.map(({ label, value, disabled }) => (
                  <Tr key={`${typeof value} ${value}`}>
                    <Td className="min-w-24 break-words">{label}</Td>
                    <Td className="min-w-24 break-words font-mono text-xs">{JSON.stringify(value)}</Td>
                    <Td>{typeof value === 'string' ? 'text' : typeof value}</Td>
                    <Td>{disabled === true ? 'shown, not accepted' : 'accepted'}</Td>
                  </Tr>
                ))}
              </Table>
            </div>
          </Panel>
        )}
      </Loaded>
    </>
  );
}
