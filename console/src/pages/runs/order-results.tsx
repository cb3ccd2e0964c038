// How far orders to single runs have come, and which were not done, with the reason of each.
import { problemOf } from '../../api/problem';
import { Button } from '../../parts/button';
import { Dialog } from '../../parts/dialog';
import { RunLink } from '../../parts/run-link';
import { Table, Td, Th, Tr } from '../../parts/table';
import type { OrderProgress } from './run-orders';

export function OrderMeter({ progress: { total, done, failed } }: { progress: OrderProgress }) {
  const over = done + failed.length;
  return (
    <div className="flex flex-col gap-1">
      <progress aria-label="Done so far" className="h-2 w-full accent-accent" value={over} max={total} />
      <p role="status" className="text-muted text-sm tabular-nums">
        {over.toLocaleString('en')} of {total.toLocaleString('en')}
        {failed.length > 0 && `, ${failed.length.toLocaleString('en')} not done`}
      </p>
    </div>
  );
}

export interface OrderResultsProps {
  order: string;
  progress: OrderProgress;
  onClose(): void;
}

export function OrderResults({ order, progress, onClose }: OrderResultsProps) {
  const { total, done, failed } = progress;
  const left = total - done - failed.length;
  return (
    <Dialog isOpen onClose={onClose} title={`${order}: ${done.toLocaleString('en')} of ${total.toLocaleString('en')} done`}>
      <div className="flex flex-col gap-3">
        {left > 0 && <p>It was broken off: {left.toLocaleString('en')} runs were not asked.</p>}
        {failed.length > 0 && (
          <Table
            label="Not done"
            head={
              <>
                <Th>Run</Th>
                <Th>Why not</Th>
              </>
            }
          >
            {failed.map(({ runId, error }) => (
              <Tr key={runId}>
                <Td className="whitespace-nowrap">
                  <RunLink id={runId} />
                </Td>
                <Td className="break-words">{problemOf(error).text}</Td>
              </Tr>
            ))}
          </Table>
        )}
        <Button className="self-end" onClick={onClose}>
          Close
        </Button>
      </div>
    </Dialog>
  );
}
