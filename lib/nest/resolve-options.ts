// Options are validated once, at boot, into a frozen object with ms in place of durations. Nothing downstream checks again.
import { resolveQueues } from '../client/queue-options.js';
import { resolveRetention } from '../client/retention-options.js';
import type { OverflowPolicy } from '../dispatch/in-memory-queue.js';
import { describeValue } from '../kernel/describe-value.js';
import { type DurationLimits, parseDuration } from '../kernel/duration.js';
import { assertId, assertName } from '../kernel/ids.js';
import { refuseUnknownKeys } from '../kernel/option-keys.js';
import { DEFAULT_MAX_PAYLOAD_BYTES } from '../kernel/serializer.js';
import { WorkflowsError } from '../kernel/workflows.error.js';
import { DEFAULT_LEASE_MS, type ExecutorRole } from '../model/executor.js';
import type { QueueSettings } from '../model/queue.js';
import type { RetentionSettings } from '../model/retention.js';
import { isDataSource } from '../store/connection-config.js';
import type { MigrateMode } from '../store/migrator.js';
import type { InMemoryOptions, WorkflowsModuleOptions } from './workflows-options.js';

export interface ResolvedOptions {
  readonly source: Pick<WorkflowsModuleOptions, 'dataSource' | 'url' | 'embedded'>;
  readonly schema: string;
  readonly migrate: MigrateMode;
  readonly role: ExecutorRole;
  readonly workflows?: readonly string[];
  readonly queues: ReadonlyArray<{ name: string } & QueueSettings>;
  readonly serveQueues?: readonly string[];
  readonly dispatch: 'auto' | 'manual';
  readonly retention?: RetentionSettings;
  readonly inMemory: { readonly maxDepth: number; readonly overflow: OverflowPolicy };
  readonly maxConcurrentRuns: number;
  readonly leaseMs: number;
  readonly tickMs: number;
  readonly suspendAfterMs: number;
  readonly shutdownTimeoutMs: number;
  readonly connectTimeoutMs: number;
  readonly notifications: boolean;
  readonly preparedStatements: boolean;
  readonly writeLanes: number;
  readonly poolSize: number;
  readonly maxPayloadBytes: number;
  readonly version: string | null;
}

export class InvalidOptionError extends WorkflowsError {
  constructor(option: string, expected: string, found: unknown) {
    super(
      'InvalidOptionError',
      'INVALID_OPTION',
      `WorkflowsModule option "${option}" must be ${expected}, not ${describeValue(found)}.`,
      {
        details: { option },
      },
    );
  }
}

const KNOWN = [
  'dataSource',
  'url',
  'embedded',
  'schema',
  'migrate',
  'role',
  'workflows',
  'queues',
  'serveQueues',
  'dispatch',
  'retention',
  'inMemory',
  'maxConcurrentRuns',
  'leaseDuration',
  'tickInterval',
  'suspendAfter',
  'shutdownTimeout',
  'connectTimeout',
  'notifications',
  'preparedStatements',
  'writeLanes',
  'poolSize',
  'maxPayloadBytes',
  'version',
];
/** In the design, not in this release. */
const LATER = ['codec', 'telemetry', 'triggers'];

