/**
 * Where a process can be made to die, stop or block: before every statement leaves it, after every answer, and at every hand-over inside.
 * `name` is an expression, put beside the line `at`. A worker does there what its environment says (fault-action.ts).
 */
const statement = (state) => `\`\${/^\\/\\* ([\\w.]+)/.exec(text)?.[1]} ${state}\``;

export const FAULT_POINTS = [
  { file: 'lib/store/pg-database.ts', side: 'before', at: 'const result = await pool.query<R>({', name: statement('sending') },
  { file: 'lib/store/pg-database.ts', side: 'before', at: 'return result.rows;', name: statement('answered') },
  { file: 'lib/dispatch/claimer.ts', side: 'before', at: 'let histories: Awaited<', name: "'claimed'" },
  {
    file: 'lib/dispatch/claimer.ts',
    side: 'before',
    at: 'for (const [index, run] of runs.entries()) {\n      session.handingOver.delete',
    name: "'history read'",
  },
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
    at: "frame.write('move', [status, output, error, this.#elapsed(frame)]",
    name: "'settling'",
  },
  { file: 'lib/engine/run-executor.ts', side: 'before', at: 'this.ports.ended({', name: "'result durable'" },
  { file: 'lib/store/flush/write-lane.ts', side: 'before', at: 'this.ports.onFlushed(result);', name: "'flush acknowledged'" },
  { file: 'lib/dispatch/lease-rescuer.ts', side: 'before', at: 'return await this.#requeueAll();', name: "'expired retired'" },
  { file: 'lib/dispatch/lease-rescuer.ts', side: 'before', at: 'total += requeued;', name: "'batch requeued'" },
];
