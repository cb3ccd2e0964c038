// Which operations of a run the console asks for, and how what comes is put together.
import { type FetchSteps, type LoadedSteps, loadSteps, merged, openSpans } from '../../console/src/pages/steps/load-steps.js';
import type { RunStepAnswer } from '../../lib/http-client/index.js';

const AT = '2026-11-21T09:00:00.000Z';
const step = (ordinal: number): RunStepAnswer => ({
  ...{ ordinal, kind: 'step', name: `step-${ordinal}`, output: null, error: null, attempts: 1, failedAttempts: [] },
  ...{ startedAt: AT, completedAt: AT },
});

describe('Loading operations', () => {
  const steps = (...ordinals: number[]) => ordinals.map(step);
  const range = (from: number, to: number) => Array.from({ length: to - from }, (_, index) => from + index);
  /** A server that has these ordinals, and what it was asked. */
  const server = (ordinals: number[]) => {
    const asked: Array<{ after?: number; limit: number }> = [];
    const fetchSteps: FetchSteps = async (query) => {
      asked.push(query);
      const behind = ordinals.filter((ordinal) => ordinal > (query.after ?? -1));
      const page = behind.slice(0, query.limit);
      return { steps: steps(...page), ...(behind.length > page.length && { nextAfter: page.at(-1) }) };
    };
    return { asked, fetchSteps };
  };
  const loaded = (...ordinals: number[]): LoadedSteps => ({ steps: steps(...ordinals), isPartial: false });
  const ordinalsOf = ({ steps: found }: LoadedSteps) => found.map(({ ordinal }) => ordinal);
  const ignore = () => undefined;

  it('asks page after page, and tells of what there is meanwhile', async () => {
    const { asked, fetchSteps } = server(range(0, 1_200));
    const parts: Array<[number, boolean]> = [];
    const all = await loadSteps(fetchSteps, undefined, (part) => parts.push([part.steps.length, part.isPartial]));
    expect(ordinalsOf(all)).toEqual(range(0, 1_200));
    expect(all.isPartial).toBe(false);
    expect(parts).toEqual([
      [500, true],
      [1_000, true],
    ]);
    expect(asked).toHaveLength(3);
  });

  it('asks only for what is new of thousands, once', async () => {
    const { asked, fetchSteps } = server(range(0, 5_002));
    const all = await loadSteps(fetchSteps, loaded(...range(0, 5_000)), ignore);
    expect(asked).toEqual([{ after: 4_999, limit: 500 }]);
    expect(all.steps).toHaveLength(5_002);
  });

  it('gives back the same when there is nothing new, so that nothing is drawn anew', async () => {
    const before = loaded(...range(0, 10));
    expect(await loadSteps(server(range(0, 10)).fetchSteps, before, ignore)).toBe(before);
  });

  it('fills what was recorded later than what came behind it', async () => {
    const { asked, fetchSteps } = server([0, 1, 2, 3, 4, 5]);
    expect(ordinalsOf(await loadSteps(fetchSteps, loaded(0, 2, 4), ignore))).toEqual([0, 1, 2, 3, 4, 5]);
    expect(asked).toHaveLength(1);
  });

  it('does not load thousands anew for one early gap', async () => {
    const { asked, fetchSteps } = server(range(0, 3_000).filter((ordinal) => ordinal !== 7));
    const before = loaded(...range(0, 2_990).filter((ordinal) => ordinal !== 7));
    expect((await loadSteps(fetchSteps, before, ignore)).steps).toHaveLength(2_999);
    expect(asked).toEqual([
      { after: 6, limit: 1 },
      { after: 2_989, limit: 500 },
    ]);
  });

  it('goes on where loading broke off', async () => {
    const { asked, fetchSteps } = server(range(0, 900));
    const all = await loadSteps(fetchSteps, { steps: steps(...range(0, 500)), isPartial: true }, ignore);
    expect([all.steps.length, all.isPartial]).toEqual([900, false]);
    expect(asked).toHaveLength(1);
  });

  it('asks on where a page ends early because its payloads are large', async () => {
    const { fetchSteps } = server(range(0, 7));
    const all = await loadSteps(({ after }) => fetchSteps({ after, limit: 2 }), undefined, ignore);
    expect(ordinalsOf(all)).toEqual(range(0, 7));
  });

  it('sees a first operation that is recorded later than the second', () => {
    expect(openSpans(steps(2, 3))).toEqual([{ after: undefined, upTo: undefined }]);
    expect(openSpans([])).toEqual([{ after: undefined, upTo: undefined }]);
  });

  it('puts nothing twice', () => {
    expect(merged(steps(0, 2), steps(1, 2, 3)).map(({ ordinal }) => ordinal)).toEqual([0, 1, 2, 3]);
  });
});
