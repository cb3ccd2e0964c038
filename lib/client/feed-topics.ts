// The topics of the change feed: what each is about, which tables and which news of processes and operators mean it, and what a subscriber may
// ask for. Pure.
import { describeValue } from '../kernel/describe-value.js';
import { runIdOf } from '../kernel/ids.js';
import { didYouMean } from '../kernel/near-names.js';
import { WorkflowsError } from '../kernel/workflows.error.js';
import type { Topic } from '../store/notifier.js';

/** By topic, the tables whose rows it is about. */
const TABLES = {
  runs: ['workflow_status'],
  steps: ['operation_outputs', 'operation_attempts'],
  events: ['workflow_events', 'workflow_events_history'],
  streams: ['streams'],
  commands: ['commands'],
  // How many wait is a fact about runs.
  queues: ['queues', 'queue_partitions', 'workflow_status'],
  maintenance: ['maintenance', 'control'],
  executors: ['executors'],
  templates: ['param_templates', 'param_enums'],
  retention: ['retention_config'],
  deadLetters: ['dead_letters'],
  jobs: ['bulk_jobs'],
  audit: ['audit_log'],
} as const;

export type FeedTopic = keyof typeof TABLES;

/** All but those of single runs, which are `run:<id>`. */
export const FEED_TOPICS = Object.keys(TABLES) as FeedTopic[];

/** What is shown of one run; a change of any of them is worth a look at those that somebody watches. */
const TABLES_OF_A_RUN: readonly string[] = [
  'workflow_status',
  'operation_outputs',
  'operation_attempts',
  'workflow_events_history',
  'streams',
  'commands',
  'notifications',
];

/** All that a look counts. One that does not exist is never changed. */
export const COUNTED_TABLES: readonly string[] = [...new Set([...Object.values(TABLES).flat(), ...TABLES_OF_A_RUN])];

export function topicsOfTables(changed: ReadonlySet<string>): FeedTopic[] {
  return FEED_TOPICS.filter((topic) => TABLES[topic].some((table) => changed.has(table)));
}

export function concernsRuns(changed: ReadonlySet<string>): boolean {
  return TABLES_OF_A_RUN.some((table) => changed.has(table));
}

const TOPICS_OF_NEWS: Readonly<Record<Topic, readonly FeedTopic[]>> = {
  work: ['runs', 'queues'],
  permits: ['runs', 'queues'],
  lost: ['runs', 'commands', 'queues'],
  done: ['runs', 'queues'],
  hello: ['executors'],
  event: ['events'],
  chunk: ['streams'],
  mail: [],
  queues: ['queues', 'maintenance'],
};

/** Of what processes tell each other (lib/store/notifier.ts). */
export function topicsOfNews(news: Topic): readonly FeedTopic[] {
  // A newer process of the cluster may say what this one does not know.
  return TOPICS_OF_NEWS[news] ?? [];
}

const TOPICS_OF_ACTIONS: ReadonlyArray<[RegExp, readonly FeedTopic[]]> = [
  [/^QUEUE_/, ['queues']],
  [/^MAINTENANCE_|^GENERATION_/, ['maintenance', 'executors']],
  [/^TEMPLATE_|^ENUM_/, ['templates']],
  [/^RETENTION/, ['retention']],
  [/^DEAD_LETTER/, ['deadLetters']],
  [/^BULK_/, ['jobs']],
];

/** Of what the audit log calls an action; one that is not known here is about a run. */
export function topicsOfAction(action: string): readonly FeedTopic[] {
  const topics = TOPICS_OF_ACTIONS.find(([pattern]) => pattern.test(action))?.[1] ?? ['runs', 'commands'];
  return ['audit', ...topics];
}

const MOST_TOPICS = 50;
const OF_A_RUN = 'run:';

export class InvalidFeedOptionError extends WorkflowsError {
  constructor(option: string, problem: string) {
    super('InvalidFeedOptionError', 'INVALID_FEED_OPTION', `Change feed: "${option}" ${problem}`, { details: { option } });
  }
}

/** The topic of a run, by its run id. */
export function topicOfRun(runId: string): string {
  return `${OF_A_RUN}${runId}`;
}

/** The run that a topic is about. */
export function runOfTopic(topic: string): string | undefined {
  return topic.startsWith(OF_A_RUN) ? topic.slice(OF_A_RUN.length) : undefined;
}

/** Each once; runs by their run id, though they were asked for by an id of the caller's. @throws InvalidFeedOptionError, InvalidIdError */
export function resolveTopics(topics: unknown): ReadonlySet<string> {
  if (!Array.isArray(topics) || topics.length < 1 || topics.length > MOST_TOPICS)
    throw new InvalidFeedOptionError('topics', `must be a list of 1 to ${MOST_TOPICS} topics.`);
  return new Set(Array.from(topics, resolveTopic));
}

function resolveTopic(topic: unknown): string {
  const id = typeof topic === 'string' ? runOfTopic(topic) : undefined;
  if (id !== undefined) return topicOfRun(runIdOf(id).runId);
  if (FEED_TOPICS.includes(topic as FeedTopic)) return topic as FeedTopic;
  const hint = typeof topic === 'string' ? didYouMean(topic, FEED_TOPICS) : '';
  const known = `${FEED_TOPICS.join(', ')}, and run:<id>`;
  throw new InvalidFeedOptionError('topics', `has ${describeValue(topic)}. There are ${known}.${hint}`);
}
