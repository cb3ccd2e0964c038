// Defences of maintenance and of the cut-over: who is refused, what is not claimed, what is unloaded, who may never execute anything again.
const MAINTENANCE = 'migrations/0009-maintenance.ts';
const OWNERSHIP = 'migrations/0003-ownership.ts';
const CLAIM = 'migrations/0004-claim.ts';
const GATED = 'migrations/0007-claim-gated.ts';
const DIRECTORY = 'lib/engine/queue-directory.ts';
const WIRING = 'lib/nest/make-maintenance.ts';

const inStarts = (test) => ({ spec: 'test/maintenance/starts.spec.ts', test });
const inClaims = (test) => ({ spec: 'test/maintenance/claims.spec.ts', test });
const inDrain = (test) => ({ spec: 'test/maintenance/drain.spec.ts', test });
const inCancel = (test) => ({ spec: 'test/maintenance/cancel.spec.ts', test });
const inGenerations = (test) => ({ spec: 'test/maintenance/generations.spec.ts', test });
const inHost = (test) => ({ spec: 'test/unit/dispatch/executor-host.spec.ts', test });

const REFUSED = 'a start %s › is refused while all queues are in maintenance, and told why, by whom and until when';
const UNDER_WAY = 'a start %s › that is under way is waited for by whoever enters maintenance, and is there';
const REPEATED =
  'a start %s › that is repeated after a lost answer is the run that it made, also when the maintenance began meanwhile';
const NOT_CLAIMED = 'runs %s › are not claimed while all queues are in maintenance, and again when it is over';
const OTHER_QUEUES = 'runs %s › are claimed of other queues than the one in maintenance';
const CLAIM_WAITED_FOR = 'runs %s › that are being claimed are waited for by whoever enters maintenance';
const CLAIM_MEETS = 'runs %s › are not taken by a claim that meets a maintenance which is being entered';
const DEAF =
  'a process that has heard of nothing › can neither start, nor start at once, nor claim, while the cluster is drained';
const UNLOADED =
  'a run in memory when its queue is drained › %s: it leaves memory as soon as it waits, and goes on when that is over';
const NOT_DRAINED =
  'a swap › is refused while an executor has not heard, has runs, holds some in memory, or lets a step run whose run is over';
const RETIRES = 'a swap › retires every executor of the generation before: it can claim, renew and register no more';

const IS_THERE = 'and (select true from workflow_status r where r.workflow_id = u.run limit 1) is null);\n  end if;';

