/** What defends children, branches, runs that begin anew, and timers of unloaded runs. For mutants.mjs. */
const CHILDREN = 'lib/durable/children.ts';
const CHILD_RUN = 'lib/client/child-run.ts';
const BRANCHES = 'lib/durable/branches.ts';
const DUE_TIMER = 'lib/dispatch/due-timer.ts';
const EXECUTOR = 'lib/engine/run-executor.ts';
const FLUSH = 'migrations/0002-flush.ts';
const FRAME = 'lib/engine/run-frame.ts';
const REPLAY = 'lib/store/history/replay.store.ts';
const RUNS = 'lib/store/runs/run.sql.ts';

const inChildren = (test) => ({ spec: 'test/waiting/children.spec.ts', test });
const inBranches = (test) => ({ spec: 'test/waiting/branches.spec.ts', test });
const inAgain = (test) => ({ spec: 'test/waiting/continue-as-new.spec.ts', test });
const inTimers = (test) => ({ spec: 'test/waiting/timers.spec.ts', test });
const inTimer = (test) => inTimers(`the timer of runs that are due › ${test}`);

const ONE_COMMIT = inChildren('a child › is started in the commit that records the operation: with neither, or with both');
const DEADLINE = inChildren('the deadline of a run › is that of a child %s; a detached one has none of it');
const CASCADE = inChildren(
  'cancel › with children: true ends those of the run and theirs, also below one that is over, and no detached one',
);
const LOADED = inAgain(
  'in the database, a run that began anew › is loaded from its first ordinal on: the rows before are not read',
);
const WARNED = inAgain('a run that records much › is warned of once, at 2,000 operations: %s');

