/** What changes of ownership defend: claims, retirement, rescue, cancellation, release, and starts in SQL. For mutants.mjs. */
const CLAIM = 'migrations/0004-claim.ts';
const OWNERSHIP = 'migrations/0003-ownership.ts';
const MAINTENANCE = 'migrations/0009-maintenance.ts';
const FENCE = 'test/engine/fence.spec.ts';
const PROTOCOL = 'test/engine/claim-protocol.spec.ts';
const RESCUE = 'test/engine/rescue.spec.ts';
const STALE = 'test/store/stale-writes.spec.ts';

export const OWNERSHIP_MUTANTS = [
  {
    name: 'claim-fence',
    defence: 'A claim takes runs without asking whether its executor is alive.',
    edits: [
      {
        file: CLAIM,
        take: 'begin\n  if not take_fence(me) then return; end if;\n  -- a queue that gets',
        leave: 'begin\n  -- a queue that gets',
      },
    ],
    spec: PROTOCOL,
    test: 'a claim › of a retired or unknown executor takes nothing',
  },
  {
    name: 'suspect-fence',
    defence: 'The claim of a suspect does not ask whether its executor is alive.',
    edits: [
      {
        file: CLAIM,
        take: 'begin\n  if not take_fence(me) then return; end if;\n  closed := take_maintained();',
        leave: 'begin\n  closed := take_maintained();',
      },
    ],
    spec: PROTOCOL,
    test: 'a claim › of a retired or unknown executor takes nothing',
  },
  {
    name: 'claim-fence-lock',
    defence: 'A claim asks whether its executor is alive, but does not wait for a retirement under way.',
    edits: [
      {
        file: CLAIM,
        take: 'begin\n  if not take_fence(me) then return; end if;\n  -- a queue that gets',
        leave:
          'begin\n  if not exists (select from executors e where e.executor_id = me and e.alive) then return; end if;\n  -- a queue that gets',
      },
    ],
    spec: FENCE,
    test: 'a claim › that meets the retirement of its executor waits for it, and takes nothing',
  },
  {
    name: 'claim-lock',
    defence: 'A claim does not lock the runs that it is about to take.',
    edits: [
      {
        file: CLAIM,
        take: 'order by r.priority, r.created_at limit q.wanted for update skip locked',
        leave: 'order by r.priority, r.created_at limit q.wanted',
      },
    ],
    spec: FENCE,
    test: 'a claim › that meets another one takes nothing of what the other has taken',
  },
  {
    name: 'claim-token',
    defence: 'A claimed run keeps the token of its last owner.',
    edits: [
      {
        file: CLAIM,
        take: `claim_token = gen_random_uuid(), claimed_at = clock_timestamp(), wake_at = null
where r.workflow_id = any (array(select workflow_id from due union all`,
        leave: `claim_token = coalesce(r.claim_token, gen_random_uuid()), claimed_at = clock_timestamp(), wake_at = null
where r.workflow_id = any (array(select workflow_id from due union all`,
      },
    ],
    spec: 'test/engine/flush-protocol.spec.ts',
    test: 'a flush › that is repeated after the run went to another owner is refused, also under the same executor',
  },
  {
    name: 'claim-due-time',
    defence: 'A claim takes delayed and waiting runs before their time.',
    edits: [
      {
        file: CLAIM,
        take: `r.wake_at <= $6\n      order by r.wake_at limit $5) r`,
        leave: 'r.wake_at is not null\n      order by r.wake_at limit $5) r',
      },
      {
        file: CLAIM,
        take: 'r.wake_at <= $6\n    order by r.wake_at limit q.wanted',
        leave: 'r.wake_at is not null\n    order by r.wake_at limit q.wanted',
      },
    ],
    spec: PROTOCOL,
    test: 'a claim › takes no delayed or waiting run before its time',
  },
  {
    name: 'suspects-apart',
    defence: 'Runs that were rescued again and again are claimed among others.',
    edits: [
      {
        file: CLAIM,
        take: 'and r.recovery_attempts < 2) and r.wake_at <= $6\n      order by',
        leave: ') and r.wake_at <= $6\n      order by',
      },
      {
        file: CLAIM,
        take: 'and r.recovery_attempts < 2) and r.wake_at <= $6\n    order by',
        leave: ') and r.wake_at <= $6\n    order by',
      },
    ],
    spec: PROTOCOL,
    test: 'a claim › leaves alone runs that were rescued twice without progress; those are claimed alone',
  },
  {
    name: 'retire-fence',
    defence: 'A retirement does not wait for flushes under way.',
    edits: [{ file: OWNERSHIP, take: '  perform pg_advisory_xact_lock(fence_key(who));\n', leave: '' }],
    spec: FENCE,
    test: 'what changes the owner of a run › waits for a flush under way: a retirement',
  },
  {
    name: 'rescuer-reread',
    defence: 'Whoever found a lease expired does not look again under the lock.',
    edits: [
      { file: OWNERSHIP, take: '  if if_expired and expires >= clock_timestamp() then return false; end if;\n', leave: '' },
    ],
    spec: PROTOCOL,
    test: 'a retirement › for an expired lease happens once, and not if the lease was renewed first',
  },
  {
    name: 'lease-lock',
    defence: 'A retirement reads the lease without waiting for a renewal under way.',
    edits: [
      {
        file: OWNERSHIP,
        take: 'from executor_leases l where l.executor_id = who for update;',
        leave: 'from executor_leases l where l.executor_id = who;',
      },
    ],
    spec: FENCE,
    test: 'a retirement for an expired lease › that meets a renewal waits for it, and spares the executor',
  },
  {
    name: 'renewal-fence',
    defence: 'The lease row outlives the retirement, so a retired executor goes on renewing.',
    edits: [{ file: OWNERSHIP, take: '  delete from executor_leases where executor_id = who;\n', leave: '' }],
    spec: PROTOCOL,
    test: 'a retirement › for an expired lease happens once, and not if the lease was renewed first',
  },
  {
    name: 'requeue-retired-only',
    defence: 'The runs of a living executor can be re-queued.',
    edits: [{ file: OWNERSHIP, take: 'where e.executor_id = who and not e.alive;', leave: 'where e.executor_id = who;' }],
    spec: PROTOCOL,
    test: 'a retirement › is needed before runs are re-queued: those of a living executor are not touched',
  },
  {
    name: 'rescue-token',
    defence: 'A re-queued run keeps the token of its dead owner.',
    edits: [
      {
        file: OWNERSHIP,
        take: 'recovery_mark = j.recorded, claimed_by = null, claim_token = gen_random_uuid()',
        leave: 'recovery_mark = j.recorded, claimed_by = null',
      },
    ],
    spec: PROTOCOL,
    test: 'a rescue › re-queues every owned run in batches, under a new token, and then counts as done',
  },
  {
    name: 'cleared-when-empty',
    defence: 'A rescue counts as done although runs were passed over.',
    edits: [
      {
        file: 'migrations/0005-waking.ts',
        take: ` and not exists (
    select from workflow_status r where r.claimed_by = who and r.status in ('PENDING', 'RUNNING', 'STOPPING'))`,
        leave: '',
      },
    ],
    spec: PROTOCOL,
    test: 'a rescue › passes over runs that are being changed, and takes them in a later sweep',
  },
  {
    name: 'recovery-limit',
    defence: 'A run is rescued without end.',
    edits: [
      {
        file: OWNERSHIP,
        take: `status = case when j.attempts > r.max_recovery_attempts then 'DEAD' else`,
        leave: `status = case when false then 'DEAD' else`,
      },
    ],
    spec: PROTOCOL,
    test: 'a rescue › ends a run as DEAD once it was rescued more often than maxRecoveryAttempts without progress',
  },
  {
    name: 'progress-resets',
    defence: 'Progress does not reset the count of rescues.',
    edits: [
      {
        file: OWNERSHIP,
        take: 'case when o.recorded > r.recovery_mark then 0 else r.recovery_attempts end',
        leave: 'r.recovery_attempts',
      },
    ],
    spec: PROTOCOL,
    test: 'a rescue › counts from one again after the run has recorded something',
  },
  {
    name: 'recovery-mark',
    defence: 'What a run had recorded at its last rescue is not kept: it counts as progress for ever.',
    edits: [
      {
        file: OWNERSHIP,
        take: 'recovery_attempts = j.attempts, recovery_mark = j.recorded, ',
        leave: 'recovery_attempts = j.attempts, ',
      },
    ],
    spec: RESCUE,
    test: 'a sweep › counts from the last progress on: a run that recorded something once still ends as DEAD',
  },
  {
    name: 'graceful-uncounted',
    defence: 'A run that a deploy hands back counts as rescued.',
    edits: [{ file: OWNERSHIP, take: '+ case when rescue then 1 else 0 end attempts', leave: '+ 1 attempts' }],
    spec: PROTOCOL,
    test: 'a rescue › counts nothing for a graceful release',
  },
  {
    name: 'cancel-fence',
    defence: 'A cancellation does not wait for a flush of the owner.',
    edits: [{ file: OWNERSHIP, take: 'perform pg_advisory_xact_lock(fence_key(owner));', leave: 'null;' }],
    spec: FENCE,
    test: 'what changes the owner of a run › waits for a flush under way: a cancellation',
  },
  {
    name: 'cancel-owner-reread',
    defence: 'A cancellation does not notice that the owner changed between its look and its lock.',
    edits: [{ file: OWNERSHIP, take: 'if r.claimed_by is distinct from owner and', leave: 'if false and' }],
    spec: FENCE,
    test: 'what changes the owner of a run › asks again when the owner has changed since it looked: a cancellation that meets a claim',
  },
  {
    name: 'cancel-token',
    defence: 'A cancelled run keeps its token, so its owner goes on recording.',
    edits: [
      {
        file: OWNERSHIP,
        take: 'claim_token = gen_random_uuid(), end_pending = true, held_at = null, permit = permit and',
        leave: 'end_pending = true, held_at = null, permit = permit and',
      },
    ],
    spec: STALE,
    test: 'a write that comes after › the cancellation of its run is refused',
  },
  {
    name: 'overdue-reread',
    defence: 'The sweep for deadlines ends a run without looking again under the lock.',
    edits: [
      {
        file: OWNERSHIP,
        take: ' or (if_overdue and (r.deadline_at is null or r.deadline_at > clock_timestamp()))',
        leave: '',
      },
    ],
    spec: RESCUE,
    test: 'the end of an overdue run › looks at the deadline again under the lock',
  },
  {
    name: 'release-fence',
    defence: 'A release does not wait for a flush under way.',
    edits: [{ file: OWNERSHIP, take: '  perform pg_advisory_xact_lock(fence_key(me));\n', leave: '' }],
    spec: FENCE,
    test: 'what changes the owner of a run › waits for a flush under way: a release',
  },
  {
    name: 'release-token',
    defence: 'A release gives back whatever is owned by now, whoever claimed it.',
    edits: [{ file: OWNERSHIP, take: 'and r.claim_token = u.token and', leave: 'and' }],
    spec: RESCUE,
    test: 'a release › gives back what is owned under the token that was seen, not what was claimed since',
  },
  {
    name: 'release-terminal-guard',
    defence: 'A release takes a run back to the queue that is over.',
    edits: [{ file: OWNERSHIP, take: 'r.claimed_by = me and r.completed_at is null;', leave: 'r.claimed_by = me;' }],
    spec: RESCUE,
    test: 'a release › gives back nothing that is over or asleep by now',
  },
  {
    name: 'release-owner-guard',
    defence: 'A release wakes a run that has fallen asleep.',
    edits: [{ file: OWNERSHIP, take: 'r.claimed_by = me and r.completed_at is null;', leave: 'r.completed_at is null;' }],
    spec: RESCUE,
    test: 'a release › gives back nothing that is over or asleep by now',
  },
  {
    name: 'cancel-terminal-guard',
    defence: 'A cancellation ends a run that is over already.',
    edits: [{ file: OWNERSHIP, take: 'if r.completed_at is not null or (', leave: 'if (' }],
    spec: 'test/engine/cancel.spec.ts',
    test: 'cancel › of a run that is over changes nothing',
  },
  {
    name: 'expire-token',
    defence: 'A run that times out in the queue or asleep keeps its token.',
    edits: [
      {
        file: 'migrations/0008-commands.ts',
        take: 'completed_at = clock_timestamp(), wake_at = null, claim_token = gen_random_uuid(), end_pending',
        leave: 'completed_at = clock_timestamp(), wake_at = null, end_pending',
      },
    ],
    spec: STALE,
    test: 'a write that comes after › its run has timed out in the queue or asleep is refused, and leaves no wait',
  },
  {
    name: 'enqueue-keyed',
    defence: 'A repeated start runs into the run that it made.',
    edits: [{ file: MAINTENANCE, take: '\n  on conflict (workflow_id) do nothing;', leave: ';' }],
    spec: STALE,
    test: 'a start › into the queue that is repeated after a lost acknowledgement makes one run',
  },
  {
    name: 'start-id-keyed',
    defence: 'A second start under an id runs into the first.',
    edits: [
      {
        file: OWNERSHIP,
        take: '    on conflict do nothing\n    returning workflow_status.workflow_id\n',
        leave: '    returning workflow_status.workflow_id\n',
      },
    ],
    spec: 'test/engine/start-ids.spec.ts',
    test: 'a start under an id › gives the same run again, with the arguments of the first start',
  },
  {
    name: 'isolation-check',
    defence: 'Connections above READ COMMITTED are accepted: under the fence they read an older snapshot.',
    edits: [
      {
        file: 'lib/store/migrator.ts',
        take: `if (isolation.rows[0]?.level !== 'read committed')`,
        leave: 'if (isolation === undefined)',
      },
    ],
    spec: 'test/store/isolation.spec.ts',
    test: 'a connection above READ COMMITTED › is refused at boot: the fence would read an older snapshot',
  },
];
