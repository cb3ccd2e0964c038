/**
 * One mutant per defence of the protocol: the source text that is taken away, what stands there instead, and the test that must fail then.
 * Used by source-patches.mjs, which makes it, and by run-mutants.mjs, which looks that its test notices.
 *
 * Left out, because another defence stands behind it and nothing changes for anybody: the lock on the executor's row in retire_executor
 * (the fence is held exclusively); the rescuer's own look at leftMs (`rescuer-reread`); that a retired session drops what its lanes
 * gathered (`executor-alive`); that a dead frame takes no outcome (it delivers none); that only the histories of begun runs are read, which
 * saves a query (`running-first` holds what it rests on).
 */
import { ADMIN_MUTANTS } from './mutants-admin.mjs';
import { ADMIN_ROUTE_MUTANTS } from './mutants-admin-routes.mjs';
import { ADMIN_RUN_MUTANTS } from './mutants-admin-runs.mjs';
import { AUDIT_MUTANTS } from './mutants-audit.mjs';
import { BULK_MUTANTS } from './mutants-bulk.mjs';
import { CHILDREN_MUTANTS } from './mutants-children.mjs';
import { COMMAND_MUTANTS } from './mutants-commands.mjs';
import { CONSOLE_MUTANTS } from './mutants-console.mjs';
import { DISPATCH_MUTANTS } from './mutants-dispatch.mjs';
import { ENGINE_MUTANTS } from './mutants-engine.mjs';
import { FEED_MUTANTS } from './mutants-feed.mjs';
import { FLUSH_MUTANTS } from './mutants-flush.mjs';
import { HTTP_CLIENT_MUTANTS } from './mutants-http-client.mjs';
import { MAINTENANCE_MUTANTS } from './mutants-maintenance.mjs';
import { MEMORY_MUTANTS } from './mutants-memory.mjs';
import { OWNERSHIP_MUTANTS } from './mutants-ownership.mjs';
import { PERMIT_MUTANTS } from './mutants-permits.mjs';
import { QUEUE_MUTANTS } from './mutants-queues.mjs';
import { RETENTION_MUTANTS } from './mutants-retention.mjs';
import { SEARCH_MUTANTS } from './mutants-search.mjs';
import { STREAM_MUTANTS } from './mutants-streams.mjs';
import { TEMPLATE_MUTANTS } from './mutants-templates.mjs';
import { WAKING_MUTANTS } from './mutants-waking.mjs';

export const MUTANTS = [
  ...FLUSH_MUTANTS,
  ...OWNERSHIP_MUTANTS,
  ...ENGINE_MUTANTS,
  ...DISPATCH_MUTANTS,
  ...STREAM_MUTANTS,
  ...CHILDREN_MUTANTS,
  ...WAKING_MUTANTS,
  ...PERMIT_MUTANTS,
  ...QUEUE_MUTANTS,
  ...MEMORY_MUTANTS,
  ...MAINTENANCE_MUTANTS,
  ...TEMPLATE_MUTANTS,
  ...COMMAND_MUTANTS,
  ...RETENTION_MUTANTS,
  ...SEARCH_MUTANTS,
  ...BULK_MUTANTS,
  ...ADMIN_MUTANTS,
  ...ADMIN_ROUTE_MUTANTS,
  ...ADMIN_RUN_MUTANTS,
  ...CONSOLE_MUTANTS,
  ...HTTP_CLIENT_MUTANTS,
  ...AUDIT_MUTANTS,
  ...FEED_MUTANTS,
];
