// One stream, followed live: chunks in a list of any length, the newest in sight until one scrolls away; paused, filtered, and saved to a file.
import { ArrowDownUp, Download, Pause, Play } from 'lucide-react';
import { useDeferredValue, useEffect, useState, useSyncExternalStore } from 'react';
import type { StreamAnswer } from '../../../../lib/http-client/index.js';
import { client } from '../../api/client';
import { useLiveState } from '../../api/live-query';
import { jsonText } from '../../api/lossless-json';
import { problemOf } from '../../api/problem';
import { Button } from '../../parts/button';
import { ErrorNote } from '../../parts/error-note';
import { CheckBox, TextInput } from '../../parts/field';
import { JsonView } from '../../parts/json-view';
import { Panel } from '../../parts/page';
import { download, payloadText } from '../../parts/payload';
import { isOneOf, usePreference } from '../../parts/preference';
import { ChunkList } from './chunk-list';
import { type FollowState, StreamFollower } from './stream-follower';
import { StreamLog } from './stream-log';

const isOrder = isOneOf('last', 'first');
const WORDS: Record<FollowState, { text: string; className: string }> = {
  open: { text: 'open, followed live', className: 'text-good' },
  ended: { text: 'ended', className: 'text-calm' },
  paused: { text: 'paused', className: 'text-warn' },
  failed: { text: 'lost', className: 'text-bad' },
};

export interface StreamViewProps {
  runId: string;
  stream: StreamAnswer;
  /** Told of how many chunks it has, once all of them are seen; before that, of undefined. */
  onCount(count: number | undefined): void;
}

export function StreamView({ runId, stream: { name, chunks, closed }, onCount }: StreamViewProps) {
  const [follower] = useState(() => followerOf(runId, name, chunks));
  const { state, error, from, isLoadingEarlier } = useSyncExternalStore(follower.listen, follower.snapshot);
  const [isPaused, setPaused] = useState(false);
  const isPagePaused = useLiveState() === 'paused';
  const [order, setOrder] = usePreference<'last' | 'first'>('stream-newest', 'last', isOrder);
  const [text, setText] = useState('');
  const [hidesSuperseded, setHidesSuperseded] = useState(false);
  const [chosen, setChosen] = useState<number>();
  const wanted = useDeferredValue(text);
  const isOff = isPaused || isPagePaused;
  useEffect(() => {
    if (!isOff) follower.resume();
    return () => follower.pause();
  }, [follower, isOff]);
  useEffect(() => follower.setFilter({ text: wanted, hidesSuperseded }), [follower, wanted, hidesSuperseded]);
  // After a reset the run writes on to what had ended.
  const goesOn = state === 'ended' && !closed && chunks > follower.next && !isOff;
  useEffect(() => {
    if (goesOn) follower.resume();
  }, [follower, goesOn]);
  const { log } = follower;
  // What the list of streams says counts ends of streams too, and comes a bit later.
  const count = from === 0 && (state === 'ended' || follower.next >= chunks) ? log.rows.length : undefined;
  useEffect(() => onCount(count), [onCount, count]);
  const row = log.rows.find(({ chunk }) => chunk.offset === chosen);
  const save = () => download(jsonText(log.rows.map(({ chunk }) => chunk)), `${name} of ${runId}`);
  return (
    <Panel
      className="min-w-0 flex-1"
      isFlush
      title={
        <span className="flex flex-wrap items-baseline gap-x-2">
          <span className="break-all">{name}</span>
          <span role="status" className={`font-normal text-xs ${WORDS[state].className}`}>
            {WORDS[state].text}
          </span>
        </span>
      }
      actions={
        <>
          <TextInput
            type="search"
            aria-label="Only chunks that contain"
            placeholder="Contains"
            value={text}
            onChange={(event) => setText(event.target.value)}
            className="w-36!"
          />
          <Button
            icon={<ArrowDownUp />}
            aria-label={`Newest ${order}. Change`}
            onClick={() => setOrder(order === 'last' ? 'first' : 'last')}
          >
            Newest {order}
          </Button>
          {(state !== 'ended' || isPaused) && (
            <Button
              icon={isPaused ? <Play /> : <Pause />}
              aria-pressed={isPaused}
              why={isPagePaused ? 'Live updates of the whole page are paused.' : undefined}
              onClick={() => setPaused(!isPaused)}
            >
              {isPaused ? 'Follow' : 'Pause'}
            </Button>
          )}
          <Button icon={<Download />} aria-label="Download what is loaded" onClick={save} />
        </>
      }
    >
      <div className="flex flex-wrap items-center gap-x-4 gap-y-1 border-line border-b px-3 py-1.5 text-muted text-xs">
        <span>
          {log.shown.length.toLocaleString('en')} of {log.rows.length.toLocaleString('en')} loaded chunks
        </span>
        <CheckBox
          label="Hide what a later attempt wrote again"
          className="text-xs"
          checked={hidesSuperseded}
          onChange={(event) => setHidesSuperseded(event.target.checked)}
        />
        {from > 0 && (
          <Button
            kind="quiet"
            className="h-6! text-xs"
            onClick={() => (isLoadingEarlier ? follower.stopLoading() : void follower.loadEarlier())}
          >
            {isLoadingEarlier ? 'Stop loading' : 'Load'} {from.toLocaleString('en')} earlier
          </Button>
        )}
      </div>
      {error !== undefined && (
        <div className="p-3">
          <ErrorNote
            problem={problemOf(error)}
            onRetry={() => (state === 'failed' ? follower.resume() : void follower.loadEarlier())}
          />
        </div>
      )}
      <ChunkList
        log={log}
        newest={order}
        name={name}
        chosen={chosen}
        onChoose={setChosen}
        filter={`${wanted} ${hidesSuperseded}`}
      />
      {row !== undefined && (
        <div className="border-line border-t p-3">
          <p className="mb-2 text-muted text-xs">Chunk {row.chunk.offset}</p>
          <JsonView value={row.chunk.value} what={`chunk ${row.chunk.offset}`} />
        </div>
      )}
    </Panel>
  );
}

function followerOf(runId: string, name: string, count: number): StreamFollower {
  return new StreamFollower(
    {
      follow: (from, signal) => client.runs.follow(runId, name, { from, signal }),
      range: (from, limit, signal) => client.runs.chunks(runId, name, { from, limit }, { signal }),
    },
    new StreamLog(payloadText),
    count,
    (work) => requestAnimationFrame(work),
  );
}
