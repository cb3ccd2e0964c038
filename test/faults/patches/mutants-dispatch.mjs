/** What a process defends around its claims, its lease and the runs of the dead. For mutants.mjs. */
const CLAIMER = 'lib/dispatch/claimer.ts';
const HOST = 'lib/dispatch/executor-host.ts';
const RESCUER = 'lib/dispatch/lease-rescuer.ts';
const STRAYS = 'lib/dispatch/stray-run-releaser.ts';

const inClaimer = (test) => ({ spec: 'test/unit/dispatch/claimer.spec.ts', test });
const inHost = (test) => ({ spec: 'test/unit/dispatch/executor-host.spec.ts', test });

export const DISPATCH_MUTANTS = [
  {
    name: 'history-after-claim',
    defence: 'The histories of what may be claimed are read before the claim commits.',
    edits: [
      {
        file: CLAIMER,
        take: '    const runs = open === 0 ? [] : await this.#withSlots(session, open, () => this.#claimFairly(session, served, open));\n    await this.#execute(session, runs);',
        leave: `    const { database } = this.histories as unknown as { database: { schema: string; query(text: string, values: unknown[]): Promise<{ id: string }[]> } };
    const rows = await database.query(\`select workflow_id id from \${database.schema}.workflow_status where name = any ($1) and completed_at is null\`, [served.names]);
    const early = await this.histories.findHistories(rows.map(({ id }) => id));
    const runs = open === 0 ? [] : await this.#withSlots(session, open, () => this.#claimFairly(session, served, open));
    await this.#execute(session, runs, [], early);`,
      },
      {
        file: CLAIMER,
        take: 'watches: readonly RunWatch[] = []',
        leave: 'watches: readonly RunWatch[] = [], early?: never',
      },
      {
        file: CLAIMER,
        take: 'await this.histories.findHistories(begun);',
        leave: 'early ?? (await this.histories.findHistories(begun));',
      },
    ],
    spec: 'test/engine/history-after-claim.spec.ts',
    test: 'the history of a claimed run › has the last checkpoint of the owner before, also when that came while the claim was waiting',
  },
  {
    name: 'history-read-again',
    defence: 'A run begins without its history when that could not be read.',
    edits: [
      {
        file: CLAIMER,
        take: 'await this.histories.findHistories(begun);',
        leave: 'await this.histories.findHistories(begun).catch(() => new Map());',
      },
    ],
    ...inClaimer('a claimed run › does not begin without its history: reading it is repeated until it succeeds'),
  },
  {
    name: 'handing-over',
    defence: 'A run whose history is being read is taken for a stray.',
    edits: [{ file: STRAYS, take: ' && !session.handingOver.has(runId)', leave: '' }],
    ...inClaimer('a claimed run › is no stray while its history is read'),
  },
  {
    name: 'claims-in-flight',
    defence: 'A run whose claim has not been answered yet is taken for a stray.',
    edits: [{ file: STRAYS, take: 'SETTLED_MS + session.oldestClaimMs()', leave: 'SETTLED_MS' }],
    ...inClaimer('a claimed run › is no stray while the answer to its claim is only late'),
  },
  {
    name: 'strays-released',
    defence: 'Runs that this process owns but does not hold stay so for ever.',
    edits: [{ file: STRAYS, take: 'if (again.length === 0) return 0;', leave: 'if (again.length >= 0) return 0;' }],
    ...inClaimer('a claimed run › whose claim was never answered goes back to the queue, once it was seen twice'),
  },
  {
    name: 'strays-seen-twice',
    defence: 'A run is taken for a stray at first sight.',
    edits: [{ file: STRAYS, take: 'strays.filter(({ token }) => this.#seen.has(token))', leave: 'strays' }],
    ...inClaimer('a claimed run › whose claim was never answered goes back to the queue, once it was seen twice'),
  },
  {
    name: 'slots-first',
    defence: 'A claim takes its slots when it is answered: eager starts fill them meanwhile.',
    edits: [
      { file: CLAIMER, take: '    this.slots.take(limit);\n', leave: '' },
      { file: CLAIMER, take: 'unused -= runs.length;', leave: 'unused -= runs.length; this.slots.take(limit);' },
    ],
    ...inClaimer('a claim › holds the slots that it asks for while it is under way, and gives back what it does not need'),
  },
  {
    name: 'suspect-when-empty',
    defence: 'A run that may take its process down is claimed while others run here.',
    edits: [
      {
        file: 'lib/dispatch/suspect-probe.ts',
        take: 'if (!this.#isSettled(session)) {',
        leave: 'if (false) {',
      },
    ],
    ...inClaimer('a run that may take its process down › is claimed only when nothing else runs here'),
  },
  {
    name: 'suspect-alone',
    defence: 'Others are claimed beside a run that may take its process down.',
    edits: [{ file: CLAIMER, take: 'if (!this.takesNewRuns) return {', leave: 'if (false) return {' }],
    ...inClaimer('a run that may take its process down › has no neighbours until it has recorded something'),
  },
  {
    name: 'lease-from-sending',
    defence: 'The lease counts from the answer to its renewal, not from when that was sent.',
    edits: [
      {
        file: HOST,
        take: 'session.renewed(sentMonotonic, sentWall, this.options.leaseMs);',
        leave: 'session.renewed(this.clock.monotonic(), this.clock.now(), this.options.leaseMs);',
      },
    ],
    ...inHost('a renewal of the lease › counts from the moment at which it was sent, however long its answer travels'),
  },
  {
    name: 'renewal-refused',
    defence: 'A process does not care that its renewal found it retired.',
    edits: [{ file: HOST, take: 'if (!held) this.#replace(session);', leave: '' }],
    ...inHost('a renewal of the lease › that is refused ends this life: what it held is lost, and another begins under a new id'),
  },
  {
    name: 'retired-flush',
    defence: 'A process does not care that its flush found it retired.',
    edits: [{ file: HOST, take: 'onRetired: () => this.#replace(session),', leave: 'onRetired: () => undefined,' }],
    ...inHost('a write that is refused because the executor is retired › ends this life as well, at once'),
  },
  {
    name: 'replaced-once',
    defence: 'A refusal that comes late ends the life that has begun since.',
    edits: [{ file: HOST, take: '    if (this.#session !== session) return;\n', leave: '' }],
    ...inHost(
      'a write that is refused because the executor is retired › ends the life that it was written in, not the one that has begun since',
    ),
  },
  {
    name: 'busy-fence-skipped',
    defence: 'One executor whose fence is busy keeps the others from being rescued.',
    edits: [{ file: RESCUER, take: 'if (!isLockTimeout(error)) throw error;', leave: 'throw error;' }],
    spec: 'test/unit/dispatch/lease-rescuer.spec.ts',
    test: 'a lease rescuer › goes on with the next executor when the fence of one is busy, and does not take it for an outage',
  },
  {
    name: 'rescue-repetition',
    defence: 'Only who retired an executor re-queues its runs, once.',
    edits: [
      {
        file: RESCUER,
        take: 'if (await this.executors.retire(executorId, { ifExpired: true }))',
        leave:
          'if ((await this.executors.retire(executorId, { ifExpired: true })) && (globalThis.retiredNow ??= []).push(executorId))',
      },
      { file: RESCUER, take: 'await this.executors.listUncleared()', leave: '(globalThis.retiredNow ?? []).splice(0)' },
    ],
    spec: 'test/engine/rescue.spec.ts',
    test: 'a sweep › finishes the rescue that another process began, and goes on with what it had to pass over',
  },
  {
    name: 'own-lease-spared',
    defence: 'A process that was busy for long retires itself.',
    edits: [{ file: RESCUER, take: 'listLeases(this.ownExecutorId() ?? null)', leave: 'listLeases(null)' }],
    spec: 'test/engine/rescue.spec.ts',
    test: 'a sweep › retires whose lease is over, but not its own process: that one renews, or is told that it was retired',
  },
  {
    name: 'grace-after-outage',
    defence: 'Right after an outage, in which nobody could renew, leases are judged at once.',
    edits: [{ file: RESCUER, take: 'this.#graceUntil = this.clock.monotonic() + GRACE_AFTER_OUTAGE_MS;', leave: '' }],
    spec: 'test/unit/dispatch/lease-rescuer.spec.ts',
    test: 'a lease rescuer › gives the living two seconds to renew after an outage, in which every lease looks expired',
  },
  {
    name: 'held-run-watch',
    defence: 'Nobody tells a run that it was cancelled or taken over elsewhere.',
    edits: [
      {
        file: 'lib/dispatch/held-run-watch.ts',
        take: 'if (row?.isLost) frame.lost();',
        leave: 'if (row === null) frame.lost();',
      },
    ],
    spec: 'test/engine/rescue.spec.ts',
    test: 'the watch for lost runs › tells those that were cancelled or went elsewhere, and no others',
  },
  {
    name: 'eager-start-durable',
    defence: 'A run that is started eagerly begins before it is durable.',
    edits: [
      {
        file: 'lib/engine/run-starter.ts',
        take: '        begin,\n      );',
        leave: '        () => undefined,\n      );\n      begin();',
      },
    ],
    spec: 'test/unit/engine/run-starter.spec.ts',
    test: 'an eager start › begins and is told when the run is durable, not sooner',
  },
  {
    name: 'eager-start-handing-over',
    defence: 'A run that is being started eagerly is taken for a stray.',
    edits: [{ file: 'lib/engine/run-starter.ts', take: '    session.handingOver.add(run.runId);\n', leave: '' }],
    spec: 'test/unit/engine/run-starter.spec.ts',
    test: 'an eager start › is known as on its way from its first moment on, and so no stray',
  },
];