/** @throws InvalidOptionError, InvalidQueueOptionError, UnknownOptionError, InvalidDurationError, InvalidIdError */
export function resolveOptions(options: WorkflowsModuleOptions): ResolvedOptions {
  refuseUnknownKeys(options, KNOWN, LATER, 'WorkflowsModule option');
  const { schema = 'workflows', workflows, queues = [], serveQueues } = options;
  if (typeof schema !== 'string' || !/^[a-z_][a-z0-9_]{0,47}$/.test(schema))
    throw new InvalidOptionError('schema', 'a name that matches ^[a-z_][a-z0-9_]{0,47}$', schema);
  if (schema.startsWith('pg_') || schema === 'information_schema')
    throw new InvalidOptionError('schema', 'a name that Postgres does not keep for itself', schema);
  checkNames('workflows', 'workflow', workflows);
  checkNames('serveQueues', 'queue', serveQueues);
  return Object.freeze({
    source: source(options),
    schema,
    migrate: oneOf('migrate', options.migrate, ['auto', 'verify', 'off']),
    role: oneOf('role', options.role, ['all', 'worker', 'client']),
    workflows,
    queues: resolveQueues(queues),
    serveQueues,
    dispatch: oneOf('dispatch', options.dispatch, ['auto', 'manual']),
    retention: options.retention === undefined ? undefined : resolveRetention(options.retention),
    inMemory: inMemory(options.inMemory),
    maxConcurrentRuns: whole('maxConcurrentRuns', options.maxConcurrentRuns, 1_000, 1, 100_000),
    leaseMs: duration('leaseDuration', options.leaseDuration, DEFAULT_LEASE_MS, { min: 2_000, max: 3_600_000 }),
    tickMs: duration('tickInterval', options.tickInterval, 1_000, { min: 100, max: 60_000 }),
    suspendAfterMs: duration('suspendAfter', options.suspendAfter, 10_000),
    shutdownTimeoutMs: duration('shutdownTimeout', options.shutdownTimeout, 20_000, { max: 3_600_000 }),
    connectTimeoutMs: duration('connectTimeout', options.connectTimeout, 30_000, { max: 3_600_000 }),
    notifications: bool('notifications', options.notifications, true),
    preparedStatements: bool('preparedStatements', options.preparedStatements, true),
    writeLanes: whole('writeLanes', options.writeLanes, 2, 1, 16),
    poolSize: whole('poolSize', options.poolSize, 4, 1, 100),
    maxPayloadBytes: whole('maxPayloadBytes', options.maxPayloadBytes, DEFAULT_MAX_PAYLOAD_BYTES, 1_024, 64 * 1024 * 1024),
    version: version(options.version),
  });
}

function version(value: unknown): string | null {
  if (value === undefined) return null;
  assertId(value, 'WorkflowsModule option "version"');
  return value;
}

function checkNames(option: string, what: string, names: unknown): void {
  if (names === undefined) return;
  if (!Array.isArray(names)) throw new InvalidOptionError(option, `a list of ${what} names`, names);
  for (const name of names) assertName(name, `WorkflowsModule option "${option}"`);
}

function source({ dataSource, url, embedded }: WorkflowsModuleOptions): ResolvedOptions['source'] {
  const given = Object.entries({ dataSource, url, embedded: embedded === false ? undefined : embedded }).filter(
    ([, value]) => value !== undefined,
  );
  if (given.length > 1)
    throw new InvalidOptionError(
      given.map(([key]) => key).join('" and "'),
      'given alone: they all say where the database is',
      'several',
    );
  if (embedded !== undefined && typeof embedded !== 'boolean')
    refuseUnknownKeys(embedded, ['dataDir', 'port'], [], 'embedded option');
  if (url !== undefined && (typeof url !== 'string' || !/^postgres(ql)?:\/\//.test(url) || !URL.canParse(url)))
    throw new InvalidOptionError('url', 'a url that begins with postgres://', typeof url === 'string' ? 'another text' : url);
  if (dataSource !== undefined && typeof dataSource !== 'string' && !isDataSource(dataSource))
    throw new InvalidOptionError('dataSource', 'the name of a DataSource, or one', dataSource);
  return given.length === 0 ? { dataSource: 'default' } : { dataSource, url, embedded };
}

function inMemory(options: InMemoryOptions = {}): ResolvedOptions['inMemory'] {
  refuseUnknownKeys(options, ['maxDepth', 'overflow'], [], 'inMemory option');
  return Object.freeze({
    maxDepth: whole('inMemory.maxDepth', options.maxDepth, 50_000, 1, 1_000_000),
    overflow: oneOf('inMemory.overflow', options.overflow, ['reject', 'drop_newest', 'drop_oldest']),
  });
}

function oneOf<T extends string>(option: string, value: T | undefined, [first, ...others]: readonly [T, ...T[]]): T {
  if (value === undefined) return first;
  if (![first, ...others].includes(value))
    throw new InvalidOptionError(option, `one of ${[first, ...others].map((one) => `'${one}'`).join(', ')}`, value);
  return value;
}

function whole(option: string, value: unknown, fallback: number, min: number, max: number): number {
  if (value === undefined) return fallback;
  if (!Number.isInteger(value) || (value as number) < min || (value as number) > max)
    throw new InvalidOptionError(option, `a whole number from ${min} to ${max}`, value);
  return value as number;
}

function bool(option: string, value: unknown, fallback: boolean): boolean {
  if (value === undefined) return fallback;
  if (typeof value !== 'boolean') throw new InvalidOptionError(option, 'true or false', value);
  return value;
}

function duration(option: string, value: unknown, fallback: number, limits?: DurationLimits): number {
  return value === undefined ? fallback : parseDuration(value, `WorkflowsModule option "${option}"`, limits);
}
