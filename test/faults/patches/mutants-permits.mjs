// Defences of permits: the lock under which they are counted, and how long one lasts.
const FLUSH = 'migrations/0002-flush.ts';
const OWNERSHIP = 'migrations/0003-ownership.ts';
const CLAIM = 'migrations/0004-claim.ts';
const WAKING = 'migrations/0005-waking.ts';
const QUEUES = 'migrations/0006-queues.ts';
const GATED = 'migrations/0007-claim-gated.ts';
const EXECUTOR = 'lib/engine/run-executor.ts';
const RETURNER = 'lib/dispatch/permit-returner.ts';
const inRaces = (test) => ({ spec: 'test/queues/permit-races.spec.ts', test });
const inReturns = (test) => ({ spec: 'test/queues/permit-returns.spec.ts', test });
const inLine = (test) => ({ spec: 'test/queues/permit-line.spec.ts', test });
const inLimits = (test) => ({ spec: 'test/queues/permit-limits.spec.ts', test });
const inLingering = (test) => ({ spec: 'test/queues/permit-lingering.spec.ts', test });

export const PERMIT_MUTANTS = [
  // The lock.
  {
    name: 'permit-lock',
    defence: 'Whoever counts permits does not lock their queue.',
    edits: [
      { file: GATED, take: 'c.queue = candidate for no key update;', leave: 'c.queue = candidate;' },
      { file: GATED, take: 'c.queue = candidate for no key update skip locked;', leave: 'c.queue = candidate;' },
    ],
    ...inRaces(
      'four connections that race › over queues and partitions never hold more than a limit allows, use all of it, and leave nobody behind (seed %s)',
    ),
  },
  {
    name: 'permit-lock-waits',
    defence: 'Whoever has waited for another claim counts permits without the lock.',
    edits: [{ file: GATED, take: 'c.queue = candidate for no key update;', leave: 'c.queue = candidate;' }],
    ...inRaces('a claim that meets another one of the same queue › waits for it, and finds no permit left'),
  },
  {
    name: 'permit-lock-skips',
    defence: 'Whoever does not wait for another claim counts permits without the lock.',
    edits: [{ file: GATED, take: 'c.queue = candidate for no key update skip locked;', leave: 'c.queue = candidate;' }],
    ...inRaces('a claim that meets another one of the same queue › and has no time to wait passes over the queue, and says so'),
  },
  {
    name: 'gated-fence',
    defence: 'A claim of runs that need a permit does not ask whether its executor is alive.',
    edits: [{ file: GATED, take: '  if not take_fence(me) then return; end if;\n', leave: '' }],
    ...inLimits(
      'a claim of runs that need a permit › takes nothing for an executor that is retired, and waits for a retirement under way',
    ),
  },
  {
    name: 'partition-limit',
    defence: 'The permits of a partition are not counted.',
    edits: [
      {
        file: GATED,
        take: 'r.partition_key = l.partition_key and r.permit\n                                   limit',
        leave: 'r.partition_key = l.partition_key and r.permit and false\n                                   limit',
      },
    ],
    ...inLine('a partition › goes out of line when it has no permit left, so that it does not stand in the way of others'),
  },
  // How long a permit lasts.
  {
    name: 'permit-while-waiting',
    defence: 'A run gives its permit back when it is unloaded.',
    edits: [
      {
        file: FLUSH,
        take: "when u.status in ('WAITING', 'HELD') then u.busy is true or not exists (",
        leave: "when u.status in ('WAITING', 'HELD') then false and not exists (",
      },
    ],
    ...inReturns('a run that is not over › keeps its permit while it waits, and goes on without asking for another'),
  },
  {
    name: 'release-while-waiting',
    defence: 'A run keeps its permit while it waits, whatever its queue says.',
    edits: [
      {
        file: FLUSH,
        take: "when u.status in ('WAITING', 'HELD') then u.busy is true or not exists (",
        leave: "when u.status in ('WAITING', 'HELD') then true or not exists (",
      },
    ],
    ...inReturns(
      'a run that is not over › gives it back while it waits where its queue says so, and is in line again when it is due',
    ),
  },
  {
    name: 'rescue-permit',
    defence: 'A rescued run loses its permit.',
    edits: [{ file: OWNERSHIP, take: 'permit = j.attempts <= r.max_recovery_attempts,', leave: 'permit = false,' }],
    ...inReturns('a run that is not over › keeps it when it is rescued, and counts as one that has it'),
  },
  {
    name: 'cancel-permit',
    defence: 'The cancellation of a run that an executor runs gives its permit back at once.',
    edits: [{ file: OWNERSHIP, take: 'permit = permit and r.claimed_by is not null where', leave: 'permit = false where' }],
    ...inReturns('a cancellation › of a run that an executor runs leaves the permit until that has let go'),
  },
  {
    name: 'cancel-permit-owner',
    defence: 'A cancellation leaves the permit to the executor that it saw first, though that has let go of the run since.',
    edits: [
      {
        file: OWNERSHIP,
        take: 'permit = permit and r.claimed_by is not null where',
        leave: 'permit = permit and owner is not null where',
      },
    ],
    ...inReturns(
      'a cancellation › that waited while its run was suspended gives the permit back: nobody is there who could let go',
    ),
  },
  {
    name: 'busy-permit',
    defence: 'A run that is over gives its permit back though a step body of it still runs.',
    edits: [{ file: FLUSH, take: 'then u.busy is true\n', leave: 'then false\n' }],
    ...inReturns('a run that is over › while a step body of it still runs keeps its permit until its owner has let go'),
  },
  {
    name: 'busy-told',
    defence: 'A process does not say that a step body of a run that ends still runs.',
    edits: [
      {
        file: EXECUTOR,
        take: 'if (!frame.bodies.isBusy || execution === undefined) return false;',
        leave: 'if (frame !== undefined || execution === undefined) return false;',
      },
    ],
    ...inLingering(
      'a run that is over while a step body of it still runs › says so with its last write, and its process lets go when the body is done',
    ),
  },
  {
    name: 'busy-let-go',
    defence: 'Nobody lets go of a run whose last body ends after it.',
    edits: [{ file: EXECUTOR, take: 'if (!this.#executions.has(frame)) this.#letGo(frame, execution);', leave: '' }],
    ...inLingering(
      'a run that is over while a step body of it still runs › says so with its last write, and its process lets go when the body is done',
    ),
  },
  {
    name: 'busy-end-durable',
    defence: 'A process lets go of a run whose end is still on its way.',
    edits: [
      {
        file: EXECUTOR,
        take: 'if (!this.#executions.has(frame)) this.#letGo(frame, execution);',
        leave: 'this.#letGo(frame, execution);',
      },
    ],
    ...inLingering(
      'a run that is over while a step body of it still runs › is let go when its end is durable, if the body was done before',
    ),
  },
  {
    name: 'lost-busy',
    defence: 'A process lets go of a cancelled run while a body of it runs.',
    edits: [{ file: EXECUTOR, take: 'execution !== undefined && !this.#lingers(frame);', leave: 'execution !== undefined;' }],
    ...inLingering('a run that turns out to be cancelled › is let go when the body that runs is done, not sooner'),
  },
  {
    name: 'sweep-lingering',
    defence: 'The sweep gives back permits of runs of which a body still runs.',
    edits: [{ file: RETURNER, take: ' && !lingering.has(runId)', leave: '' }],
    ...inLingering(
      'the sweep for permits › gives back those of runs of which nothing is left here: no frame, no body, and none on its way',
    ),
  },
  {
    name: 'sweep-claiming',
    defence: 'The sweep gives back permits of runs that a claim under way may hand over yet.',
    edits: [{ file: RETURNER, take: '    if (session.isClaiming) return;\n', leave: '' }],
    ...inLingering(
      'the sweep for permits › gives back nothing while a claim is under way: what that has taken, and somebody has cancelled since, may begin here yet',
    ),
  },
  {
    name: 'let-go-owner',
    defence: 'Anybody can let go of a run.',
    edits: [
      { file: QUEUES, take: 'r.workflow_id = any (runs) and r.claimed_by = who and', leave: 'r.workflow_id = any (runs) and' },
    ],
    ...inReturns('whoever lets go › gives back nothing of a run that is not over, or that is another executor’s'),
  },
  {
    name: 'let-go-over',
    defence: 'An executor can let go of a run that is not over.',
    edits: [{ file: QUEUES, take: 'r.permit and r.completed_at is not null\n    returning', leave: 'r.permit\n    returning' }],
    ...inReturns('whoever lets go › gives back nothing of a run that is not over, or that is another executor’s'),
  },
  {
    name: 'death-lets-go',
    defence: 'Nobody lets go of cancelled runs that a dead executor was busy with.',
    edits: [
      { file: WAKING, take: '  perform let_go(who, array(', leave: '  perform array(' },
      {
        file: WAKING,
        take: 'r.permit and r.completed_at is not null));\n',
        leave: 'r.permit and r.completed_at is not null);\n',
      },
      {
        file: WAKING,
        take: '    and not exists (select from workflow_status r where r.claimed_by = who and r.permit and r.completed_at is not null);',
        leave: ';',
      },
    ],
    ...inReturns(
      'the death of an executor › gives back the permits of runs that were cancelled while it ran them, also of one that is cancelled meanwhile',
    ),
  },
  {
    name: 'death-lets-all-go',
    defence: 'A retirement counts as complete though a run was cancelled since the look at what there is to let go.',
    edits: [
      {
        file: WAKING,
        take: '    and not exists (select from workflow_status r where r.claimed_by = who and r.permit and r.completed_at is not null);',
        leave: ';',
      },
    ],
    ...inReturns(
      'the death of an executor › gives back the permits of runs that were cancelled while it ran them, also of one that is cancelled meanwhile',
    ),
  },
  {
    name: 'suspects-permit',
    defence: 'Runs that were rescued in vain are claimed without a permit.',
    edits: [
      {
        file: CLAIM,
        take: "    and r.permit and r.status = 'ENQUEUED' and r.recovery_attempts >= 2\n  order by",
        leave: "    and r.status = 'ENQUEUED' and r.recovery_attempts >= 2\n  order by",
      },
    ],
    ...inLimits('a run that was rescued in vain › and has given its permit back while it waited needs one as any other'),
  },
];