export const MAINTENANCE_MUTANTS = [
  // Starts.
  {
    name: 'maintained-start',
    defence: 'A start with a generated id is let in during maintenance.',
    edits: [{ file: MAINTENANCE, take: 'where not u.allowed and (', leave: 'where false and (' }],
    ...inStarts(REFUSED),
  },
  {
    name: 'maintained-start-id',
    defence: 'A start under an id of the caller’s choice, or in a transaction of the application, is let in during maintenance.',
    edits: [{ file: OWNERSHIP, take: 'where not u.allowed and u.parent is null and (', leave: 'where false and (' }],
    ...inStarts(REFUSED),
  },
  {
    name: 'maintained-debounce',
    defence: 'A debounced start is let in during maintenance.',
    edits: [{ file: MAINTENANCE, take: 'if not allowed and (', leave: 'if false and (' }],
    ...inStarts(REFUSED),
  },
  {
    name: 'maintained-end',
    defence: 'A maintenance counts after its end, until somebody has noticed.',
    edits: [
      {
        file: MAINTENANCE,
        take: '.maintenance m where m.until_at > clock_timestamp());',
        leave: '.maintenance m);',
      },
    ],
    ...inStarts('a start %s › is let in once the end of the maintenance has passed, whether anybody has noticed or not'),
  },
  {
    name: 'maintained-start-lock',
    defence: 'Entering maintenance does not wait for starts that are under way.',
    edits: [{ file: MAINTENANCE, take: '.take_control();', leave: '.control_key();' }],
    ...inStarts(UNDER_WAY),
  },
  {
    name: 'maintained-start-id-lock',
    defence: 'Entering maintenance does not wait for starts under ids of the callers’ choice.',
    edits: [{ file: OWNERSHIP, take: '  perform take_control();\n', leave: '' }],
    ...inStarts(UNDER_WAY),
  },
  {
    name: 'maintained-repeated-start',
    defence: 'A start is refused though a first copy of it has made the run.',
    edits: [{ file: MAINTENANCE, take: IS_THERE, leave: ');\n  end if;' }],
    ...inStarts(REPEATED),
  },
  {
    name: 'maintained-repeated-start-id',
    defence: 'A start under an id is refused though its run is there.',
    edits: [{ file: OWNERSHIP, take: IS_THERE, leave: ');\n  end if;' }],
    ...inStarts(REPEATED),
  },
  {
    name: 'maintained-child',
    defence: 'A child of a run under way is refused.',
    edits: [{ file: OWNERSHIP, take: 'where not u.allowed and u.parent is null and (', leave: 'where not u.allowed and (' }],
    ...inStarts('a child of a run under way › is enqueued, with an id of its own choice too'),
  },
  {
    name: 'maintained-key',
    defence: 'A start that is refused keeps the deduplication id.',
    edits: [
      {
        file: OWNERSHIP,
        take: ' is null and u.run <> all (shut)\n      order by',
        leave: ' is null\n      order by',
      },
    ],
    ...inStarts('a deduplication id › gives the run that has it, and is not taken by one that is refused'),
  },
  {
    name: 'maintained-epoch',
    defence: 'Entering maintenance does not count up the epoch: who has not heard begins runs at once.',
    edits: [
      {
        file: MAINTENANCE,
        take: '  perform change_control();\n  -- claims',
        leave: '  perform pg_advisory_xact_lock(control_key());\n  -- claims',
      },
    ],
    ...inStarts('an eager start › of a process that has not heard of the maintenance, or of its end, is refused'),
  },
  {
    name: 'maintained-eager',
    defence: 'A process begins runs at once though it has heard.',
    edits: [{ file: DIRECTORY, take: 'isUnlimited(queue) && !this.#maintained.has(name)', leave: 'isUnlimited(queue)' }],
    ...inDrain(DEAF),
  },
  {
    name: 'maintained-batch',
    defence: 'Of starts that go together all are refused with one.',
    edits: [
      {
        file: MAINTENANCE,
        take: "where not u.allowed and ('' = any (closed) or u.queue = any (closed))",
        leave: 'where true',
      },
    ],
    ...inStarts('runs that are started together › do not suffer from those of them that are refused'),
  },
  {
    name: 'maintained-memory',
    defence: 'A start in memory is accepted though the process has heard of the maintenance.',
    edits: [
      {
        file: 'lib/client/in-memory-starter.ts',
        take: 'if (!resolved.allowDuringMaintenance && ',
        leave: 'if (false && ',
      },
    ],
    ...inDrain('a start in memory › is refused at once, unless it is allowed; what was accepted before is written'),
  },
  {
    name: 'maintained-accepted',
    defence: 'What was accepted in memory before the maintenance is refused when it is written.',
    edits: [{ file: 'lib/nest/make-in-memory.ts', take: 'areAccepted: true', leave: 'areAccepted: false' }],
    ...inDrain('a start in memory › is refused at once, unless it is allowed; what was accepted before is written'),
  },
  // Claims.
  {
    name: 'maintained-claim',
    defence: 'Runs that need no permit are claimed while all queues are in maintenance.',
    edits: [
      {
        file: CLAIM,
        take: "  perform enqueue_due(1000);\n  if '' = any (closed) then return; end if;\n",
        leave: '  perform enqueue_due(1000);\n',
      },
    ],
    ...inClaims(NOT_CLAIMED),
  },
  {
    name: 'maintained-claim-queue',
    defence: 'Runs that need no permit are claimed of a queue in maintenance.',
    edits: [{ file: CLAIM, take: ' and q.queue <> all ($7)\n)', leave: '\n)' }],
    ...inClaims(OTHER_QUEUES),
  },
  {
    name: 'maintained-suspects',
    defence: 'Runs that were rescued in vain are claimed while all queues are in maintenance.',
    edits: [
      {
        file: CLAIM,
        take: "  closed := take_maintained();\n  if '' = any (closed) then return; end if;\n",
        leave: '  closed := take_maintained();\n',
      },
    ],
    ...inClaims(NOT_CLAIMED),
  },
  {
    name: 'maintained-suspects-queue',
    defence: 'Runs that were rescued in vain are claimed of a queue in maintenance.',
    edits: [{ file: CLAIM, take: ' and q.queue <> all ($7))) and r.name', leave: ')) and r.name' }],
    ...inClaims(OTHER_QUEUES),
  },
  {
    name: 'maintained-suspects-lock',
    defence: 'Entering maintenance does not wait for claims of runs that were rescued in vain.',
    edits: [
      {
        file: CLAIM,
        take: '  closed := take_maintained();',
        leave: '  closed := array(select m.scope from maintenance m where m.until_at > clock_timestamp());',
      },
    ],
    ...inClaims(CLAIM_WAITED_FOR),
  },
  {
    name: 'maintained-gated',
    defence: 'Runs that need a permit are claimed while all queues are in maintenance.',
    edits: [
      { file: GATED, take: "  if '' = any (closed) then return; end if;\n", leave: '' },
      {
        file: GATED,
        take: '    continue when (select true from maintenance m',
        leave: '    continue when false and (select true from maintenance m',
      },
    ],
    ...inClaims(NOT_CLAIMED),
  },
  {
    name: 'maintained-gated-queue',
    defence: 'Runs that need a permit are claimed of a queue in maintenance.',
    edits: [
      { file: GATED, take: ' and c.queue <> all (closed)\n', leave: '\n' },
      {
        file: GATED,
        take: '    continue when (select true from maintenance m',
        leave: '    continue when false and (select true from maintenance m',
      },
    ],
    ...inClaims(OTHER_QUEUES),
  },
  {
    name: 'maintained-gated-again',
    defence: 'A claim that has waited for the row of its queue does not look for a maintenance again.',
    edits: [
      {
        file: GATED,
        take: '    continue when (select true from maintenance m',
        leave: '    continue when false and (select true from maintenance m',
      },
    ],
    ...inClaims(CLAIM_MEETS),
  },
  {
    name: 'maintained-gated-lock',
    defence: 'Entering maintenance does not wait for claims of runs that need a permit.',
    edits: [{ file: MAINTENANCE, take: 'order by q.queue for no key update;', leave: 'order by q.queue;' }],
    ...inClaims(CLAIM_WAITED_FOR),
  },
  // What is in memory.
  {
    name: 'maintained-rest',
    defence: 'A run that waits stays in memory though its queue is to be drained.',
    edits: [{ file: 'lib/engine/frame-rest.ts', take: 'queues.isMaintained(queue) ? 0 : ', leave: '' }],
    ...inDrain(UNLOADED),
  },
  {
    name: 'maintained-reconsider',
    defence: 'A run that is at rest already does not hear that it is to be unloaded.',
    edits: [{ file: WIRING, take: '        host.session?.reconsider();\n', leave: '' }],
    ...inDrain(UNLOADED),
  },
  {
    name: 'maintained-report',
    defence: 'An executor does not say at once that it has heard.',
    edits: [{ file: WIRING, take: 'if (queues.hasMaintenance && ', leave: 'if (false && ' }],
    ...inDrain(UNLOADED),
  },
  {
    name: 'maintained-lease-news',
    defence: 'An executor that nobody tells does not learn of changes with its lease.',
    edits: [{ file: WIRING, take: 'if (epoch !== queues.epoch)', leave: 'if (false)' }],
    ...inDrain('a process that has heard of nothing › learns of it with its lease, and says so'),
  },
  // Cancelling.
  {
    name: 'maintained-cancel-mark',
    defence: 'A maintenance cancels what was let in on purpose after it began.',
    edits: [{ file: MAINTENANCE, take: 'select created <= entered or ', leave: 'select true or ' }],
    ...inCancel(
      'a cancellation for maintenance › takes in batches what was there when it began and what that started as children, and nothing that came after it',
    ),
  },
  {
    name: 'maintained-cancel-children',
    defence: 'A maintenance does not cancel what a cancelled run has started as its child meanwhile.',
    edits: [{ file: MAINTENANCE, take: 'coalesce((select p.queue = any (within)', leave: 'coalesce((select false' }],
    ...inCancel(
      'a cancellation for maintenance › takes in batches what was there when it began and what that started as children, and nothing that came after it',
    ),
  },
  {
    name: 'maintained-cancel-busy',
    defence: 'A maintenance forgets to cancel a run whose row somebody has.',
    edits: [{ file: MAINTENANCE, take: ' or cardinality(cancelled) < cardinality(candidates);', leave: ';' }],
    ...inCancel('a cancellation for maintenance › passes over a run whose row somebody has, and says that it is left'),
  },
  // Generations.
  {
    name: 'swap-maintenance',
    defence: 'The generation is swapped without maintenance.',
    edits: [{ file: MAINTENANCE, take: "then 'MAINTENANCE_REQUIRED' end;", leave: 'then null end;' }],
    ...inGenerations('a swap › is refused unless all queues are in maintenance, and changes nothing'),
  },
  {
    name: 'swap-heard',
    defence: 'An executor counts as drained that has not heard, or has runs in its memory.',
    edits: [{ file: MAINTENANCE, take: '(l.is_over or l.heard and l.depth = 0)', leave: 'true' }],
    ...inGenerations(NOT_DRAINED),
  },
  {
    name: 'swap-owned',
    defence: 'An executor counts as drained that owns runs, or lets a step of one run that is over.',
    edits: [{ file: MAINTENANCE, take: 'o.runs = 0 and g.runs = 0 and (', leave: '(' }],
    ...inGenerations(NOT_DRAINED),
  },
  {
    name: 'swap-unrescued',
    defence: 'The generation is swapped while runs of a dead executor are not rescued.',
    edits: [{ file: MAINTENANCE, take: 'when t.undrained > 0 or t.in_flight > 0 then', leave: 'when t.undrained > 0 then' }],
    ...inGenerations('a swap › is refused while a run of an executor that died is not rescued'),
  },
  {
    name: 'swap-retires',
    defence: 'The executors of the old generation live on.',
    edits: [{ file: MAINTENANCE, take: 'loop perform retire_executor(one, false); end loop;', leave: 'loop null; end loop;' }],
    ...inGenerations(RETIRES),
  },
  {
    name: 'swap-for-good',
    defence: 'A process of the old generation registers anew.',
    edits: [
      {
        file: MAINTENANCE,
        take: "  if its_role <> 'client' and of_generation < current_one then return; end if;\n",
        leave: '',
      },
    ],
    ...inGenerations(RETIRES),
  },
  {
    name: 'swap-registration',
    defence: 'The swap does not wait for an executor that registers.',
    edits: [{ file: MAINTENANCE, take: '  epoch_now := take_control();\n', leave: '  epoch_now := 1;\n' }],
    ...inGenerations(
      'a swap › that meets an executor which is registering retires it too, or sees it afterwards as one of the new generation',
    ),
  },
  {
    name: 'swap-generation-kept',
    defence: 'A process that registers anew forgets its generation.',
    edits: [{ file: 'lib/dispatch/executor-host.ts', take: '        this.#generation,\n', leave: '        null,\n' }],
    ...inGenerations(
      'the processes of a generation that was swapped › go on as clients: they start runs, which only the new generation executes',
    ),
  },
  {
    name: 'swap-told-once',
    defence: 'A process of the old generation tries to register for ever.',
    edits: [
      {
        file: 'lib/dispatch/executor-host.ts',
        take: "if (WorkflowsError.is(error, 'GENERATION_OVER')) {",
        leave: 'if (false) {',
      },
    ],
    ...inHost('a life whose generation is over › is not followed by another: that is tried once, and told once'),
  },
];
