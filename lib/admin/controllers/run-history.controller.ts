// What a run did and what was done to it: steps, events, children, messages, audit, and payloads in full. Page by page, however much there is.
// Bound and guarded by mountControllers; thin, everything is delegated.
import { Inject } from '@nestjs/common';
import { AuditReader } from '../../client/audit-reader.js';
import type { PayloadOf } from '../../client/run-history.js';
import { RunReader } from '../../client/run-reader.js';
import { auditView } from '../replies/audit-view.js';
import { payload } from '../replies/payload.js';
import { eventView, LARGEST_SHOWN, messageView, stepView, summaryView } from '../replies/run-views.js';
import { integer, oneOf, refuse, required, text } from '../requests/fields.js';
import { RUN_PAGE } from '../requests/run-filter.query.js';
import type { Read } from '../requests/shape.js';
import type { AdminCall } from '../routes/admin-call.js';
import { Route } from '../routes/admin-route.js';

const AFTER = {
  after: integer(0, 2 ** 31 - 1, '`nextAfter` of the page before.'),
  limit: integer(1, 500, 'Default 100.'),
};
const EVENTS = { after: text('A key: `nextAfter` of the page before.'), limit: AFTER.limit };
const MESSAGES = { after: text('`nextAfter` of the page before.', 18), limit: AFTER.limit };
const PAYLOAD = {
  of: required(oneOf(['input', 'output', 'step', 'event', 'message', 'command'])),
  ordinal: integer(0, 2 ** 31 - 1, 'Of the step, or of the event in the history.'),
  message: text('`messageId` of the message.', 18),
  command: text('`commandId` of the command.', 18),
};

export class RunHistoryController {
  constructor(
    @Inject(RunReader) private readonly reader: RunReader,
    @Inject(AuditReader) private readonly audit: AuditReader,
  ) {}

  @Route({
    method: 'GET',
    path: ':id/steps',
    action: 'read',
    summary: 'What the run recorded, in the order in which its code asked for it.',
    query: AFTER,
  })
  async listSteps(call: AdminCall<typeof AFTER>): Promise<unknown> {
    const { steps, ...page } = await this.reader.listStepsPage(call.param('id'), { ...call.query, ...LARGEST_SHOWN });
    return { steps: steps.map(stepView), ...page };
  }

  @Route({
    method: 'GET',
    path: ':id/events',
    action: 'read',
    summary: 'The last value under each key, by key.',
    query: EVENTS,
  })
  async listEvents(call: AdminCall<typeof EVENTS>): Promise<unknown> {
    const { events, ...page } = await this.reader.listEventsPage(call.param('id'), { ...call.query, ...LARGEST_SHOWN });
    return { events: events.map(eventView), ...page };
  }

  @Route({
    method: 'GET',
    path: ':id/event-history',
    action: 'read',
    summary: 'Every value that was set, in order.',
    query: AFTER,
  })
  async listEventHistory(call: AdminCall<typeof AFTER>): Promise<unknown> {
    const { events, ...page } = await this.reader.listEventHistoryPage(call.param('id'), { ...call.query, ...LARGEST_SHOWN });
    return { events: events.map(eventView), ...page };
  }

  @Route({
    method: 'GET',
    path: ':id/children',
    action: 'read',
    summary: 'Runs that it started as its children, newest first.',
    query: RUN_PAGE,
  })
  async listChildren(call: AdminCall<typeof RUN_PAGE>): Promise<unknown> {
    const { runs, ...page } = await this.reader.list({ ...call.query, parentId: call.param('id') });
    return { runs: runs.map(summaryView), ...page };
  }

  @Route({
    method: 'GET',
    path: ':id/messages',
    action: 'read',
    summary: 'Its mailbox: what was sent to it, in order, and what of that it has received.',
    query: MESSAGES,
  })
  async listMessages(call: AdminCall<typeof MESSAGES>): Promise<unknown> {
    const { messages, ...page } = await this.reader.listMessages(call.param('id'), { ...call.query, ...LARGEST_SHOWN });
    return { messages: messages.map(messageView), ...page };
  }

  @Route({
    method: 'GET',
    path: ':id/audit',
    action: 'read',
    summary: 'What operators did to it, newest first.',
    query: RUN_PAGE,
  })
  async listAudit(call: AdminCall<typeof RUN_PAGE>): Promise<unknown> {
    const { entries, ...page } = await this.audit.list({ ...call.query, runId: call.param('id') });
    return { entries: entries.map(auditView), ...page };
  }

  @Route({
    method: 'GET',
    path: ':id/payload',
    action: 'read',
    summary: 'One payload in full; lists and details show those of up to 64 kB.',
    query: PAYLOAD,
  })
  async readPayload(call: AdminCall<typeof PAYLOAD>): Promise<unknown> {
    call.requirePayloads('you can not fetch one');
    return { value: payload(await this.reader.readPayload(call.param('id'), placeOf(call.query))) };
  }
}

function placeOf({ of, ordinal, message, command }: Read<typeof PAYLOAD>): PayloadOf {
  const given = <T>(value: T | undefined, key: string): T =>
    value ?? refuse(`Query parameter "${key}" is missing: it says which ${of} is meant.`);
  switch (of) {
    case 'step':
      return { ordinal: given(ordinal, 'ordinal') };
    case 'event':
      return { event: given(ordinal, 'ordinal') };
    case 'message':
      return { message: given(message, 'message') };
    case 'command':
      return { command: given(command, 'command') };
    default:
      return of;
  }
}
