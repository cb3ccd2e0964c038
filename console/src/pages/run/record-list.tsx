// A panel with records of a run: loading, empty, failed, and a button for more where there are more. Used by the tabs.
import type { ReactNode } from 'react';
import { Button } from '../../parts/button';
import { Loaded } from '../../parts/loaded';
import { Empty, Panel } from '../../parts/page';
import type { RecordPages } from './use-record-pages';

export interface RecordListProps<Row> {
  pages: RecordPages<Row>;
  title: string;
  actions?: ReactNode;
  empty: { title: string; text: string };
  children(rows: Row[]): ReactNode;
}

export function RecordList<Row>({ pages, title, actions, empty, children }: RecordListProps<Row>) {
  return (
    <Panel title={title} actions={actions} isFlush>
      <Loaded<Row[]> query={pages.query as never} what={title.toLowerCase()}>
        {(rows) => (
          <>
            {rows.length === 0 && !pages.hasMore ? <Empty title={empty.title}>{empty.text}</Empty> : children(rows)}
            {pages.hasMore && (
              <div className="flex justify-center border-line border-t p-2">
                <Button isBusy={pages.isLoadingMore} onClick={pages.loadMore}>
                  Load more
                </Button>
              </div>
            )}
          </>
        )}
      </Loaded>
    </Panel>
  );
}
