// A workflow as data: what the random programs are made of, and what every step of them comes to. JSON only, so that a program can be the
// argument of a run. Made by random-program.ts and by hand in the specs; executed by run-program.ts; judged by interpreter.ts.

/** What records an operation. `id`s are unique in a program; every node is executed at most once. */
export type Operation = StepNode | SleepNode | SleepUntilNode | EventNode | ProgressNode;

/** Fails so many times; if that is as often as it is tried, it fails for good. */
export interface StepNode {
  op: 'step';
  id: number;
  /** Not unique: several branches use the same. */
  name: string;
  failures: number;
  maxAttempts: number;
  /** ms between two attempts. */
  backoff: number;
}

export interface SleepNode {
  op: 'sleep';
  id: number;
  ms: number;
}

/** Until so many ms after a recorded now(). After a crash that time may be past, and the sleep fails. */
export interface SleepUntilNode {
  op: 'sleepUntil';
  id: number;
  ms: number;
}

export interface EventNode {
  op: 'event';
  id: number;
  key: string;
}

export interface ProgressNode {
  op: 'progress';
  id: number;
}

export type Node =
  | Operation
  | { op: 'value'; id: number; of: 'uuid' | 'random' | 'now' }
  /** So many awaits of something that is there already. */
  | { op: 'ticks'; count: number }
  | { op: 'throw'; id: number }
  | { op: 'seq'; items: Node[] }
  | { op: 'try'; id: number; body: Node; handler: Node }
  | { op: 'finally'; body: Node; last: Node }
  | { op: 'combine'; id: number; by: Combinator; branches: Branch[] }
  /** Begins something that a `join` awaits later, perhaps in another branch, perhaps in several, perhaps nobody. */
  | { op: 'start'; id: number; branch: Branch }
  | { op: 'join'; id: number; start: number };

export type Combinator = 'all' | 'race' | 'any' | 'allSettled';

/** `bare`: the promise of the operation itself, not that of an async function around it. */
export type Branch = { bare: Operation } | { bare?: undefined; code: Node };

export interface Program {
  seed: number;
  root: Node;
}

/** What a run of a program returns. The message of a run that fails tells the same. */
export interface ProgramResult {
  value: unknown;
  /** What all branches did, in the order in which they did it. */
  seen: string[];
}

/** What a step gives, whoever executes it and how often, but for the mark of that execution. */
export function stepValue(program: Program, { id }: StepNode): string {
  return `v${mix(program.seed, id, 0)}`;
}

/** The message with which an attempt fails. */
export function stepFailure(program: Program, { id }: StepNode, attempt: number): string {
  return `f${mix(program.seed, id, attempt)}`;
}

export function eventValue(program: Program, { id }: EventNode | ProgressNode): string {
  return `e${mix(program.seed, id, 0)}`;
}

/** Where a value or a message came from, itself or as JSON: the mark of the execution that made it stands behind it. */
export const markOf = (text: string | null): string => /#([0-9a-f]+)/.exec(text ?? '')?.[1] ?? '';

export const withoutMarks = (text: string): string => text.replace(/#[0-9a-f]+/g, '');

function mix(seed: number, id: number, attempt: number): string {
  let hash = Math.imul(seed ^ 0x9e3779b9, 0x85ebca6b) ^ Math.imul(id + 1, 0xc2b2ae35) ^ Math.imul(attempt + 1, 0x27d4eb2f);
  hash = Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d);
  return ((hash ^ (hash >>> 13)) >>> 0).toString(36);
}

/** One line, for messages. */
export function compact(node: Node): string {
  switch (node.op) {
    case 'step':
      return `${node.name}:${node.id}${node.maxAttempts > 1 || node.failures > 0 ? `[${node.failures}/${node.maxAttempts}, ${node.backoff}ms]` : ''}`;
    case 'sleep':
    case 'sleepUntil':
      return `${node.op}:${node.id}(${node.ms})`;
    case 'event':
      return `event:${node.id}(${node.key})`;
    case 'value':
      return `${node.of}:${node.id}`;
    case 'ticks':
      return '.'.repeat(node.count);
    case 'progress':
    case 'throw':
      return `${node.op}:${node.id}`;
    case 'seq':
      return `{${node.items.map(compact).join(' ')}}`;
    case 'try':
      return `try:${node.id} ${compact(node.body)} catch ${compact(node.handler)}`;
    case 'finally':
      return `try ${compact(node.body)} finally ${compact(node.last)}`;
    case 'combine':
      return `${node.by}:${node.id}(${node.branches.map(compactBranch).join(', ')})`;
    case 'start':
      return `start:${node.id}(${compactBranch(node.branch)})`;
    case 'join':
      return `join:${node.id}(${node.start})`;
  }
}

function compactBranch(branch: Branch): string {
  return branch.bare === undefined ? compact(branch.code) : `bare ${compact(branch.bare)}`;
}
