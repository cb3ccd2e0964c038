// Over the list of runs: how many there are, or how many are chosen, and what can be done with them.
import { Download, ListTodo, Wrench } from 'lucide-react';
import { useState } from 'react';
import type { RunSummaryAnswer } from '../../../../lib/http-client/index.js';
import { useMe } from '../../api/me';
import { Button } from '../../parts/button';
import { download } from '../../parts/payload';
import { Popover } from '../../parts/popover';
import { BULK_KINDS } from './bulk-draft';
import { ColumnPicker } from './column-picker';
import { CountLine, type RunCount } from './count-line';
import { type ExportKind, exportText } from './export-runs';
import type { RunSelection } from './selection';

export interface ListBarProps {
  rows: readonly RunSummaryAnswer[];
  count: RunCount | undefined;
  isFiltered: boolean;
  /** It could not be counted. */
  isUnknown: boolean;
  selection: RunSelection;
  onOrder(which: 'chosen' | 'all'): void;
  onJobs(): void;
}

export function ListBar({ rows, count, isFiltered, isUnknown, selection, onOrder, onJobs }: ListBarProps) {
  const { chosen, clear } = selection;
  const actions = useMe().data?.access.actions ?? [];
  const may = BULK_KINDS.some(({ right }) => actions.includes(right));
  const why = may ? undefined : 'You may only look here: acting on runs needs a right.';
  return (
    <section aria-label="Runs that match" className="flex min-h-8 flex-wrap items-center gap-2">
      {chosen.size === 0 ? (
        <CountLine {...{ count, isFiltered, isUnknown }} />
      ) : (
        <span role="status" className="font-semibold text-sm tabular-nums">
          {chosen.size.toLocaleString('en')} chosen
        </span>
      )}
      <div className="ml-auto flex flex-wrap items-center gap-2">
        {chosen.size > 0 ? (
          <>
            <Button kind="primary" icon={<Wrench />} why={why} onClick={() => onOrder('chosen')}>
              Act<span className="hidden sm:inline">on chosen</span> …
            </Button>
            <Button kind="quiet" onClick={clear}>
              Choose none
            </Button>
          </>
        ) : (
          <Button
            icon={<Wrench />}
            why={why ?? (rows.length === 0 ? 'No run matches.' : undefined)}
            onClick={() => onOrder('all')}
          >
            Act<span className="hidden sm:inline">on all</span> …
          </Button>
        )}
        <Button icon={<ListTodo />} aria-label="Jobs" onClick={onJobs}>
          <span className="hidden sm:inline">Jobs</span>
        </Button>
        <ExportButton runs={chosen.size > 0 ? [...chosen.values()] : rows} isChosen={chosen.size > 0} />
        <span className="hidden sm:inline">
          <ColumnPicker />
        </span>
      </div>
    </section>
  );
}

function ExportButton({ runs, isChosen }: { runs: readonly RunSummaryAnswer[]; isChosen: boolean }) {
  const [isBusy, setBusy] = useState(false);
  async function save(kind: ExportKind): Promise<void> {
    setBusy(true);
    try {
      download(await exportText(runs, kind, nextTask), 'runs', kind);
    } finally {
      setBusy(false);
    }
  }
  return (
    <Popover
      title="Export"
      trigger={
        <Button icon={<Download />} aria-label="Export">
          <span className="hidden sm:inline">Export</span>
        </Button>
      }
    >
      <p className="pb-2 text-sm">
        {runs.length.toLocaleString('en')} {isChosen ? 'chosen' : 'loaded'} runs, without their payloads.
      </p>
      <div className="flex gap-2">
        <Button isBusy={isBusy} onClick={() => void save('csv')}>
          CSV
        </Button>
        <Button isBusy={isBusy} onClick={() => void save('json')}>
          JSON
        </Button>
      </div>
    </Popover>
  );
}

function nextTask(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve));
}
