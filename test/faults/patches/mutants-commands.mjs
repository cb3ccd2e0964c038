/**
 * What keeps commands of operators from being lost, applied twice or left without an outcome: migrations/0008-commands.ts, `landing` in
 * 0002-flush.ts, and how a frame follows them. For mutants.mjs.
 */
const FLUSH = 'migrations/0002-flush.ts';
const OWNERSHIP = 'migrations/0003-ownership.ts';
const COMMANDS = 'migrations/0008-commands.ts';
const FRAME = 'lib/engine/run-frame.ts';
const ORDERS = 'lib/engine/frame-orders.ts';

const inMeetings = (test) => ({ spec: 'test/commands/meetings.spec.ts', test });
const inHold = (test) => ({ spec: 'test/commands/hold.spec.ts', test: `HOLD › ${test}` });
const inStop = (test) => ({ spec: 'test/commands/stop.spec.ts', test: `STOP › ${test}` });
const inReset = (test) => ({ spec: 'test/commands/reset.spec.ts', test: `RESET › ${test}` });

export const COMMAND_MUTANTS = [
  {
    name: 'hold-landing',
    defence: 'A run that is to be held is unloaded, released or continued as if nobody had asked for that.',
    edits: [
      {
        file: FLUSH,
        take: "when wanted in ('WAITING', 'ENQUEUED') and command ->> 'name' = 'HOLD' then 'HELD'",
        leave: "when false then 'HELD'",
      },
    ],
    ...inMeetings('a HOLD that is pending › holds the run when its executor writes %s'),
  },
  {
    name: 'hold-withdrawn',
    defence: 'An executor holds a run that is not to be held any more.',
    edits: [
      {
        file: FLUSH,
        take: "when wanted = 'HELD' and (command ->> 'name') is distinct from 'HOLD' then 'ENQUEUED'",
        leave: "when false then 'ENQUEUED'",
      },
    ],
    ...inMeetings(
      'a HOLD that is pending › and %s is overtaken by: the run that its executor holds goes back to its queue, due at once',
    ),
  },
  {
    name: 'withdrawn-found-due',
    defence: 'Nobody is told that a run which was not held after all can be claimed.',
    edits: [{ file: FLUSH, take: "m.wanted = 'HELD' and m.status = 'ENQUEUED' or", leave: '' }],
    ...inMeetings(
      'a HOLD that is pending › and %s is overtaken by: the run that its executor holds goes back to its queue, due at once',
    ),
  },
  {
    name: 'stopping-stays',
    defence: 'A run that winds down is said to be RUNNING by whoever takes it over.',
    edits: [
      { file: FLUSH, take: "when wanted = 'RUNNING' and stop is not null then 'STOPPING'", leave: "when false then 'STOPPING'" },
    ],
    ...inMeetings(
      'a STOP that is pending › is applied by its executor once, however often the flush is repeated; from then on the run is STOPPING',
    ),
  },
  {
    name: 'stop-due',
    defence: 'A run that is to stop, and is unloaded at that moment, sleeps on.',
    edits: [
      { file: FLUSH, take: 'select case when r.command is null then min(w.wake_at) else at end', leave: 'select min(w.wake_at)' },
    ],
    ...inMeetings('a STOP that is pending › makes the run due when its executor unloads it, and tells that executor so'),
  },
  {
    name: 'rescue-holds',
    defence: 'A rescue forgets that the run is to be held.',
    edits: [
      {
        file: OWNERSHIP,
        take: "then 'DEAD' else landing('ENQUEUED', r.command, r.stop) end",
        leave: "then 'DEAD' else 'ENQUEUED' end",
      },
    ],
    ...inMeetings('a HOLD that is pending › holds the run when its executor dies: it is not claimed again'),
  },
  {
    name: 'settle-at-end',
    defence: 'A run ends, or is held, and its commands are left without an outcome.',
    edits: [
      { file: FLUSH, take: '    if cardinality(commanded) > 0 then perform settle_commands(commanded); end if;\n', leave: '' },
    ],
    ...inMeetings('what ends a run › settles a pending %s: it has expired'),
  },
  {
    name: 'settle-at-cancel',
    defence: 'The cancellation of a run leaves its commands without an outcome.',
    edits: [{ file: OWNERSHIP, take: '  if r.commands_pending then perform settle_commands(array[run]); end if;\n', leave: '' }],
    ...inMeetings('what ends a run › settles it too where it is a cancel, the rescue that is one too many, or a timeout'),
  },
  {
    name: 'stop-once',
    defence: 'A repeated flush moves the place at which a run was stopped.',
    edits: [{ file: COMMANDS, take: ' and r.completed_at is null and r.stop is null\n', leave: ' and r.completed_at is null\n' }],
    ...inMeetings(
      'a STOP that is pending › is applied by its executor once, however often the flush is repeated; from then on the run is STOPPING',
    ),
  },
  {
    name: 'command-key',
    defence: 'A command whose answer was lost is another one when it is repeated.',
    edits: [
      {
        file: COMMANDS,
        take: '  if found then\n    status_now := r.status;',
        leave: '  if false then\n    status_now := r.status;',
      },
    ],
    ...inMeetings('a command whose answer was lost is repeated without being another one'),
  },
  {
    name: 'held-clock',
    defence: 'The time of a run goes on while it is held.',
    edits: [
      {
        file: COMMANDS,
        take: 'wake_at = case when w.permit then at end, deadline_at = w.deadline_at + (at - w.held_at)',
        leave: 'wake_at = case when w.permit then at end',
      },
    ],
    ...inMeetings('a timeout of a run that is held is not looked for, however late it is'),
  },
  {
    name: 'held-expires',
    defence: 'A run that is held times out.',
    edits: [
      {
        file: COMMANDS,
        take: "r.status in ('DELAYED','ENQUEUED','WAITING')\n    order by",
        leave: "r.status in ('DELAYED','ENQUEUED','WAITING','HELD')\n    order by",
      },
    ],
    ...inMeetings('a timeout of a run that is held is not looked for, however late it is'),
  },
  {
    name: 'hold-parks',
    defence: 'Operations begin in a run that is to be held.',
    edits: [
      {
        file: FRAME,
        take: 'else if (this.isHolding || this.#orders.hasStopAhead) {',
        leave: 'else if (this.#orders.hasStopAhead) {',
      },
    ],
    ...inHold('lets the step that runs finish, records it, and unloads the run before its next operation'),
  },
  {
    name: 'stop-ends-waits',
    defence: 'A stop leaves a run in its wait.',
    edits: [
      {
        file: FRAME,
        take: "(operation.state !== 'busy' || operation.hasSource)) this.failByStop",
        leave: "operation.state === 'parked') this.failByStop",
      },
    ],
    ...inStop('ends a wait at once, with its run in memory or not (suspendAfter %s); nothing of what is waited for is lost'),
  },
  {
    name: 'stop-every-branch',
    defence: 'A branch whose step ran when the run was stopped goes on as if nothing had happened.',
    edits: [{ file: ORDERS, take: 'this.#failsNext = isSuccess &&', leave: 'this.#failsNext = false &&' }],
    ...inStop('stops every branch of a run at its own operation'),
  },
  {
    name: 'stop-no-retry',
    defence: 'A step that a stop has aborted is tried again.',
    edits: [{ file: 'lib/engine/step-runner.ts', take: 'if (again && frame.stopsBefore(operation)) {', leave: 'if (false) {' }],
    ...inStop('aborts wf.signal of the step that runs, and does not try it again; cleanup gets a signal of its own'),
  },
  {
    name: 'stop-shielded',
    defence: 'A stop interrupts what the code shields.',
    edits: [
      {
        file: ORDERS,
        take: 'return this.#asked !== undefined && this.#shields === 0;',
        leave: 'return this.#asked !== undefined;',
      },
    ],
    ...inStop('waits while the code shields what it does: that is met by no stop, what comes after it is'),
  },
  {
    name: 'reset-frontier',
    defence: 'A reset keeps on record what the code did because of the failure.',
    edits: [{ file: COMMANDS, take: 'o.ordinal >= cut_history.frontier or o.seq >=', leave: 'o.seq >=' }],
    ...inReset('of a run that failed repeats the step that failed and what came of it, and nothing that had succeeded'),
  },
  {
    name: 'reset-events',
    defence: 'Events that the undone part has set stay.',
    edits: [
      {
        file: COMMANDS,
        take: '  delete from workflow_events e where e.workflow_id = run and e.ordinal >= cut_history.frontier;\n',
        leave: '',
      },
    ],
    ...inReset('of a run that failed repeats the step that failed and what came of it, and nothing that had succeeded'),
  },
  {
    name: 'reset-mail',
    defence: 'A message that only the undone part has received is lost.',
    edits: [
      {
        file: COMMANDS,
        take: '  update notifications n set taken_by = null, taken_at = null\n',
        leave: '  update notifications n set taken_at = null\n',
      },
    ],
    ...inReset('gives a message back to the mailbox that only the undone part had received'),
  },
  {
    name: 'reset-chunks',
    defence: 'Chunks that the undone part has written count as written by the part that takes its place.',
    edits: [{ file: COMMANDS, take: ' and b.seq <= after_seq), 0)', leave: '), 0)' }],
    ...inReset('writes to its streams what it writes from there on; what was written before is not written again'),
  },
  {
    name: 'reset-keys',
    defence: 'What a run asks for after a reset has the key of what it asked for at the same place before.',
    edits: [{ file: FRAME, take: 'return isAnother ?', leave: 'return false ?' }],
    ...inReset(
      'sends, and starts as children, what it asks for from there on, though it asked for something else at the same place before',
    ),
  },
  {
    name: 'reset-deduplicated',
    defence: 'A reset run shares its deduplication id with another that is not over.',
    edits: [{ file: COMMANDS, take: '<> run then\n      return false;', leave: '<> run then\n      return true;' }],
    ...inReset('of a run whose deduplication id another one has meanwhile is refused'),
  },
  {
    name: 'own-command-wakes',
    defence: 'A command for the code of a run does not wake that run.',
    edits: [
      {
        file: COMMANDS,
        take: "set wake_at = at where w.workflow_id = run and w.status = 'WAITING'",
        leave: "set wake_at = at where w.workflow_id = run and w.status = 'HELD'",
      },
    ],
    spec: 'test/commands/cooperative.spec.ts',
    test: 'a custom command › is received by the code of the run, with who, why and what (suspendAfter %s)',
  },
  {
    name: 'own-command-settled',
    defence: 'A command that the code has received stays without an outcome until the run ends.',
    edits: [
      {
        file: 'lib/durable/commands.ts',
        take: "          { part: 'settled', values: [command.commandId, 'APPLIED'] },\n",
        leave: '',
      },
    ],
    spec: 'test/commands/cooperative.spec.ts',
    test: 'a custom command › is received by the code of the run, with who, why and what (suspendAfter %s)',
  },
  {
    name: 'own-command-rank',
    defence: 'The code receives commands in the order in which they came, whatever they are.',
    edits: [
      {
        file: 'lib/durable/commands.ts',
        take: 'commandRank(command.command) > commandRank(winner.command.command)',
        leave: 'false',
      },
    ],
    spec: 'test/commands/cooperative.spec.ts',
    test: 'a cooperative workflow › receives the one of the highest rank of those that wait; the others stay for its next look',
  },
  {
    name: 'own-command-refused',
    defence: 'A command that the code does not take stays in the mailbox.',
    edits: [{ file: 'lib/durable/commands.ts', take: 'if (refused.length > 0) reject(', leave: 'if (false) reject(' }],
    spec: 'test/commands/cooperative.spec.ts',
    test: 'a cooperative workflow › receives HOLD, RESUME and STOP itself, each in the states in which it takes them; its status stays its own',
  },
  {
    name: 'command-passed-over',
    defence: 'Who locks a run for a command that changes nothing does not say that a claim may have passed over it.',
    edits: [
      {
        file: 'lib/operations/commands/run-commander.ts',
        take: "if (statusNow === 'ENQUEUED' || statusNow === 'WAITING') this.ports.woken();",
        leave: "if (outcome !== 'REJECTED' && (statusNow === 'ENQUEUED' || statusNow === 'WAITING')) this.ports.woken();",
      },
    ],
    spec: 'test/unit/operations/run-commander.spec.ts',
    test: 'a commander tells › who may claim the run, though it was refused: a claim may have passed over it, %s',
  },
];
