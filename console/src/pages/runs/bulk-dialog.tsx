// An order for many runs: what, for which (a dry run says so), why, and a number to type above a hundred. Runs that match a filter become a job of the
// server; runs that were picked get their orders one by one from here.
import { useQueryClient } from '@tanstack/react-query';
import { useEffect, useRef, useState } from 'react';
import type { BulkAction } from '../../../../lib/operations/bulk/bulk-action.js';
import { client } from '../../api/client';
import { forbidden, useMe } from '../../api/me';
import { problemOf } from '../../api/problem';
import { serverNow } from '../../parts/clock';
import { ConfirmDialog } from '../../parts/confirm-dialog';
import { ErrorNote } from '../../parts/error-note';
import { Loading } from '../../parts/page';
import { toast } from '../../parts/toast';
import { BulkActionFields } from './bulk-action-fields';
import { actionText, FIRST_DRAFT, isDestructive, orderLabel, readDraft, rightOf, wordToType } from './bulk-draft';
import { countText } from './count-line';
import { type BulkTarget, DryRun, useDryRun } from './dry-run';
import { OrderMeter } from './order-results';
import { filtersKey, queryOf } from './run-filters';
import { type OrderProgress, orderEach, orderRun } from './run-orders';

export interface BulkDialogProps {
  target: BulkTarget;
  onClose(): void;
  /** A job was made. */
  onJob(): void;
  /** Orders were given one by one. */
  onOrdered(action: BulkAction, progress: OrderProgress): void;
}

/** Orders that one tab gives one by one. */
const MOST_CHOSEN = 1_000;
const SETTLE_MS = 300;

export function BulkDialog({ target, onClose, onJob, onOrdered }: BulkDialogProps) {
  const queries = useQueryClient();
  const actions = useMe().data?.access.actions ?? [];
  const [draft, setDraft] = useState(FIRST_DRAFT);
  const read = useSettled(draft);
  const dry = useDryRun(target, read.action);
  const [progress, setProgress] = useState<OrderProgress>();
  const abort = useRef<AbortController>(undefined);
  useEffect(() => () => abort.current?.abort(), []);
  const isChosen = 'chosen' in target;
  const isKnown = dry.data !== undefined && !dry.isPlaceholderData;
  const matched = dry.data?.matched ?? 0;
  const runs = isKnown ? countText({ count: matched, capped: dry.data.capped }) : 'runs';
  const word =
    isKnown && read.action !== undefined ? wordToType(read.action, matched, isChosen || isFiltered(target)) : undefined;
  const why = whyNot();

  function whyNot(): string | undefined {
    if (!read.isSettled) return 'Just a moment: it has changed.';
    if (read.action === undefined) return read.fault;
    if (!actions.includes(rightOf(read.action))) return forbidden(rightOf(read.action));
    if (isChosen && target.chosen.size > MOST_CHOSEN)
      return `${MOST_CHOSEN.toLocaleString('en')} chosen runs at most. Filter, and act on all that match.`;
    if (!isKnown) return dry.error === null ? 'The dry run is on its way.' : 'There was no dry run.';
    if (matched === 0) return 'No run matches.';
    const { refused, capped } = dry.data;
    return !capped && !refused.capped && refused.count >= matched ? 'All of them have a status that refuses it.' : undefined;
  }

  async function confirm(reason: string | undefined): Promise<void> {
    const { action } = read;
    if (action === undefined) return;
    if ('chosen' in target) {
      abort.current = new AbortController();
      const order = (runId: string) => orderRun(client.runs, runId, action, reason);
      const result = await orderEach([...target.chosen.keys()], order, setProgress, abort.current.signal);
      await queries.invalidateQueries();
      onOrdered(action, result);
      return;
    }
    const filter = queryOf(target.filters, serverNow());
    await client.bulkJobs.create({
      ...{ action, filter, idempotencyKey: read.key },
      ...(Object.keys(filter).length === 0 && { all: true }),
      ...(reason !== undefined && { reason }),
    });
    toast({ kind: 'good', title: `${actionText(action)} was ordered for ${matched.toLocaleString('en')} runs.` });
    await queries.invalidateQueries({ queryKey: ['bulk-jobs'] });
    onJob();
  }

  return (
    <ConfirmDialog
      isOpen
      isWide
      onClose={onClose}
      title={titleOf(target)}
      action={read.action === undefined ? 'Choose an action' : orderLabel(read.action, runs)}
      isDangerous={read.action !== undefined && isDestructive(read.action)}
      {...(word !== undefined && { typed: word })}
      why={why}
      onConfirm={confirm}
      {...(isChosen && { onBreakOff: () => abort.current?.abort() })}
    >
      <BulkActionFields draft={draft} onChange={setDraft} />
      {read.fault !== undefined && (
        <p role="status" className="text-muted text-sm">
          {read.fault}
        </p>
      )}
      {dry.error !== null && <ErrorNote problem={problemOf(dry.error)} onRetry={() => void dry.refetch()} />}
      {dry.data !== undefined && read.action !== undefined && (
        <div aria-busy={!isKnown}>
          <DryRun result={dry.data} isChosen={isChosen} />
        </div>
      )}
      {dry.isLoading && <Loading what="Dry run" />}
      {progress !== undefined && <OrderMeter progress={progress} />}
    </ConfirmDialog>
  );

  /** Once nothing more is typed. The key belongs to the order: given again after a lost answer it is the same job. */
  function useSettled(given: typeof draft) {
    const [settled, setSettled] = useState(() => ({ ...readDraft(given), of: JSON.stringify(given), key: newKey() }));
    const text = JSON.stringify(given);
    const isFirst = useRef(true);
    useEffect(() => {
      if (isFirst.current) {
        isFirst.current = false;
        return;
      }
      const timer = setTimeout(() => setSettled({ ...readDraft(JSON.parse(text)), of: text, key: newKey() }), SETTLE_MS);
      return () => clearTimeout(timer);
    }, [text]);
    return { ...settled, isSettled: settled.of === text };
  }
}

function titleOf(target: BulkTarget): string {
  if ('filters' in target) return isFiltered(target) ? 'Act on all runs that match' : 'Act on all runs there are';
  const { size } = target.chosen;
  return `Act on ${size.toLocaleString('en')} chosen ${size === 1 ? 'run' : 'runs'}`;
}

function isFiltered(target: BulkTarget): boolean {
  return 'filters' in target && filtersKey(target.filters) !== '';
}

/** Not by randomUUID, which browsers have on https alone. */
function newKey(): string {
  return [...crypto.getRandomValues(new Uint32Array(4))].map((part) => part.toString(36)).join('-');
}