export const CHILDREN_MUTANTS = [
  {
    name: 'child-with-wait',
    defence: 'The row of a child that is called comes after the wait for it.',
    edits: [
      {
        file: CHILDREN,
        take: '      rows: [childRow({ ...child, runId })],\n      onDurable: () => frame.services.ports.enqueued(child),',
        leave:
          "      rows: [],\n      onDurable: () => frame.write('child', childRow({ ...child, runId }).values, () => frame.services.ports.enqueued(child)),",
      },
    ],
    ...ONE_COMMIT,
  },
  {
    name: 'child-with-operation',
    defence: 'The row of a child that is started comes after the record of its start.',
    edits: [
      {
        file: CHILDREN,
        take: '        writes: [childRow(child)],\n        onDurable: () => frame.services.ports.enqueued(child),',
        leave:
          "        onDurable: () => frame.write('child', childRow(child).values, () => frame.services.ports.enqueued(child)),",
      },
    ],
    ...ONE_COMMIT,
  },
  {
    name: 'child-from-record',
    defence: 'A replayed call waits for a child under a new id, not for the one on record.',
    edits: [
      {
        file: CHILDREN,
        take: '    const runId = uuidv5(frame.keyOf(operation.ordinal), frame.runId);',
        leave: '    const runId = child.runId;',
      },
    ],
    ...inChildren('a child › is started once, at whatever moment its parent’s process dies'),
  },
  {
    name: 'child-keyed',
    defence: 'A repeated flush puts a child back to how it began.',
    edits: [
      {
        file: FLUSH,
        take: '    on conflict do nothing\n    returning queue',
        leave: '    on conflict (workflow_id) do update set status = excluded.status\n    returning queue',
      },
    ],
    ...inChildren(
      'in the database, a child › is inserted once, however often its flush is repeated, and stays as it has become since',
    ),
  },
  {
    name: 'child-deadline',
    defence: 'A child does not inherit the deadline of its parent.',
    edits: [{ file: FLUSH, take: 'case when not u.detached then p.deadline_at end', leave: 'null::timestamptz' }],
    ...DEADLINE,
  },
  {
    name: 'child-deadline-detached',
    defence: 'A detached child inherits the deadline of its parent.',
    edits: [{ file: FLUSH, take: 'case when not u.detached then p.deadline_at end', leave: 'p.deadline_at' }],
    ...DEADLINE,
  },
  {
    name: 'child-deadline-least',
    defence: 'The longer timeout of a child prolongs the deadline that it has inherited.',
    edits: [
      {
        file: FLUSH,
        take: "least(r.deadline_at, at + (r.timeout_ms - u.elapsed) * interval '1 ms')",
        leave: "coalesce(at + (r.timeout_ms - u.elapsed) * interval '1 ms', r.deadline_at)",
      },
    ],
    ...DEADLINE,
  },
  {
    name: 'child-deadline-own-id',
    defence: 'A child with an id of the caller’s choice does not inherit the deadline of its parent.',
    edits: [
      {
        file: 'migrations/0003-ownership.ts',
        take: '(select p.deadline_at from workflow_status p where p.workflow_id = u.parent and not u.detached)',
        leave: 'null::timestamptz',
      },
    ],
    ...DEADLINE,
  },
  {
    name: 'child-deadline-known',
    defence: 'A child with an id of the caller’s choice is started before its parent’s deadline is set.',
    edits: [{ file: CHILDREN, take: "if (!child.detached) frame.write('move', ['RUNNING', null, null, 0, false]);", leave: '' }],
    ...DEADLINE,
  },
  {
    name: 'child-failure-handled',
    defence: 'The failure of a child that nobody awaits yet counts as unhandled.',
    edits: [
      { file: 'lib/client/handled.ts', take: 'if (currentScope() !== undefined) promise.catch(() => undefined);', leave: '' },
    ],
    ...inChildren('a workflow method called in a run › and awaited only later, or never, harms nobody when it fails'),
  },
  {
    name: 'child-handle-at-home',
    defence: 'The handle of a child records operations wherever it is used.',
    edits: [
      {
        file: CHILD_RUN,
        take: 'if (scope?.frame !== this.#frame) throw',
        leave: 'if (scope === null) throw',
      },
    ],
    ...inChildren(
      'startChild › gives a handle that works in its own workflow only: not in a step, not in another run, not outside',
    ),
  },
  {
    name: 'first-look-durable',
    defence: 'A run looks for another one before what it wrote is durable, the start of that one among it.',
    edits: [{ file: 'lib/engine/source-wait.ts', take: 'if (wait.source !== null) await frame.durable();', leave: '' }],
    ...inChildren('startChild › does not look for its child before that is durable, however slow the commit is'),
  },
  {
    name: 'cascade-detached',
    defence: 'A cancellation with children ends detached ones too.',
    edits: [{ file: RUNS, take: 'c.parent_id = $1 and not c.detached', leave: 'c.parent_id = $1' }],
    ...CASCADE,
  },
  {
    name: 'cascade-deep',
    defence: 'A cancellation with children leaves their children alone.',
    edits: [
      {
        file: RUNS,
        take: 'on c.parent_id = f.workflow_id where not c.detached',
        leave: 'on c.parent_id = f.workflow_id where false',
      },
    ],
    ...CASCADE,
  },
  {
    name: 'cascade-until-none',
    defence: 'A cancellation with children looks for them once.',
    edits: [{ file: 'lib/operations/run-canceller.ts', take: 'if (children.length === 0) return;', leave: 'return;' }],
    ...inChildren('cancel › of a run that is over ends the children that it left behind; many of them, page by page'),
  },
  {
    name: 'branch-names',
    defence: 'Operations of a branch do not carry its name.',
    edits: [
      {
        file: 'lib/engine/branch-name.ts',
        take: 'branch === undefined ? name :',
        leave: 'branch !== null ? name :',
      },
    ],
    ...inBranches('wf.map › in a branch adds its name to that of the branch; code after it has none'),
  },
  {
    name: 'branch-value-names',
    defence: 'Recorded values of a branch do not carry its name.',
    edits: [
      {
        file: FRAME,
        take: 'const name = nameInBranch(ownName);\n    const ordinal',
        leave: 'const name = ownName;\n    const ordinal',
      },
    ],
    ...inBranches('wf.map › in a branch adds its name to that of the branch; code after it has none'),
  },
  {
    name: 'map-concurrency',
    defence: 'All branches of a map begin at once.',
    edits: [{ file: BRANCHES, take: 'Math.min(concurrency, branches.length)', leave: 'branches.length' }],
    ...inBranches('wf.map › has never more branches under way than its concurrency, and as many as that: %s'),
  },
  {
    name: 'map-fail-fast',
    defence: 'A map that has failed begins further branches.',
    edits: [{ file: BRANCHES, take: 'if (branch === undefined || failed) return;', leave: 'if (branch === undefined) return;' }],
    ...inBranches('wf.map › fails with the first failure, begins no further branch, and lets those under way go on unseen'),
  },
  {
    name: 'again-token-again',
    defence: 'A repeated flush gives a run that was claimed since the arguments of its first copy.',
    edits: [
      {
        file: FLUSH,
        take: '\n      and r.claim_token = f.token and r.claimed_by = me and r.completed_at is null;\n    delete',
        leave: ';\n    delete',
      },
    ],
    ...inAgain(
      'in the database, a run that began anew › keeps its arguments when a repeated flush meets its next execution, which began anew again',
    ),
  },
  {
    name: 'again-late-wait',
    defence: 'A late copy of a flush brings a wait of an earlier execution back.',
    edits: [{ file: FLUSH, take: '      and u.ordinal >= r.first_ordinal\n', leave: '' }],
    ...inAgain(
      'in the database, a run that began anew › has no wait of the execution before, not even one that a late copy of a flush brings',
    ),
  },
  {
    name: 'again-waits-deleted',
    defence: 'A run that begins anew keeps the waits of the execution before.',
    edits: [{ file: FLUSH, take: 'and w.ordinal < u.ordinal and u.run <> all (lost);', leave: 'and false;' }],
    ...inAgain(
      'in the database, a run that began anew › has no wait of the execution before, not even one that a late copy of a flush brings',
    ),
  },
  {
    name: 'ordinals-go-on',
    defence: 'A run that begins anew counts its operations from the start again.',
    edits: [{ file: EXECUTOR, take: 'Math.max(frame.nextOrdinal, frame.firstOrdinal + 1)', leave: '0' }],
    ...inAgain('continueAsNew › goes on as the same run with new arguments; what it told the world stays (suspendAfter %s)'),
  },
  {
    name: 'again-exhausted',
    defence: 'A replay may begin anew before it has asked for all that is recorded.',
    edits: [{ file: EXECUTOR, take: "this.#requireExhausted(frame, () => 'it continued as new');", leave: '' }],
    ...inAgain('continueAsNew › on replay before all that is recorded was asked for is NON_DETERMINISTIC_RUN'),
  },
  {
    name: 'again-aborts',
    defence: 'Steps under way are not aborted when their run begins anew.',
    edits: [{ file: EXECUTOR, take: "frame.leave('continued', ", leave: "frame.leave('released', " }],
    ...inAgain('continueAsNew › aborts steps under way, drops what they give, and runs no finally block'),
  },
  {
    name: 'first-ordinal-load',
    defence: 'The operations of earlier executions are loaded.',
    edits: [{ file: REPLAY, take: 'and o.ordinal >= u.first order by', leave: 'order by' }],
    ...LOADED,
  },
  {
    name: 'first-ordinal-attempts',
    defence: 'The failed attempts of earlier executions are loaded.',
    edits: [{ file: REPLAY, take: 'and ordinal >= u.first group by', leave: 'group by' }],
    ...LOADED,
  },
  {
    name: 'many-operations-once',
    defence: 'A replay warns again of the number of operations.',
    edits: [
      { file: FRAME, take: 'if (this.log.isExhausted && this.log.knownAt(ordinal) === undefined)', leave: 'if (ordinal > 0)' },
    ],
    ...WARNED,
  },
  {
    name: 'many-operations-values',
    defence: 'Values do not count among the operations that a run is warned of.',
    edits: [
      {
        file: FRAME,
        take: 'const name = nameInBranch(ownName);\n    const ordinal = this.#takeOrdinal();',
        leave: 'const name = nameInBranch(ownName);\n    const ordinal = this.#nextOrdinal++;',
      },
    ],
    ...WARNED,
  },
  {
    name: 'wait-all-shutdown',
    defence: 'Of a run that goes on elsewhere waitAll tells that it failed.',
    edits: [
      {
        file: 'lib/client/wait-for-runs.ts',
        take: "if (result.status === 'rejected' && result.reason instanceof ShuttingDownError) throw result.reason;",
        leave: "if (result.status === 'rejected' && result.reason instanceof ShuttingDownError) continue;",
      },
    ],
    spec: 'test/waiting/run-handle.spec.ts',
    test: 'waiting for several runs › ends with SHUTTING_DOWN when the process goes: no run is taken for one that failed',
  },
  {
    name: 'due-at-moment',
    defence: 'Runs that are unloaded are claimed at the tick only.',
    edits: [
      {
        file: 'lib/nest/workflows-runtime.ts',
        take: 'suspended: (wakeAt) => dueTimer.dueAt(wakeAt),',
        leave: 'suspended: (wakeAt) => void wakeAt,',
      },
      {
        file: DUE_TIMER,
        take: '    const leftMs = await this.claims.findNextDue(served);',
        leave: '    const leftMs = undefined;',
      },
    ],
    ...inTimers('a run that sleeps unloaded › goes on at its moment though no tick comes, and never before'),
  },
  {
    name: 'due-timer-next',
    defence: 'After one moment the timer does not look for the next.',
    edits: [{ file: DUE_TIMER, take: 'this.runOnce().catch(() => undefined);', leave: '' }],
    ...inTimer('finds at the tick what other processes have left, and goes on from one to the next'),
  },
  {
    name: 'due-timer-nearest',
    defence: 'The timer is set to the moment that it heard of last.',
    edits: [{ file: DUE_TIMER, take: 'if (firesAt >= this.#firesAt) return;', leave: '' }],
    ...inTimer('fires for the nearest, in whatever order it hears of them'),
  },
  {
    name: 'due-timer-gap',
    defence: 'Every moment is a claim of its own.',
    edits: [{ file: DUE_TIMER, take: 'Math.max(leftMs, MIN_GAP_MS)', leave: 'leftMs' }],
    ...inTimer('takes together what is due within 20 ms, so that a crowd is not a claim each'),
  },
  {
    name: 'due-share',
    defence: 'Runs that are due may take all of a claim.',
    edits: [{ file: 'lib/store/runs/run-claim.store.ts', take: 'maxDue = Math.ceil(limit / 2)', leave: 'maxDue = limit' }],
    ...inTimers(
      '100,000 timers that are due at once › are claimed in batches, the longest due first, half of each claim left to new work as long as there is any',
    ),
  },
];
