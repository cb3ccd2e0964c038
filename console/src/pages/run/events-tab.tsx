// What the run told by its events: the last value under each key, or every value that was set, in order; by key. The choice stands in the URL.
import { History } from 'lucide-react';
import { useSearchParams } from 'wouter';
import type { SetEventAnswer } from '../../../../lib/http-client/index.js';
import { client } from '../../api/client';
import { Button } from '../../parts/button';
import { TextInput } from '../../parts/field';
import { Payload } from '../../parts/payload';
import { Table, Td, Th, Tr } from '../../parts/table';
import { Time } from '../../parts/time';
import { RecordList } from './record-list';
import { type RecordPages, useRecordPages } from './use-record-pages';
import { partKey } from './use-run';

export function EventsTab({ runId }: { runId: string }) {
  const [search, setSearch] = useSearchParams();
  const isHistory = search.get('history') === '1';
  const text = search.get('key') ?? '';
  const change = (name: string, value: string) =>
    setSearch(
      (before) => {
        const after = new URLSearchParams(before);
        if (value === '') after.delete(name);
        else after.set(name, value);
        return after;
      },
      { replace: true },
    );
  const shown = {
    runId,
    text,
    actions: (
      <>
        <TextInput
          type="search"
          aria-label="Only keys that contain"
          placeholder="Key contains"
          value={text}
          onChange={(event) => change('key', event.target.value)}
          className="w-40!"
        />
        <Button icon={<History />} aria-pressed={isHistory} onClick={() => change('history', isHistory ? '' : '1')}>
          {isHistory ? 'Last values' : 'History'}
        </Button>
      </>
    ),
  };
  return isHistory ? <EventHistory {...shown} /> : <LastEvents {...shown} />;
}

interface ShownProps {
  runId: string;
  text: string;
  actions: React.ReactNode;
}

function LastEvents(props: ShownProps) {
  const pages = useRecordPages(partKey('events', props.runId), async (after: string | undefined, signal) => {
    const { events, nextAfter } = await client.runs.events(props.runId, after === undefined ? {} : { after }, { signal });
    return { rows: events, next: nextAfter };
  });
  return <EventTable {...props} title="Events" pages={pages} />;
}

function EventHistory(props: ShownProps) {
  const pages = useRecordPages([...partKey('events', props.runId), 'history'], async (after: number | undefined, signal) => {
    const { events, nextAfter } = await client.runs.eventHistory(props.runId, after === undefined ? {} : { after }, { signal });
    return { rows: events, next: nextAfter };
  });
  return <EventTable {...props} title="History of events" pages={pages} />;
}

function EventTable({ runId, text, actions, title, pages }: ShownProps & { title: string; pages: RecordPages<SetEventAnswer> }) {
  return (
    <RecordList
      pages={pages}
      title={title}
      actions={actions}
      empty={{ title: 'It has set no event.', text: 'What its code tells by wf.setEvent is listed here.' }}
    >
      {(events) => {
        const wanted = text.toLowerCase();
        const rows = events.filter(({ key }) => key.toLowerCase().includes(wanted));
        if (rows.length === 0) return <p className="p-4 text-muted">No key that was loaded contains “{text}”.</p>;
        return (
          <Table
            label={title}
            head={
              <>
                <Th>Key</Th>
                <Th>Value</Th>
                <Th>Set</Th>
                <Th className="text-right">Operation</Th>
              </>
            }
          >
            {rows.map(({ key, value, updatedAt, ordinal }) => (
              <Tr key={`${ordinal} ${key}`}>
                <Td className="min-w-40 max-w-72 wrap-anywhere font-mono text-xs">{key}</Td>
                <Td className="w-full min-w-56">
                  <Payload value={value} what={`event ${key}`} source={{ runId, of: { of: 'event', ordinal } }} />
                </Td>
                <Td>
                  <Time at={updatedAt} />
                </Td>
                <Td className="text-right tabular-nums">{ordinal}</Td>
              </Tr>
            ))}
          </Table>
        );
      }}
    </RecordList>
  );
}
