// Whether an id that somebody chose for a run is taken: the answer of a start does not tell. Used before a start under such an id.
import { type RunSummaryAnswer, WorkflowsHttpError } from '../../../../lib/http-client/index.js';
import type { RunsClient } from '../../../../lib/http-client/runs-client.js';

export type FoundRun = Pick<RunSummaryAnswer, 'runId' | 'workflowName' | 'status'>;

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** @throws WorkflowsHttpError */
export async function findExisting(runs: Pick<RunsClient, 'find' | 'list'>, id: string): Promise<FoundRun | undefined> {
  // A uuid is the id of the run itself.
  if (!UUID.test(id)) return (await runs.list({ externalId: id, limit: 1 })).runs[0];
  try {
    return (await runs.find(id)).run;
  } catch (error) {
    if (WorkflowsHttpError.is(error) && error.status === 404) return undefined;
    throw error;
  }
}
