// The invariants of streams, on the tables and on what a reader in another process got.
import type { Audit, CheckpointRow, ChunkRow, RunRow } from './audit.js';
import type { LedgerLine } from './ledger.js';
import { type Chunk, PAGES, SENTENCES_PER_CHAPTER } from './talks.js';

export function checkStreams(
  audit: Audit,
  runs: ReadonlyMap<string, RunRow>,
  ledger: readonly LedgerLine[],
  violated: (invariant: string, what: string) => void,
): void {
  const streams = new Map<string, ChunkRow[]>();
  for (const chunk of audit.chunks) {
    const key = `${chunk.run}/${chunk.stream}`;
    const chunks = streams.get(key);
    if (chunks === undefined) streams.set(key, [chunk]);
    else chunks.push(chunk);
  }
  for (const [key, chunks] of streams)
    if (chunks.some(({ offset }, i) => offset !== i))
      violated('chunk', `stream ${key} has the offsets ${chunks.map(({ offset }) => offset)}`);

  const steps = new Map<string, CheckpointRow[]>();
  for (const checkpoint of audit.checkpoints) {
    if (checkpoint.kind !== 'step' || checkpoint.output === null || !checkpoint.name.startsWith('pages')) continue;
    steps.set(checkpoint.run, [...(steps.get(checkpoint.run) ?? []), checkpoint]);
  }
  for (const run of runs.values()) {
    if (run.workflow !== 'scribe') continue;
    const chunks = (streams.get(`${run.run}/story`) ?? []).filter(({ closes }) => !closes);
    const sentences = chunks.filter(({ ordinal }) => ordinal === null).map((chunk) => (contentOf(chunk) as { n: number }).n);
    if (sentences.some((n, i) => n !== i)) violated('chunk', `run ${run.run} itself wrote ${sentences}`);
    if (run.status === 'SUCCESS' && sentences.length !== chaptersOf(run) * SENTENCES_PER_CHAPTER)
      violated('chunk', `run ${run.run} is over and wrote only ${sentences}`);
    checkPages(run, chunks, steps.get(run.run) ?? [], violated);
  }

  for (const line of ledger) {
    if (line.kind !== 'read') continue;
    const written = (streams.get(`${line.run}/${line.stream}`) ?? []).filter(
      ({ closes, offset }) => !closes && offset >= line.from,
    );
    const there = JSON.stringify(written.map(({ offset, value }) => [offset, value]));
    if (JSON.stringify(line.chunks) !== there)
      violated(
        'chunk',
        `a reader of ${line.run}/${line.stream} from ${line.from} got ${JSON.stringify(line.chunks)}, not ${there}`,
      );
  }
}

/** Of each step that is recorded: the chunks of its last attempt are those of the body whose result was recorded, all of them and in order. */
function checkPages(
  run: RunRow,
  chunks: readonly ChunkRow[],
  steps: readonly CheckpointRow[],
  violated: (invariant: string, what: string) => void,
): void {
  const ofStep = new Map<number, ChunkRow[]>();
  for (const chunk of chunks)
    if (chunk.ordinal !== null) ofStep.set(chunk.ordinal, [...(ofStep.get(chunk.ordinal) ?? []), chunk]);
  for (const { ordinal, name, output } of steps) {
    const all = ofStep.get(ordinal) ?? [];
    const from = Math.max(...all.map(({ attemptFrom }) => attemptFrom ?? 0));
    const last = all.filter(({ offset }) => offset >= from).map((chunk) => contentOf(chunk) as { page: number; nonce: string });
    const expected = Array.from({ length: PAGES }, (_, page) => ({ page, nonce: JSON.parse(output ?? 'null') as string }));
    if (JSON.stringify(last) !== JSON.stringify(expected))
      violated('chunk', `${name} of run ${run.run} returned ${output}, and its last attempt wrote ${JSON.stringify(last)}`);
  }
}

const contentOf = ({ value }: ChunkRow) => JSON.parse(value ?? 'null') as Chunk;

/** After continueAsNew the input says how many are left: what was written before is told beside it. */
function chaptersOf(run: RunRow): number {
  const [, chapters = 1, written = 0] = JSON.parse(run.input ?? '[]') as [number, number?, number?];
  return chapters + written / SENTENCES_PER_CHAPTER;
}
