// Runs, among a million: looked for by what stands in the URL, live, chosen and given orders.
import { ArrowUp } from 'lucide-react';
import { useState } from 'react';
import { Link, useSearchParams } from 'wouter';
import { problemOf } from '../../api/problem';
import { Button } from '../../parts/button';
import { ErrorNote } from '../../parts/error-note';
import { StaleNote } from '../../parts/loaded';
import { Empty, Loading, Page } from '../../parts/page';
import { toast } from '../../parts/toast';
import { BulkDialog } from './bulk-dialog';
import { actionText } from './bulk-draft';
import { useRunCount } from './count-line';
import type { BulkTarget } from './dry-run';
import { FilterBar } from './filter-bar';
import { JobsDialog } from './jobs-dialog';
import { ListBar } from './list-bar';
import { OrderResults } from './order-results';
import { chipsOf, filtersKey, type RunFilters, readFilters, writeFilters } from './run-filters';
import type { OrderProgress } from './run-orders';
import { RunsList } from './runs-list';
import { SearchNote } from './search-note';
import { useSelection } from './selection';
import { useRunBook } from './use-run-book';

export default function RunsPage() {
  const [params, setParams] = useSearchParams();
  const filters = readFilters(params);
  const key = filtersKey(filters);
  const { book, state, error, refresh, isOfBefore } = useRunBook(filters);
  const count = useRunCount(filters);
  const selection = useSelection(key);
  const [target, setTarget] = useState<BulkTarget>();
  const [results, setResults] = useState<{ order: string; progress: OrderProgress }>();
  const missed = params.get('missed');
  const isFiltered = key !== '';
  const { rows, fresh } = state;

  const setFilters = (next: RunFilters, isStep = true) => setParams((before) => writeFilters(before, next), { replace: !isStep });
  const setParam = (name: string, value: string | undefined) =>
    setParams((before) => {
      const next = new URLSearchParams(before);
      if (value === undefined) next.delete(name);
      else next.set(name, value);
      return next;
    });
  const showJobs = (isShown: boolean) => setParam('jobs', isShown ? '1' : undefined);
  const goToTop = () => {
    book.scrollTop = 0;
    book.look(0, 0, true);
    document.querySelector('[role="grid"][aria-label="Runs"]')?.parentElement?.scrollTo({ top: 0 });
    refresh();
  };

  return (
    <Page title="Runs">
      <FilterBar filters={filters} onChange={setFilters} />
      {missed !== null && missed === filters.nameContains && (
        <SearchNote text={missed} onDismiss={() => setParam('missed', undefined)} />
      )}
      <ListBar
        {...{ rows, isFiltered, selection }}
        count={count.data}
        isUnknown={count.error !== null}
        onOrder={(which) => setTarget(which === 'all' ? { filters } : { chosen: selection.chosen })}
        onJobs={() => showJobs(true)}
      />
      {error !== null && (state.isLoaded ? <StaleNote text={problemOf(error).text} /> : null)}
      {!state.isLoaded ? (
        error === null ? (
          <Loading what="Loading runs" />
        ) : (
          <ErrorNote problem={problemOf(error)} onRetry={refresh} />
        )
      ) : rows.length === 0 && !state.hasMore ? (
        <NoRuns filters={filters} onClear={() => setFilters({})} />
      ) : (
        <div aria-busy={isOfBefore} className={`relative flex min-h-0 flex-1 flex-col ${isOfBefore ? 'opacity-60' : ''}`}>
          {fresh.count > 0 && (
            <Button
              kind="primary"
              icon={<ArrowUp />}
              className="absolute top-12 left-1/2 z-20 -translate-x-1/2 rounded-full! shadow-lg"
              onClick={goToTop}
            >
              {fresh.count}
              {fresh.isMore && '+'} new, go to top
            </Button>
          )}
          <RunsList
            {...{ book, state, selection }}
            count={
              count.data === undefined || count.data.capped || count.data.searchedTo !== undefined ? undefined : count.data.count
            }
            onTop={refresh}
          />
        </div>
      )}
      {target !== undefined && (
        <BulkDialog
          target={target}
          onClose={() => setTarget(undefined)}
          onJob={() => showJobs(true)}
          onOrdered={(action, progress) => {
            selection.clear();
            if (progress.done < progress.total) setResults({ order: actionText(action), progress });
            else
              toast({
                kind: 'good',
                title: `${actionText(action)}: done for ${progress.done} ${progress.done === 1 ? 'run' : 'runs'}.`,
              });
          }}
        />
      )}
      {results !== undefined && <OrderResults {...results} onClose={() => setResults(undefined)} />}
      {params.get('jobs') !== null && <JobsDialog onClose={() => showJobs(false)} />}
    </Page>
  );
}

function NoRuns({ filters, onClear }: { filters: RunFilters; onClear(): void }) {
  const chips = chipsOf(filters);
  if (chips.length === 0)
    return (
      <Empty title="There are no runs yet.">
        <Link href="/" className="text-accent underline">
          Start the first one
        </Link>
      </Empty>
    );
  return (
    <Empty title="No run matches.">
      <p className="mb-3 break-words">{chips.map(({ label, value }) => `${label} ${value}`).join(' · ')}</p>
      <Button onClick={onClear}>Clear the filters</Button>
    </Empty>
  );
}
