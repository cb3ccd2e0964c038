/** What the engine and the write lanes defend in memory: the barrier, the order of outcomes, the record, waits and timers. For mutants.mjs. */
const FRAME = 'lib/engine/run-frame.ts';
const LANE = 'lib/store/flush/write-lane.ts';
const SESSION = 'lib/engine/executor-session.ts';
const STEPS = 'lib/engine/step-runner.ts';

const inFrame = (test) => ({ spec: 'test/unit/engine/run-frame.spec.ts', test });
const inLane = (test) => ({ spec: 'test/unit/store/write-lane.spec.ts', test: `a write lane › ${test}` });
const inSession = (test) => ({
  spec: 'test/unit/engine/executor-session.spec.ts',
  test: `a lease as its executor knows it › ${test}`,
});
const inStep = (test) => ({ spec: 'test/unit/engine/step-runner.spec.ts', test: `a step body › ${test}` });

export const ENGINE_MUTANTS = [
  {
    name: 'barrier',
    defence: 'A step body does not wait for the earlier writes of its run.',
    edits: [{ file: STEPS, take: 'if (earlier !== undefined) await earlier;', leave: '' }],
    ...inStep('begins when the outcome of the step before is durable, not sooner'),
  },
  {
    name: 'barrier-position',
    defence: 'A step body waits for the next flush only, not for all earlier writes.',
    edits: [{ file: 'lib/engine/write-ledger.ts', take: '(this.#waiters[0]?.position ?? 0) <= this.#acked', leave: 'count > 0' }],
    ...inStep('waits for every earlier write of its run, not for the first flush only'),
  },
  {
    name: 'deadline-check',
    defence: 'A step body begins without a lease.',
    edits: [
      {
        file: STEPS,
        take: 'for (let held = frame.session.leaseHeld(); held !== undefined; held = frame.session.leaseHeld()) await held;',
        leave: '',
      },
    ],
    ...inStep('begins under the lease only: without one it waits, and begins when there is one again'),
  },
  {
    name: 'lost-run-check',
    defence: 'A step body begins in a run that was lost while it waited.',
    edits: [
      {
        file: STEPS,
        take: 'if (!frame.isRunning || operation.isComplete) return;',
        leave: '',
      },
    ],
    ...inStep('does not begin in a run that was lost while it waited for the lease'),
  },
  {
    name: 'parking',
    defence: 'A step body begins in a process that drains.',
    edits: [{ file: STEPS, take: 'if (frame.session.isDraining || frame.isHolding) {', leave: 'if (frame.isHolding) {' }],
    ...inStep('does not begin in a process that drains: the run is handed back'),
  },
  {
    name: 'attempts-counted',
    defence: 'Attempts that failed before a takeover do not count.',
    edits: [{ file: STEPS, take: 'history.failedAttempts.get(operation.ordinal)?.count ?? 0', leave: '0' }],
    ...inStep('is told the attempt that it makes: those that failed before the takeover count'),
  },
  {
    name: 'one-at-a-time',
    defence: 'All outcomes that are there are handed over at once.',
    edits: [
      {
        file: 'lib/engine/delivery-pump.ts',
        take: 'if (run.deliverNext()) this.#waiting.add(run);',
        leave: 'while (run.deliverNext()) continue;',
      },
    ],
    ...inFrame('outcomes on replay › reach the code one at a time, with everything that follows from one before the next'),
  },
  {
    name: 'recorded-order',
    defence: 'Replay delivers in the order in which the code asked.',
    edits: [{ file: 'lib/engine/replay-log.ts', take: '(a.seq as number) - (b.seq as number)', leave: 'a.ordinal - b.ordinal' }],
    ...inFrame('outcomes on replay › come in the order in which they were delivered, not in that in which they were asked for'),
  },
  {
    name: 'seq-continues',
    defence: 'The order of delivery is counted from the start again after a takeover.',
    edits: [{ file: 'lib/engine/replay-log.ts', take: '(this.#inOrder.at(-1)?.seq ?? -1) + 1', leave: '0' }],
    ...inFrame('outcomes on replay › are followed by new ones, whose places in the order follow those recorded'),
  },
  {
    name: 'unrecorded-held-back',
    defence: 'On replay what is not recorded begins at once.',
    edits: [
      {
        file: FRAME,
        take: 'if (!this.log.isExhausted) this.services.pump.add(this);\n      else this.#begin(operation);',
        leave: 'this.services.pump.add(this);\n      if (this.log.at(operation.ordinal) === undefined) this.#begin(operation);',
      },
    ],
    ...inFrame('outcomes on replay › come before anything unrecorded begins'),
  },
  {
    name: 'replay-name-check',
    defence: 'Replay gives the recorded outcome to whatever asks for that ordinal.',
    edits: [{ file: FRAME, take: '(recorded.kind === kind && recorded.name === name)', leave: 'name !== undefined' }],
    ...inFrame('code that differs from its record › ends the run: it asks for a step in place of %s'),
  },
  {
    name: 'begun-name-check',
    defence: 'A pending wait is not checked against what the code asks for.',
    edits: [
      { file: 'lib/engine/replay-log.ts', take: 'this.at(ordinal) ?? begunAt(this.history, ordinal)', leave: 'this.at(ordinal)' },
    ],
    ...inFrame('code that differs from its record › ends the run: it asks for a step in place of %s'),
  },
  {
    name: 'record-exhausted',
    defence: 'Code may end before it has asked for all that is recorded.',
    edits: [{ file: 'lib/engine/run-executor.ts', take: 'if (next !== undefined)', leave: 'if (next === null)' }],
    ...inFrame('code that differs from its record › ends the run: it returns before it has asked for all that is recorded'),
  },
  {
    name: 'durable-result',
    defence: 'The result of a run is told before its status is durable.',
    edits: [
      {
        file: 'lib/engine/run-executor.ts',
        take: "frame.write('move', values, () => this.#ended(frame, status, output, error));",
        leave: "frame.write('move', values); this.#ended(frame, status, output, error);",
      },
    ],
    ...inFrame('the end of a run › is told when its status is durable, not sooner'),
  },
  {
    name: 'lane-pinning',
    defence: 'A run gets now this lane, now that.',
    edits: [
      {
        file: SESSION,
        take: 'runId.charCodeAt(runId.length - 1) % this.lanes.length',
        leave: '(globalThis.anyLane = (globalThis.anyLane ?? 0) + 1) % this.lanes.length',
      },
    ],
    ...inFrame('the end of a run › does not overtake what the run wrote before, however it ends: a run keeps to one lane'),
  },
  {
    name: 'busy-not-suspended',
    defence: 'A run is unloaded while one of its steps runs.',
    edits: [
      {
        file: 'lib/engine/frame-rest.ts',
        take: "if (operation.state === 'busy') return 'stay';",
        leave: "if (operation.state === 'busy') continue;",
      },
    ],
    ...inFrame('a run with a sleep › is not unloaded while one of its steps runs'),
  },
  {
    name: 'room-when-crowded',
    defence: 'A run that only waits keeps its slot, though others need it.',
    edits: [
      {
        file: 'lib/engine/frame-rest.ts',
        take: 'ports.isCrowded() ? Math.min(SOON_MS, suspendAfterMs) : suspendAfterMs',
        leave: 'suspendAfterMs',
      },
    ],
    spec: 'test/waiting/crowded.spec.ts',
    test: 'a process whose slots are all taken › unloads runs that wait for their children, which need the slots',
  },
  {
    name: 'wait-durable-first',
    defence: 'A sleep counts from when it was asked for, not from when it is durable.',
    edits: [
      {
        file: 'lib/engine/durable-wait.ts',
        take: '  const until =',
        leave:
          "  if ('delayMs' in target) operation.timer = clock.setTimer(target.delayMs, () => wake(frame, operation, fire));\n  const until =",
      },
    ],
    ...inFrame('a run with a sleep › counts it from the moment at which it is durable'),
  },
  {
    name: 'wait-resumed',
    defence: 'A sleep that had begun begins anew after a takeover.',
    edits: [
      {
        file: 'lib/durable/sleep.ts',
        take: 'if (begun !== undefined) resumeWait(frame, operation, begun, complete);\n  else if',
        leave: 'if',
      },
    ],
    ...inFrame('a run with a sleep › goes on with the one that it was in: until the time first set, without another row'),
  },
  {
    name: 'one-flush-on-wire',
    defence: 'A lane sends the next flush while one is on the wire.',
    edits: [
      {
        file: LANE,
        take: 'if (this.#scheduled || this.#onWire || this.#batches.length === 0) return;',
        leave: 'if (this.#scheduled || this.#batches.length === 0) return;',
      },
      { file: LANE, take: 'if (!this.#onWire) void this.#run();', leave: 'void this.#run();' },
    ],
    ...inLane('sends nothing while a flush is on the wire: two flushes may commit in another order'),
  },
  {
    name: 'flush-repetition',
    defence: 'A flush that fails for the connection is given up.',
    edits: [{ file: LANE, take: '        continue;\n', leave: '        return this.#lose(batch);\n' }],
    ...inLane('repeats a flush that fails for the connection, until it gets through'),
  },
  {
    name: 'data-error-split',
    defence: 'A flush that is refused for its data fails all of its runs.',
    edits: [{ file: LANE, take: 'if (batch.owners.size > 1) {', leave: 'if (batch.owners.size > 1_000) {' }],
    ...inLane('splits a flush that is refused for its data until the one bad owner is found'),
  },
  {
    name: 'refused-owner-silent',
    defence: 'What a run wrote after a refused write is sent all the same.',
    edits: [
      { file: LANE, take: 'this.#hasFailed ? whole.without((owner) => this.#failedOwners.has(owner)) : whole', leave: 'whole' },
    ],
    ...inLane('sends nothing more of an owner that was refused, and all of the others'),
  },
  {
    name: 'owners-apart',
    defence: 'An owner that stumbles over what is durable keeps the others from hearing of it.',
    edits: [
      {
        file: LANE,
        take: '        // What is durable is durable:',
        leave: '        return; //',
      },
    ],
    ...inLane('tells every owner what is durable, though one of them stumbles over it'),
  },
  {
    name: 'running-first',
    defence: 'RUNNING may leave after the first outcome of its run, whose history is then not read.',
    edits: [
      {
        file: LANE,
        take: '    if (this.#lazy.size > 0) this.#hasten(owner);\n    const batch = this.#gathering();',
        leave: '    const batch = this.#gathering();',
      },
    ],
    ...inLane('sends RUNNING before anything that the run writes: a run without it has no history to read'),
  },
  {
    name: 'written-together',
    defence: 'What belongs together is split over two flushes when the first is full.',
    edits: [
      {
        file: LANE,
        take: 'batch.add(owner, part, values, i === rows.length - 1',
        leave: 'this.#gathering().add(owner, part, values, i === rows.length - 1',
      },
    ],
    ...inLane('keeps together what belongs together, though the flush is full'),
  },
  {
    name: 'late-running',
    defence: 'A late RUNNING takes the place of the status that the run has reached.',
    edits: [{ file: 'lib/store/flush/flush-batch.ts', take: "if (values[0] === 'RUNNING') return;", leave: '' }],
    spec: 'test/engine/late-writes.spec.ts',
    test: 'a write that comes late › of RUNNING does not take the place of the status that the run has reached in the same flush',
  },
  {
    name: 'lease-wall-clock',
    defence: 'The lease is believed in although the wall clock says that it is over.',
    edits: [{ file: SESSION, take: ' && this.clock.now() < this.#deadlineWall', leave: '' }],
    ...inSession('is over when the wall clock says so, though the monotonic one stood still with the machine'),
  },
  {
    name: 'lease-monotonic',
    defence: 'The lease is believed in although the monotonic clock says that it is over.',
    edits: [{ file: SESSION, take: 'this.clock.monotonic() < this.#deadlineMonotonic && ', leave: '' }],
    ...inSession('is over when the monotonic clock says so, though somebody set the wall clock back'),
  },
  {
    name: 'lease-margin',
    defence: 'The lease is believed in until the others see it end.',
    edits: [{ file: 'lib/model/executor.ts', take: 'LEASE_SAFETY_MARGIN_MS = 1_000', leave: 'LEASE_SAFETY_MARGIN_MS = 0' }],
    ...inSession('is held from its renewal until one second before the others see it end'),
  },
  {
    name: 'timer-chunks',
    defence: 'Node is asked for a timer that is longer than it can hold.',
    edits: [
      {
        file: 'lib/kernel/clock.ts',
        take: 'Math.min(Math.max(Math.ceil(left), 0), LONGEST_TIMEOUT_MS)',
        leave: 'Math.max(Math.ceil(left), 0)',
      },
    ],
    spec: 'test/unit/kernel/clock.spec.ts',
    test: 'a timer › that is longer than Node can hold is waited for in pieces that Node can hold',
  },
  {
    name: 'timer-never-early',
    defence: 'A timer fires when the one of Node does, which may be early.',
    edits: [{ file: 'lib/kernel/clock.ts', take: 'if (performance.now() < dueAt) arm();\n      else fire();', leave: 'fire();' }],
    spec: 'test/unit/kernel/clock.spec.ts',
    test: 'a timer › never fires early, though the one of Node does',
  },
  {
    name: 'database-clock',
    defence: 'Waits are timed by the wall clock of this machine.',
    edits: [
      {
        file: 'lib/store/database-clock.ts',
        take: 'return this.#offset === undefined ? this.clock.now() : this.#offset + this.clock.monotonic();',
        leave: 'return this.clock.now();',
      },
    ],
    spec: 'test/unit/store/database-clock.spec.ts',
    test: 'the clock of the database, as known here › is not the wall clock of this machine, which may be an hour ahead',
  },
  {
    name: 'database-clock-set-back',
    defence: 'A database whose clock is set back is not followed.',
    edits: [{ file: 'lib/store/database-clock.ts', take: ' || offset < this.#offset - 1_000', leave: '' }],
    spec: 'test/unit/store/database-clock.spec.ts',
    test: 'the clock of the database, as known here › follows when the database is set back: ahead of it, timers would be early',
  },
];
