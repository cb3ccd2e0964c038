/**
 * Where a process can be made to die, stop or block: before every statement leaves it, after every answer, and at every hand-over inside.
 * `name` is an expression, put beside the line `at`. A worker does there what its environment says (fault-action.ts).
 */
const statement = (state) => `\`\${/^\\/\\* ([\\w.]+)/.exec(text)?.[1]} ${state}\``;

export const FAULT_POINTS = [
  {
    file: 'lib/store/pg-database.ts',
    side: 'before',
    at: 'const query = { text, values: values as unknown[]',
    name: statement('sending'),
  },
  { file: 'lib/store/pg-database.ts', side: 'before', at: 'return result.rows;', name: statement('answered') },
  { file: 'lib/dispatch/claimer.ts', side: 'before', at: 'let histories: Awaited<', name: "'claimed'" },
  {
    file: 'lib/dispatch/claimer.ts',
    side: 'before',
    at: 'for (const [index, run] of runs.entries()) {\n      session.handingOver.delete',
    name: "'history read'",
  },
  // Permits: given, and given back later than the end.
  {
    file: 'lib/dispatch/claimer.ts',
    side: 'after',
    at: 'const runs = await this.#withSlots(session, limit, () => this.gated.claim(session, served, limit));',
    name: "'gated claimed'",
  },
  { file: 'lib/engine/run-executor.ts', side: 'before', at: 'session.lingering.delete(runId);', name: "'body let go'" },
  { file: 'lib/engine/run-executor.ts', side: 'before', at: 'this.#watchDeadline(frame, execution);', name: "'run handed over'" },
  { file: 'lib/engine/step-runner.ts', side: 'before', at: 'const result = await this.#run(attempt);', name: "'body starting'" },
  { file: 'lib/engine/step-runner.ts', side: 'after', at: 'const result = await this.#run(attempt);', name: "'body ended'" },
  { file: 'lib/engine/step-runner.ts', side: 'before', at: 'this.failed = attempt;', name: "'attempt failed'" },
  { file: 'lib/engine/run-frame.ts', side: 'before', at: 'this.writeTogether(rows, onDurable);', name: "'delivering'" },
  { file: 'lib/engine/run-frame.ts', side: 'after', at: 'this.writeTogether(rows, onDurable);', name: "'outcome written'" },
  {
    file: 'lib/engine/durable-wait.ts',
    side: 'before',
    at: 'operation.isWaitDurable = false;',
    name: "'wait beginning'",
  },
  { file: 'lib/engine/run-executor.ts', side: 'before', at: "frame.leave('suspended', () => undefined);", name: "'suspending'" },
  {
    file: 'lib/engine/run-executor.ts',
    side: 'before',
    at: "frame.write('move', values, () =>",
    name: "'settling'",
  },
  { file: 'lib/engine/run-executor.ts', side: 'before', at: 'this.ports.ended({', name: "'result durable'" },
  { file: 'lib/store/flush/write-lane.ts', side: 'before', at: 'this.ports.onFlushed(result);', name: "'flush acknowledged'" },
  { file: 'lib/dispatch/lease-rescuer.ts', side: 'before', at: 'return await this.#requeueAll();', name: "'expired retired'" },
  { file: 'lib/dispatch/lease-rescuer.ts', side: 'before', at: 'total += requeued;', name: "'batch requeued'" },
  // What comes from others: looked for, waited for, found.
  {
    file: 'lib/engine/source-wait.ts',
    side: 'before',
    at: 'if (frame.isRunning && !operation.isComplete) watch(wait.timeoutMs === 0',
    name: "'first look'",
  },
  {
    file: 'lib/engine/source-wait.ts',
    side: 'before',
    at: 'const { kind, timeoutMs, source, key } = wait;',
    name: "'source wait beginning'",
  },
  { file: 'lib/engine/source-wait.ts', side: 'before', at: 'made.onDurable();', name: "'child durable'" },
  { file: 'lib/engine/source-wait.ts', side: 'before', at: 'complete(wait.outcome(value));', name: "'source found'" },
  {
    file: 'lib/engine/source-wait.ts',
    side: 'before',
    at: 'operation.leave?.();\n    watch(() => complete(wait.none()));',
    name: "'last look'",
  },
  {
    file: 'lib/engine/durable-wait.ts',
    side: 'before',
    at: "operation.isWaitDurable = true;\n  operation.state = 'waiting';",
    name: "'wait resumed'",
  },
  {
    file: 'lib/engine/durable-wait.ts',
    side: 'before',
    at: 'operation.isWaitDurable = true;\n    onDurable',
    name: "'wait durable'",
  },
  // Messages.
  {
    file: 'lib/durable/inbox.ts',
    side: 'before',
    at: 'if (message !== undefined) watcher?.found(message);',
    name: "'message found'",
  },
  { file: 'lib/durable/inbox.ts', side: 'before', at: 'this.#topic(name).unsettled--;', name: "'message taken'" },
  {
    file: 'lib/durable/message-sender.ts',
    side: 'after',
    at: 'const result = await this.messages.insertMany(messages);',
    name: "'messages sent'",
  },
  // Children, and runs that go on as new.
  {
    file: 'lib/durable/children.ts',
    side: 'before',
    at: 'if (child.hasOwnId || child.deduplication !== null) void startUnique(',
    name: "'child starting'",
  },
  {
    file: 'lib/durable/children.ts',
    side: 'before',
    at: 'const startedAs = await ports.startUnique({',
    name: "'child with id starting'",
  },
  {
    file: 'lib/durable/children.ts',
    side: 'before',
    at: 'frame.complete(operation, { ...started(frame, startedAs), beganAt });',
    name: "'child with id started'",
  },
  { file: 'lib/engine/run-executor.ts', side: 'before', at: "frame.leave('continued', () =>", name: "'continuing as new'" },
  { file: 'lib/engine/run-executor.ts', side: 'before', at: 'this.ports.continued();', name: "'continued as new'" },
  // Chunks, and events: in rows, and durable.
  { file: 'lib/engine/stream-heads.ts', side: 'before', at: "return {\n      part: 'chunk',", name: "'chunk appended'" },
  { file: 'lib/engine/waker.ts', side: 'before', at: 'this.lookouts.events.poke([runId]);', name: "'event durable'" },
  // Waking.
  { file: 'lib/engine/waker.ts', side: 'before', at: 'const ended = take(this.#ended);', name: "'waking'" },
  { file: 'lib/engine/waker.ts', side: 'after', at: 'const busy = await this.#wake(ended, events, pending);', name: "'woken'" },
  { file: 'lib/dispatch/due-timer.ts', side: 'before', at: 'this.onDue();', name: "'due'" },
  { file: 'lib/dispatch/lease-rescuer.ts', side: 'before', at: 'await this.ports.wakeOverlooked();', name: "'runs requeued'" },
  { file: 'lib/dispatch/lease-rescuer.ts', side: 'after', at: 'await this.ports.wakeOverlooked();', name: "'overlooked woken'" },
];
