// Bulk jobs as answers show them: the filter by the keys of requests, and what is of the application's data in it, and in the action, marked.
import type { BulkJob, BulkPreview } from '../../client/bulk-jobs.js';
import { payload } from './payload.js';
import { summaryView } from './run-views.js';

export function jobView({ action, filter, error, ...job }: BulkJob): object {
  return {
    ...job,
    action: actionView(action),
    filter: filterView(filter),
    // Of a fault in its way, it may quote anything.
    error: error && { ...error, message: payload(error.message) },
  };
}

function actionView(action: BulkJob['action']): object {
  // What is said of damage may quote it.
  if ('unreadable' in action) return { unreadable: payload(action.unreadable) };
  return 'data' in action ? { ...action, data: payload(action.data) } : action;
}

export function previewView({ sample, ...preview }: BulkPreview): object {
  return { ...preview, sample: sample.map(summaryView) };
}

function filterView({ workflowName, attributes, input, unreadable, ...rest }: BulkJob['filter']): object {
  return {
    ...rest,
    ...(unreadable !== undefined && { unreadable: payload(unreadable) }),
    ...(workflowName !== undefined && { name: [workflowName].flat() }),
    ...(attributes !== undefined && { attributes: payload(attributes) }),
    ...(input !== undefined && { input: payload(input) }),
  };
}
