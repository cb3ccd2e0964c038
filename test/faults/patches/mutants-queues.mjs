// Defences of queues: the line of partitions and its bells, what else limits, keys of starts.
const FLUSH = 'migrations/0002-flush.ts';
const OWNERSHIP = 'migrations/0003-ownership.ts';
const CLAIM = 'migrations/0004-claim.ts';
const QUEUES = 'migrations/0006-queues.ts';
const GATED = 'migrations/0007-claim-gated.ts';
const COMMANDS = 'migrations/0008-commands.ts';
const MAINTENANCE = 'migrations/0009-maintenance.ts';
const inRaces = (test) => ({ spec: 'test/queues/permit-races.spec.ts', test });
const inReturns = (test) => ({ spec: 'test/queues/permit-returns.spec.ts', test });
const inLine = (test) => ({ spec: 'test/queues/permit-line.spec.ts', test });
const inLimits = (test) => ({ spec: 'test/queues/permit-limits.spec.ts', test });
const inKeys = (test) => ({ spec: 'test/queues/permit-keys.spec.ts', test });
/** A statement of claim_gated. */
const BELLS = `    -- the bells: who has come into line, and where a permit came back
    with read as (
      delete from queue_doorbells d where d.queue = candidate and d.doorbell_id = any (array(
        select b.doorbell_id from queue_doorbells b where b.queue = candidate order by b.doorbell_id limit 2000))
      returning d.partition_key, d.name
    ), came as (
      insert into queue_partitions (queue, partition_key, name, turn)
      select distinct candidate, r.partition_key, r.name, q.next_turn from read r where r.name is not null
      on conflict do nothing
    ), freed as (
      update queue_partitions p set turn = q.next_turn
      where p.queue = candidate and p.turn is null and p.partition_key = any (array(select r.partition_key from read r where r.name is null))
    )
    select count(*) into bells from read;
`;

