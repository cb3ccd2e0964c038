// What the body of a start may say beside what is started: the options of WorkflowService.start but for those that only code can give. What a
// value means the service checks.
import type { StartOptions } from '../../client/start-options.js';
import type { OperatorAction } from '../../operations/operator-action.js';
import { type Field, json, reason } from './fields.js';

/** `actor` and `requestId` are those of the request. Each start by a person is kept by itself: no `debounce`. */
type FromCode = 'manager' | 'debounce' | keyof OperatorAction;

const DURATION = { type: ['string', 'number'], description: 'A duration such as "5m", or ms.' };

type Given = Exclude<keyof StartOptions, FromCode>;

const OPTIONS: Record<Given, Field<unknown>> = {
  id: json({ type: 'string', description: 'Your own id. The same id again gives the same run, whatever is asked.' }),
  queue: json({ type: 'string', description: 'Default: that of the workflow.' }),
  partitionKey: json({ type: 'string', description: 'Runs of one partition of a queue take turns.' }),
  priority: json({ type: 'integer', description: 'Lower first. Default 0.' }),
  delay: json({ ...DURATION, description: `Not before this long from now. ${DURATION.description}` }),
  timeout: json({ ...DURATION, description: `From the start of execution, waits included. ${DURATION.description}` }),
  attributes: json({ type: 'object', additionalProperties: true, description: 'Free labels for filters.' }),
  deduplicationId: json({
    type: 'string',
    description: 'While a run of the queue with this id is not over, no other is started.',
  }),
  deduplicationPolicy: json({ type: 'string', enum: ['reject', 'return-existing'], description: 'Default `reject`: 409.' }),
  allowDuringMaintenance: json({ type: 'boolean', description: 'Enqueue it all the same. Default false: 409.' }),
};

export const START_OPTIONS = {
  ...(OPTIONS as { [K in Given]: Field<NonNullable<StartOptions[K]>> }),
  reason: reason(),
};
