// What the list of runs keeps of a search: pages that change one by one, new runs that wait until the top is looked at, searches that take long.
import { type AskPage, type PageBounds, RunBook } from '../../console/src/pages/runs/run-book.js';
import type { RunSummaryAnswer } from '../../lib/http-client/index.js';

const START = Date.UTC(2026, 10, 21);

/** What the server does, over a list that the spec changes. Run n is created in second n. */
class Shelf {
  runs = new Map<number, RunSummaryAnswer>();
  asked: PageBounds[] = [];
  /** Runs that one call looks at; what it finds among more comes with `searchedTo`. */
  looksAt = Number.POSITIVE_INFINITY;
  fits: (run: RunSummaryAnswer) => boolean = () => true;

  add(from: number, to: number): void {
    for (let second = from; second <= to; second++) this.put(second);
  }

  put(second: number, status = 'SUCCESS'): void {
    const createdAt = new Date(START + second * 1_000).toISOString();
    this.runs.set(second, { runId: `run-${second}`, createdAt, status } as RunSummaryAnswer);
  }

  readonly ask: AskPage = async (bounds) => {
    this.asked.push(bounds);
    const { cursor, createdFrom, createdBefore, limit } = bounds;
    const inRange = [...this.runs]
      .sort(([one], [other]) => other - one)
      .filter(([second]) => cursor === undefined || second < Number(cursor))
      .map(([second, run]) => ({ second, run }))
      .filter(
        ({ run }) =>
          (createdFrom === undefined || run.createdAt >= createdFrom) &&
          (createdBefore === undefined || run.createdAt < createdBefore),
      );
    const seen = inRange.slice(0, this.looksAt);
    const found = seen.filter(({ run }) => this.fits(run));
    const page = found.slice(0, limit);
    const runs = page.map(({ run }) => ({ ...run }));
    if (found.length > limit) return { runs, nextCursor: String(page.at(-1)?.second) };
    if (seen.length === inRange.length) return { runs };
    const last = seen.at(-1) as { second: number; run: RunSummaryAnswer };
    return { runs, nextCursor: String(last.second), searchedTo: last.run.createdAt };
  };
}

let shelf: Shelf;
let book: RunBook;

beforeEach(() => {
  shelf = new Shelf();
  book = new RunBook(shelf.ask);
});

const shown = () => book.state.rows.map(({ runId }) => Number(runId.slice(4)));
const down = (from: number, to: number) => Array.from({ length: from - to + 1 }, (_, place) => from - place);

async function loadAll(): Promise<void> {
  await book.refresh();
  while (book.state.hasMore) await book.loadMore();
}

describe('A book of runs', () => {
  it('has each run once, newest first, however many pages there are', async () => {
    shelf.add(1, 1_050);
    await loadAll();
    expect(shown()).toEqual(down(1_050, 1));
  });

  it('loads anew only what is looked at', async () => {
    shelf.add(1, 1_000);
    await loadAll();
    book.look(520, 560, false);
    shelf.put(450, 'ERROR');
    shelf.put(5, 'ERROR');
    shelf.asked = [];
    await book.refresh();
    expect(shelf.asked).toHaveLength(2);
    expect(book.state.rows[550]?.status).toBe('ERROR');
    expect(book.state.rows.at(-5)?.status).toBe('SUCCESS');
  });

  it('keeps the object of a run that has not changed', async () => {
    shelf.add(1, 300);
    await loadAll();
    book.look(0, 30, true);
    const before = book.state.rows[7];
    shelf.put(299, 'ERROR');
    await book.refresh();
    expect(book.state.rows[7]).toBe(before);
    expect(book.state.rows[1]?.status).toBe('ERROR');
  });

  it('counts new runs while older ones are looked at, and has them once the top is', async () => {
    shelf.add(1, 400);
    await loadAll();
    book.look(200, 230, false);
    shelf.add(401, 412);
    await book.refresh();
    expect(book.state.fresh).toEqual({ count: 12, isMore: false });
    expect(shown()).toEqual(down(400, 1));
    book.look(0, 30, true);
    await book.refresh();
    expect(book.state.fresh).toEqual({ count: 0, isMore: false });
    expect(shown()).toEqual(down(412, 1));
  });

  it('stays whole while new runs come on top again and again', async () => {
    shelf.add(1, 350);
    await loadAll();
    for (let newest = 357; newest <= 900; newest += 7) {
      shelf.add(newest - 6, newest);
      await book.refresh();
    }
    expect(shown()).toEqual(down(896, 1));
  });

  it('begins anew when more is new than a page holds', async () => {
    shelf.add(1, 250);
    await loadAll();
    shelf.add(251, 600);
    await book.refresh();
    expect(shown()).toEqual(down(600, 501));
    while (book.state.hasMore) await book.loadMore();
    expect(shown()).toEqual(down(600, 1));
  });

  it('loses what was deleted, and gains what matches by now, within a page', async () => {
    shelf.fits = ({ status }) => status === 'SUCCESS';
    shelf.add(1, 500);
    for (const second of [250, 251, 252]) shelf.put(second, 'RUNNING');
    await loadAll();
    expect(shown()).not.toContain(251);
    book.look(220, 260, false);
    for (const second of [250, 251, 252]) shelf.put(second);
    shelf.runs.delete(240);
    await book.refresh();
    expect(shown()).toEqual(down(500, 1).filter((second) => second !== 240));
  });

  it('says how far a long search has come, and goes on from there', async () => {
    shelf.add(1, 1_000);
    shelf.looksAt = 150;
    shelf.fits = ({ runId }) => Number(runId.slice(4)) % 400 === 0;
    await book.refresh();
    expect([shown(), book.state.searchedTo]).toEqual([[], new Date(START + 851_000).toISOString()]);
    while (book.state.hasMore) await book.loadMore();
    expect([shown(), book.state.searchedTo]).toEqual([[800, 400], undefined]);
    // What matches by now at the top is found, without searching all of it again.
    shelf.asked = [];
    shelf.put(1_200);
    await book.refresh();
    expect(shown()).toEqual([1_200, 800, 400]);
    expect(shelf.asked.length).toBeLessThan(5);
  });

  it('stops a search, and goes on when it is told to', async () => {
    shelf.add(1, 1_000);
    shelf.looksAt = 150;
    shelf.fits = () => false;
    await book.refresh();
    const more = book.loadMore();
    book.stop();
    await more;
    expect(book.state).toMatchObject({ isStopped: true, isLoadingMore: false });
    await book.loadMore();
    expect(book.state).toMatchObject({ isStopped: false, searchedTo: new Date(START + 701_000).toISOString() });
  });

  it('has the reason why older ones did not come, and tries again', async () => {
    shelf.add(1, 150);
    let isDown = false;
    book = new RunBook((bounds, signal) => (isDown ? Promise.reject(new Error('down')) : shelf.ask(bounds, signal)));
    await book.refresh();
    isDown = true;
    await book.loadMore();
    expect(book.state.moreError).toEqual(new Error('down'));
    expect(shown()).toEqual(down(150, 51));
    isDown = false;
    await book.loadMore();
    expect([shown(), book.state.moreError]).toEqual([down(150, 1), undefined]);
  });
});