export const QUEUE_MUTANTS = [
  // Bells.
  {
    name: 'start-bell',
    defence: 'A start in a partition rings no bell.',
    edits: [{ file: MAINTENANCE, take: 'if cardinality(array_remove(partition_key, null)) > 0 then', leave: 'if false then' }],
    ...inLine('a start in a partition rings its bell, once for all of one call, and is found by a claim › with a generated id'),
  },
  {
    name: 'start-id-bell',
    defence: 'A start in a partition under an id of the caller’s choice rings no bell.',
    edits: [
      { file: OWNERSHIP, take: 'where u.partition_key is not null and (u.delay > 0) is not true and', leave: 'where false and' },
    ],
    ...inLine(
      'a start in a partition rings its bell, once for all of one call, and is found by a claim › with an id of the caller’s choice',
    ),
  },
  {
    name: 'child-bell',
    defence: 'The start of a child in a partition rings no bell.',
    edits: [{ file: FLUSH, take: "i.partition_key is not null and i.status = 'ENQUEUED';", leave: 'false;' }],
    ...inLine('a start in a partition rings its bell, once for all of one call, and is found by a claim › as a child'),
  },
  {
    name: 'delayed-bell',
    defence: 'A delayed run that enters its partition rings no bell.',
    edits: [{ file: QUEUES, take: 'from entered e where e.partition_key is not null;', leave: 'from entered e where false;' }],
    ...inLine(
      'a start in a partition rings its bell, once for all of one call, and is found by a claim › when its delay is over, not before',
    ),
  },
  {
    name: 'delayed-early',
    defence: 'A delayed run enters its queue before its time.',
    edits: [
      {
        file: QUEUES,
        take: "r.status in ('DELAYED','WAITING') and r.wake_at <= at order by",
        leave: "r.status in ('DELAYED','WAITING') order by",
      },
    ],
    ...inLine(
      'a start in a partition rings its bell, once for all of one call, and is found by a claim › when its delay is over, not before',
    ),
  },
  {
    name: 'end-bell',
    defence: 'A run that ends rings no bell.',
    edits: [
      { file: FLUSH, take: 'from moved m where m.partition_key is not null and not m.permit', leave: 'from moved m where false' },
    ],
    ...inReturns('a run that is over › as %s has given its permit back, and rung the bell of its partition'),
  },
  {
    name: 'let-go-bell',
    defence: 'Whoever lets go rings no bell.',
    edits: [{ file: QUEUES, take: 'from gone g where g.partition_key is not null;', leave: 'from gone g where false;' }],
    ...inReturns('a run that is over › while a step body of it still runs keeps its permit until its owner has let go'),
  },
  {
    name: 'dead-bell',
    defence: 'A run that is DEAD rings no bell.',
    edits: [{ file: OWNERSHIP, take: "where m.status = 'DEAD' and m.partition_key is not null\n", leave: 'where false\n' }],
    ...inReturns('a run that is over › because it was rescued too often has given its permit back, and rung the bell'),
  },
  {
    name: 'expired-permit',
    defence: 'A run whose time is over while nobody executes it keeps its permit.',
    edits: [{ file: COMMANDS, take: 'end_pending = true, permit = false\n', leave: 'end_pending = true\n' }],
    ...inReturns(
      'a run that is over › because its time was over while nobody executed it has given its permit back, and rung the bell',
    ),
  },
  {
    name: 'expired-bell',
    defence: 'A run whose time is over while nobody executes it rings no bell.',
    edits: [
      {
        file: COMMANDS,
        take: 'select distinct e.queue, e.partition_key from ended e where e.partition_key is not null',
        leave: 'select distinct e.queue, e.partition_key from ended e where false',
      },
    ],
    ...inReturns(
      'a run that is over › because its time was over while nobody executed it has given its permit back, and rung the bell',
    ),
  },
  {
    name: 'cancel-bell',
    defence: 'A cancellation that gives a permit back rings no bell.',
    edits: [
      {
        file: OWNERSHIP,
        take: 'if r.permit and r.claimed_by is null and r.partition_key is not null then',
        leave: 'if false then',
      },
    ],
    ...inReturns('a cancellation › of a run that %s gives its permit back at once, and rings the bell'),
  },
  // The line.
  {
    name: 'place-kept',
    defence: 'A partition goes out of line although runs of it wait.',
    edits: [{ file: GATED, take: 'filter (where not l.waits)', leave: 'filter (where l.free > 0)' }],
    ...inLine('a partition › stays in line while runs of it wait and a permit is left'),
  },
  {
    name: 'blocked-out-of-line',
    defence: 'A partition without permits stays in line, in the way of the others.',
    edits: [{ file: GATED, take: '      update queue_partitions p set turn = null where p.ctid = any (blocked);\n', leave: '' }],
    ...inLine('a partition › goes out of line when it has no permit left, so that it does not stand in the way of others'),
  },
  {
    name: 'bells-first',
    defence: 'A claim looks at the runs of a partition, and then at its bells.',
    edits: [
      { file: GATED, take: BELLS, leave: '' },
      {
        file: GATED,
        take: '    -- their heads, first one of each, then the second ones\n',
        leave: `    perform pg_sleep(0.3);\n${BELLS}    -- their heads\n`,
      },
    ],
    ...inLine('a partition › is not overlooked when a permit of it comes back while a claim looks at it'),
  },
  {
    name: 'freed-into-line',
    defence: 'A partition does not come back into line when a permit of it came back.',
    edits: [
      { file: GATED, take: 'p.turn is null and p.partition_key = any (array(', leave: 'false and p.partition_key = any (array(' },
    ],
    ...inLine('a partition › comes back into line when a permit of it came back'),
  },
  {
    name: 'raised-into-line',
    defence: 'Partitions stay out of line when their queue allows more of each.',
    edits: [{ file: QUEUES, take: 'if changed.partition_concurrency > q.partition_concurrency then', leave: 'if false then' }],
    ...inLine('a partition › comes back into line when its queue allows more of it'),
  },
  {
    name: 'partition-priority',
    defence: 'Within a partition the older run goes first, whatever its priority.',
    edits: [
      {
        file: GATED,
        take: 'row_number() over (order by r.priority, r.created_at, r.workflow_id) place',
        leave: 'row_number() over (order by r.created_at, r.workflow_id) place',
      },
      { file: GATED, take: 'order by r.priority, r.created_at limit p.free) r', leave: 'order by r.created_at limit p.free) r' },
    ],
    ...inLine('a partition › lets in the lower priority number first, then the older'),
  },
  {
    name: 'turn-advanced',
    defence: 'A partition that was served keeps its place at the head of the line.',
    edits: [
      { file: GATED, take: 'update queue_partitions p set turn = q.next_turn + 1 where p.ctid = any (at_end);', leave: '' },
    ],
    ...inLine('turns › go round: nobody is served twice while another waits, however many runs wait in a partition'),
  },
  {
    name: 'keyless-turn',
    defence: 'Runs outside of partitions always have their turn first.',
    edits: [{ file: GATED, take: 'then q.next_turn + 1 else q.keyless_turn end', leave: 'then 0 else q.keyless_turn end' }],
    ...inLine('turns › are shared with the runs outside of partitions, which have one together'),
  },
  {
    name: 'first-ones-first',
    defence: 'The partition at the head of the line is served as often as it can before the next one.',
    edits: [{ file: GATED, take: 'order by place, turn limit allowed) c;', leave: 'order by turn, place limit allowed) c;' }],
    ...inLine('turns › give each partition its first run before any has a second one in the same claim'),
  },
  // What else limits.
  {
    name: 'worker-here',
    defence: 'The limit per process does not count the runs that are there.',
    edits: [
      {
        file: GATED,
        take: 'least(room, q.worker_concurrency - coalesce(',
        leave: 'least(room, q.worker_concurrency - 0 * coalesce(',
      },
    ],
    ...inLimits('a limit per process › counts the runs that the process holds already'),
  },
  {
    name: 'worker-begun',
    defence: 'Runs that come back are claimed past the limit per process.',
    edits: [
      {
        file: CLAIM,
        take: 'select q.queue, n.name, q.worker_concurrency is null begun,',
        leave: 'select q.queue, n.name, true begun,',
      },
    ],
    ...inLimits('a limit per process › holds for runs that come back too: they are claimed with it only, and before new ones'),
  },
  {
    name: 'worker-suspects',
    defence: 'Runs that were rescued in vain are claimed past the limit per process.',
    edits: [
      {
        file: CLAIM,
        take: 'where q.worker_concurrency is null or s.place <= q.worker_concurrency - coalesce(u.here, 0)\n',
        leave: '',
      },
    ],
    ...inLimits('a limit per process › holds for runs that were rescued in vain and are tried apart from others'),
  },
  {
    name: 'rate-recorded',
    defence: 'What has begun is not counted against the rate.',
    edits: [{ file: GATED, take: 'if q.rate_limit is not null and cardinality(got) > 0 then', leave: 'if false then' }],
    ...inRaces('four connections that race › over a rate begin no more in any period than it allows'),
  },
  {
    name: 'rate-rounded-up',
    defence: 'A beginning is on record with a time before it.',
    edits: [{ file: GATED, take: 'to_timestamp(ceil(extract', leave: 'to_timestamp(floor(extract' }],
    ...inLimits('a rate › is on record with the claim, and not earlier than the run was claimed'),
  },
  {
    name: 'rate-period',
    defence: 'A beginning is given back before a whole period is over.',
    edits: [
      {
        file: GATED,
        take: "where e.at > clock_timestamp() - q.rate_period_ms * interval '1 ms';",
        leave: "where e.at > clock_timestamp() - q.rate_period_ms * interval '0.5 ms';",
      },
    ],
    ...inLimits('a rate › gives a beginning back when a whole period is over, not sooner'),
  },
  {
    name: 'pause-under-lock',
    defence: 'A claim does not look again whether its queue is paused once it has the lock.',
    edits: [{ file: GATED, take: 'continue when q.paused or room <= 0;', leave: 'continue when room <= 0;' }],
    ...inLimits('a pause › that a claim waits for holds for this claim'),
  },
  {
    name: 'claim-control',
    defence: 'A claim past the queue does not wait for a change of the queue that is under way.',
    edits: [{ file: CLAIM, take: '  perform take_control();\n', leave: '' }],
    ...inLimits('a pause › that is about to be made is waited for by a claim past the queue'),
  },
  {
    name: 'claim-open-only',
    defence: 'A claim past the queue takes runs of queues with a limit.',
    edits: [
      {
        file: CLAIM,
        take: 'q.concurrency is null and q.worker_concurrency is null and q.rate_limit is null and not q.paused fresh',
        leave: 'not q.paused fresh',
      },
    ],
    ...inLimits('a claim past the queue › takes nothing of a queue with a limit, and nothing of a partition'),
  },
  {
    name: 'claim-keyless-only',
    defence: 'A claim past the queue takes runs of partitions.',
    edits: [
      { file: CLAIM, take: 'not r.permit and r.partition_key is null\n      order by', leave: 'not r.permit\n      order by' },
      { file: CLAIM, take: 'not r.permit and r.partition_key is null\n    order by', leave: 'not r.permit\n    order by' },
    ],
    ...inLimits('a claim past the queue › takes nothing of a queue with a limit, and nothing of a partition'),
  },
  {
    name: 'eager-permit',
    defence: 'A run that was started past the queue has no permit.',
    edits: [{ file: FLUSH, take: "'PENDING', u.priority, true,", leave: "'PENDING', u.priority, false," }],
    ...inLimits('a start past the queue › has a permit, as any run that has begun'),
  },
  {
    name: 'eager-epoch',
    defence: 'A start past the queue does not ask whether the process knows the queues as they are.',
    edits: [{ file: FLUSH, take: '    where u.epoch = epoch_now\n', leave: '' }],
    ...inLimits('a start past the queue › is refused when the process does not know the queues as they are'),
  },
  {
    name: 'eager-control',
    defence: 'A start past the queue does not wait for a change of the queues that is under way.',
    edits: [{ file: FLUSH, take: 'epoch_now := take_control();', leave: 'epoch_now := (select c.epoch from control c);' }],
    ...inLimits('a start past the queue › waits for a change of the queues that is under way, and is refused'),
  },
  {
    name: 'change-epoch',
    defence: 'A change of a queue does not make what the processes know of it old.',
    edits: [{ file: QUEUES, take: 'set epoch = epoch + 1;', leave: 'set epoch = epoch;' }],
    ...inLimits('a start past the queue › is refused when the process does not know the queues as they are'),
  },
  {
    name: 'change-control',
    defence: 'A change of a queue does not wait for starts past it that are under way.',
    edits: [{ file: QUEUES, take: 'perform pg_advisory_xact_lock(', leave: 'perform coalesce(' }],
    ...inLimits('a start past the queue › that was under way when the queue got its limit is counted: the change waits for it'),
  },
  {
    name: 'gated-slots',
    defence: 'A claim of runs that need a permit asks for slots that eager starts have filled meanwhile.',
    edits: [
      {
        file: 'lib/dispatch/claimer.ts',
        take: 'Math.min(most - gated - runs.length, this.slots.available)',
        leave: 'most - gated - runs.length',
      },
    ],
    spec: 'test/unit/dispatch/claimer.spec.ts',
    test: 'a claim › of runs that need a permit asks for no more than the slots that are free by then',
  },
  // Keys of starts.
  {
    name: 'unique-while-alive',
    defence: 'A deduplication id is taken over from a run that is not over.',
    edits: [
      {
        file: OWNERSHIP,
        take: 'r.workflow_id = deduplication_keys.workflow_id and r.completed_at is not null',
        leave: 'r.workflow_id = deduplication_keys.workflow_id',
      },
    ],
    ...inKeys(
      'a deduplication id › is its run’s until that is over, delayed, in the queue, running or waiting; then it is the next one’s',
    ),
  },
  {
    name: 'unique-freed',
    defence: 'A deduplication id stays with its run for ever.',
    edits: [
      { file: OWNERSHIP, take: 'r.workflow_id = deduplication_keys.workflow_id and r.completed_at is not null', leave: 'false' },
    ],
    ...inKeys(
      'a deduplication id › is its run’s until that is over, delayed, in the queue, running or waiting; then it is the next one’s',
    ),
  },
  {
    name: 'unique-race',
    defence: 'A deduplication id is taken over from a run that this snapshot does not show.',
    edits: [
      {
        file: OWNERSHIP,
        take: 'where exists (select from workflow_status r\n        where r.workflow_id = deduplication_keys.workflow_id and r.completed_at is not null);',
        leave:
          'where not exists (select from workflow_status r\n        where r.workflow_id = deduplication_keys.workflow_id and r.completed_at is null);',
      },
    ],
    ...inKeys('a deduplication id › that is %s goes to one of two starts that meet, and the other is told of it'),
  },
  {
    name: 'unique-unstarted',
    defence: 'A child that is not started keeps its deduplication id.',
    edits: [{ file: OWNERSHIP, take: 'k.key = g.deduplication_id and k.workflow_id = g.workflow_id;', leave: 'false;' }],
    ...inKeys('a deduplication id › of a child that was not started because its parent was over is free'),
  },
  {
    name: 'debounce-begun',
    defence: 'A debounced run is given new arguments after it has begun.',
    edits: [
      {
        file: QUEUES,
        take: "where r.workflow_id = holder and r.status = 'DELAYED';",
        leave: 'where r.workflow_id = holder and r.completed_at is null;',
      },
    ],
    ...inKeys('a debounced run › that is %s keeps its arguments: the next call starts another run'),
  },
  {
    name: 'debounce-most',
    defence: 'A debounced run waits as long as somebody calls.',
    edits: [
      {
        file: QUEUES,
        take: "wake_at = least(at + period * interval '1 ms', r.debounce_until)",
        leave: "wake_at = at + period * interval '1 ms'",
      },
    ],
    ...inKeys('a debounced run › waits no longer than maxWait from its first call'),
  },
  {
    name: 'debounce-next-holder',
    defence: 'The key of a debounced run stays with one that has begun.',
    edits: [
      {
        file: QUEUES,
        take: 'update deduplication_keys k set workflow_id = run where k.scope = its_scope and k.key = debounce_key;',
        leave: '',
      },
    ],
    ...inKeys('a debounced run › that is %s keeps its arguments: the next call starts another run'),
  },
  {
    name: 'debounce-repeated',
    defence: 'A repeated call of a debounced start runs into the run that it made.',
    edits: [
      {
        file: QUEUES,
        take: '    if holder = run then return run; end if;\n',
        leave: "    if holder = run then raise exception 'again'; end if;\n",
      },
    ],
    ...inKeys(
      'a debounced run › is one for all who call at the same moment, and for a call that is repeated after a lost answer',
    ),
  },
];
