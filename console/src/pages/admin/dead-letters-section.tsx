// Runs that were accepted in memory and that the database refused: started after all, or thrown away.
import { useState } from 'react';
import { isHidden } from '../../../../lib/http-client/index.js';
import { client } from '../../api/client';
import { useLiveQuery } from '../../api/live-query';
import { forbidden, useMay } from '../../api/me';
import { Button } from '../../parts/button';
import { ConfirmDialog } from '../../parts/confirm-dialog';
import { CopyButton } from '../../parts/copy-button';
import { CursorPager, useCursor } from '../../parts/cursor-pager';
import { Loaded } from '../../parts/loaded';
import { Empty, Panel } from '../../parts/page';
import { HiddenNote, payloadText } from '../../parts/payload';
import { shortId } from '../../parts/run-link';
import { Table, Td, Th, Tr } from '../../parts/table';
import { Time } from '../../parts/time';
import { useAction } from '../../parts/use-action';

type Letter = Awaited<ReturnType<typeof client.deadLetters.list>>['letters'][number];
type Order = 'replay' | 'discard';

export function DeadLettersSection() {
  const cursor = useCursor();
  const query = useLiveQuery(['deadLetters'], {
    queryKey: ['dead-letters', cursor],
    queryFn: ({ signal }) => client.deadLetters.list(cursor === undefined ? {} : { cursor }, { signal }),
  });
  const [asked, setAsked] = useState<{ letter: Letter; order: Order }>();
  return (
    <>
      <p className="max-w-prose text-muted text-sm">
        A start that was accepted in memory, and whose run the database then refused for good, becomes a dead letter. Remove the
        cause, then replay it: the run starts under its own id.
      </p>
      <Loaded query={query} what="the dead letters">
        {({ letters, nextCursor }) => (
          <Panel isFlush>
            {letters.length === 0 ? (
              <Empty title="No dead letters.">The database has refused no run.</Empty>
            ) : (
              <LetterTable letters={letters} onAsk={(letter, order) => setAsked({ letter, order })} />
            )}
            <CursorPager next={nextCursor} />
          </Panel>
        )}
      </Loaded>
      <LetterDialog asked={asked} onClose={() => setAsked(undefined)} />
    </>
  );
}

function LetterTable({ letters, onAsk }: { letters: readonly Letter[]; onAsk(letter: Letter, order: Order): void }) {
  const why = useMay('dead_letters') ? undefined : forbidden('dead_letters');
  return (
    <Table
      isStacked
      label="Dead letters"
      head={
        <>
          <Th>Refused</Th>
          <Th>Workflow</Th>
          <Th>Queue</Th>
          <Th>Run</Th>
          <Th className="text-right">Attempts</Th>
          <Th>What the database said</Th>
          <Th>
            <span className="sr-only">Actions</span>
          </Th>
        </>
      }
    >
      {letters.map((letter) => (
        <Tr key={letter.runId}>
          <Td name="Refused">
            <Time at={letter.deadAt} />
          </Td>
          <Td name="Workflow" className="min-w-28 break-words font-medium">
            {letter.workflowName}
          </Td>
          <Td name="Queue" className="min-w-24 break-words">
            {letter.queue}
          </Td>
          <Td name="Run">
            <span className="flex items-center whitespace-nowrap font-mono text-xs" title={letter.runId}>
              {shortId(letter.runId)}
              <CopyButton text={letter.runId} what="run id" />
            </span>
          </Td>
          <Td name="Attempts" className="text-right tabular-nums">
            {letter.attempts}
          </Td>
          <Td name="What the database said" className="min-w-56 break-words text-xs">
            {isHidden(letter.reason) ? <HiddenNote /> : payloadText(letter.reason)}
          </Td>
          <Td>
            <div className="flex justify-end gap-2">
              <Button why={why} onClick={() => onAsk(letter, 'replay')}>
                Replay …<span className="sr-only"> {letter.runId}</span>
              </Button>
              <Button kind="danger" why={why} onClick={() => onAsk(letter, 'discard')}>
                Discard …<span className="sr-only"> {letter.runId}</span>
              </Button>
            </div>
          </Td>
        </Tr>
      ))}
    </Table>
  );
}

function LetterDialog({ asked, onClose }: { asked: { letter: Letter; order: Order } | undefined; onClose(): void }) {
  const send = useAction({
    run: async ({ runId, order, reason }: { runId: string; order: Order; reason: string | undefined }) => {
      const options = reason === undefined ? {} : { reason };
      if (order === 'replay') return (await client.deadLetters.replay(runId, options)).replayed;
      return (await client.deadLetters.discard(runId, options)).discarded;
    },
    changes: [['dead-letters'], ['runs']],
    done: (isDone, { order }) =>
      isDone ? (order === 'replay' ? 'The run starts.' : 'The run is thrown away.') : 'There is no such letter any more.',
    toastsErrors: false,
  });
  const order = asked?.order ?? 'replay';
  const runId = asked?.letter.runId ?? '';
  return (
    <ConfirmDialog
      isOpen={asked !== undefined}
      onClose={onClose}
      title={order === 'replay' ? 'Replay a dead letter' : 'Discard a dead letter'}
      action={order === 'replay' ? 'Replay' : 'Discard'}
      isDangerous={order === 'discard'}
      {...(order === 'discard' && { typed: 'discard' })}
      onConfirm={(reason) => send.mutateAsync({ runId, order, reason })}
    >
      <p className="break-words">
        {order === 'replay'
          ? `The run ${runId} of ${asked?.letter.workflowName} takes its place in its queue.`
          : `The run ${runId} of ${asked?.letter.workflowName} is thrown away with its arguments. It can not be undone.`}
      </p>
    </ConfirmDialog>
  );
}
