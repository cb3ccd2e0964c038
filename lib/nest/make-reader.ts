// Wires what reads runs for people. Called by WorkflowsRuntime.
import { RunReader, type RunReaderParts } from '../client/run-reader.js';
import type { Database } from '../store/database.js';
import { RecordPageStore } from '../store/history/record-page.store.js';
import { RunSearchStore } from '../store/runs/run-search.store.js';

export function makeReader({
  database,
  ...parts
}: Omit<RunReaderParts, 'searches' | 'pages'> & { database: Database }): RunReader {
  return new RunReader({ ...parts, searches: new RunSearchStore(database), pages: new RecordPageStore(database) });
}
