/** What a flush defends (migrations/0002-flush.ts): who may write, and that nothing counts twice. For mutants.mjs. */
const file = 'migrations/0002-flush.ts';
const FENCE = 'test/engine/fence.spec.ts';
const FLUSHES = 'test/engine/flush-protocol.spec.ts';
const LATE = 'test/engine/late-writes.spec.ts';
const REPEATED = 'test/engine/repeated-flush.spec.ts';
const STALE = 'test/store/stale-writes.spec.ts';

const repetition = {
  spec: FLUSHES,
  test: 'a flush › repeated after a lost acknowledgement changes nothing and answers the same',
};

/** One mutant for each part of a flush that a run that is lost must not write. */
const refusedPart = (part, take, leave) => ({
  name: `stale-${part}`,
  defence: `A flush writes the part "${part}" for runs whose token is not current too.`,
  edits: [{ file, take, leave }],
  spec: STALE,
  test: 'a write under the token of an earlier claim › changes nothing in any table, also with the status %s',
});

export const FLUSH_MUTANTS = [
  {
    name: 'fence-lock',
    defence: 'The fence tells whether the executor is alive, but takes no lock.',
    edits: [{ file, take: `  perform pg_advisory_xact_lock_shared(\${s}.fence_key(me));\n`, leave: '' }],
    spec: FENCE,
    test: 'a flush › that meets the retirement of its executor waits for it, and is refused',
  },
  {
    name: 'executor-alive',
    defence: 'The fence takes its lock, but does not ask whether the executor is alive.',
    edits: [
      {
        file,
        take: `return exists (select from \${s}.executors e where e.executor_id = me and e.alive);`,
        leave: 'return true;',
      },
    ],
    spec: FLUSHES,
    test: 'a flush › of a retired executor raises WF001 and writes nothing',
  },
  {
    name: 'fence-before-tokens',
    defence: 'A flush reads the tokens of its runs first and takes the fence then.',
    edits: [
      {
        file,
        take: `  if not take_fence(me) then
    raise exception 'executor % is retired', me using errcode = 'WF001';
  end if;
  lost := '{}';`,
        leave: `  lost := '{}';`,
      },
      {
        file,
        take: '  if cardinality(new_run) > 0 then\n    -- until the commit',
        leave: `  if not take_fence(me) then
    raise exception 'executor % is retired', me using errcode = 'WF001';
  end if;
  if cardinality(new_run) > 0 then\n    -- until the commit`,
      },
    ],
    spec: FENCE,
    test: 'a flush › that meets the cancellation of its run waits for it, and is refused for that run',
  },
  {
    name: 'token-check',
    defence: 'A flush accepts every token.',
    edits: [
      {
        file,
        take: `select coalesce(array_agg(u.run), '{}') into lost`,
        leave: `select coalesce(array_agg(u.run) filter (where false), '{}') into lost`,
      },
    ],
    spec: FLUSHES,
    test: 'a flush › refuses the run whose token is stale and accepts the others of the same batch',
  },
  refusedPart(
    'op',
    '    where u.run <> all (lost)\n    on conflict do nothing;\n  end if;\n  if cardinality(wait_run)',
    '    on conflict do nothing;\n  end if;\n  if cardinality(wait_run)',
  ),
  refusedPart('wait', 'where u.run <> all (lost) and r.claim_token = f.token and r.completed_at', 'where r.completed_at'),
  refusedPart('woken', 'and w.ordinal = u.ordinal and u.run <> all (lost);', 'and w.ordinal = u.ordinal;'),
  refusedPart(
    'attempt',
    '    where u.run <> all (lost)\n    on conflict do nothing;\n  end if;\n  if cardinality(event_run)',
    '    on conflict do nothing;\n  end if;\n  if cardinality(event_run)',
  ),
  refusedPart(
    'event-history',
    '    where u.run <> all (lost)\n    on conflict do nothing;\n    -- one row per key',
    '    on conflict do nothing;\n    -- one row per key',
  ),
  refusedPart('event', '    where u.run <> all (lost)\n    order by u.run, u.key', '    order by u.run, u.key'),
  refusedPart(
    'chunk',
    '    where u.run <> all (lost)\n    on conflict do nothing;\n  end if;\n  if cardinality(again_run)',
    '    on conflict do nothing;\n  end if;\n  if cardinality(again_run)',
  ),
  refusedPart('taken', 'and n.taken_by is null and u.run <> all (lost)', 'and n.taken_by is null'),
  {
    ...refusedPart('again', 'r.workflow_id = any (again_run) and u.run <> all (lost)', 'r.workflow_id = any (again_run)'),
    edits: [
      { file, take: 'r.workflow_id = any (again_run) and u.run <> all (lost)', leave: 'r.workflow_id = any (again_run)' },
      { file, take: '      and r.claim_token = f.token and r.claimed_by = me', leave: '      and r.claimed_by = me' },
    ],
  },
  refusedPart('again-waits', 'and w.ordinal < u.ordinal and u.run <> all (lost);', 'and w.ordinal < u.ordinal;'),
  refusedPart(
    'child',
    '    where u.run <> all (lost)\n    on conflict do nothing\n    returning queue',
    '    on conflict do nothing\n    returning queue',
  ),
  {
    ...refusedPart('move', 'r.workflow_id = any (move_run) and u.run <> all (lost)', 'r.workflow_id = any (move_run)'),
    edits: [
      { file, take: 'r.workflow_id = any (move_run) and u.run <> all (lost)', leave: 'r.workflow_id = any (move_run)' },
      { file, take: '        and r.claim_token = f.token\n', leave: '' },
    ],
  },
  {
    name: 'move-token-again',
    defence: 'A repeated flush moves a run that its own executor has claimed anew since it looked.',
    edits: [{ file, take: '        and r.claim_token = f.token\n', leave: '' }],
    spec: REPEATED,
    test: 'a repeated flush › does not suspend a run again that its own executor has claimed anew since',
  },
  {
    name: 'wait-token-again',
    defence: 'A repeated flush begins a wait of a run that was claimed anew since it looked.',
    edits: [{ file, take: 'and r.claim_token = f.token and r.completed_at is null', leave: 'and r.completed_at is null' }],
    spec: FENCE,
    test: 'a repeated flush › that meets the next owner does not bring back the wait that this one ends',
  },
  {
    name: 'wait-end-guard',
    defence: 'A copy of a flush begins a wait of a run that is over.',
    edits: [{ file, take: 'and r.claim_token = f.token and r.completed_at is null', leave: 'and r.claim_token = f.token' }],
    spec: STALE,
    test: 'a write that comes after › the end of its run, as a copy of a wait, leaves nothing behind',
  },
  {
    name: 'wake-recorded-guard',
    defence: 'A run wakes for a wait whose outcome is recorded.',
    edits: [
      {
        file,
        take: 'and not exists (\n                           select from operation_outputs o where o.workflow_id = w.workflow_id and o.ordinal = w.ordinal))\n                       when',
        leave: ')\n                       when',
      },
    ],
    spec: REPEATED,
    test: 'a repeated flush › that brings back a wait whose outcome is recorded does not make the run wake for it',
  },
  {
    name: 'acknowledgement-rule',
    defence: 'A run that ends or falls asleep gets another token, so a repeated flush is refused.',
    edits: [
      {
        file,
        take: '      status       = landing(u.status, r.command, r.stop),\n',
        leave: `      status       = landing(u.status, r.command, r.stop),
      claim_token  = case when u.status in ('RUNNING') then r.claim_token else gen_random_uuid() end,\n`,
      },
    ],
    spec: FLUSHES,
    test: 'a flush › that moved a run to %s can be repeated: it is acknowledged and changes nothing',
  },
  {
    name: 'terminal-guard',
    defence: 'A status is written although the run is over.',
    edits: [{ file, take: 'and r.claimed_by = me and r.completed_at is null\n', leave: 'and r.claimed_by = me\n' }],
    spec: FLUSHES,
    test: 'a flush › never overwrites the terminal status %s',
  },
  {
    name: 'owned-guard',
    defence: 'A status is written although nobody owns the run: a copy of RUNNING takes it out of its wait.',
    edits: [{ file, take: 'and r.claimed_by = me and r.completed_at is null\n', leave: 'and r.completed_at is null\n' }],
    spec: STALE,
    test: 'a write that comes after › its run fell asleep, as a copy of RUNNING, does not take it out of its wait',
  },
  {
    name: 'suspend-recheck',
    defence: 'The time at which a WAITING run wakes is computed without the waits of the same flush.',
    edits: [
      {
        file,
        take: 'from waits w where w.workflow_id = r.workflow_id and not exists (',
        leave: 'from waits w where w.workflow_id = r.workflow_id and w.ordinal <> all (wait_ordinal) and not exists (',
      },
    ],
    spec: STALE,
    test: 'a status › WAITING is written with the time of its nearest wait, those of the same flush included',
  },
  {
    name: 'deadline-once',
    defence: 'Every owner of a run, and every move of it, sets its deadline anew.',
    edits: [
      {
        file,
        take: 'deadline_at  = case when r.started_at is null\n',
        leave: 'deadline_at  = case when true\n',
      },
    ],
    spec: STALE,
    test: 'a status › RUNNING sets the deadline once: a later owner neither prolongs nor shortens it',
  },
  {
    name: 'late-wait-guard',
    defence: 'A copy of a flush brings a wait back that is over.',
    edits: [{ file, take: 'r.completed_at is null and done.done is null', leave: 'r.completed_at is null' }],
    spec: LATE,
    test: 'a write that comes late › as a copy of a flush does not bring back a wait that is over',
  },
  {
    name: 'wait-attempt-guard',
    defence: 'A repeated flush prolongs a wait that has begun.',
    edits: [{ file, take: '\n      where waits.attempt < excluded.attempt;', leave: ';' }],
    ...repetition,
  },
  {
    name: 'event-ordinal-guard',
    defence: 'An event is taken back to the value of a lower ordinal.',
    edits: [{ file, take: '\n      where workflow_events.ordinal < excluded.ordinal;', leave: ';' }],
    spec: FLUSHES,
    test: 'a flush › never takes an event back to a lower ordinal',
  },
  {
    name: 'operation-keyed',
    defence: 'A repeated outcome replaces the one that stands there.',
    edits: [
      {
        file,
        take: '    on conflict do nothing;\n  end if;\n  if cardinality(wait_run)',
        leave:
          '    on conflict (workflow_id, ordinal) do update set output = excluded.output, error = excluded.error, completed_at = excluded.completed_at;\n  end if;\n  if cardinality(wait_run)',
      },
    ],
    ...repetition,
  },
  ...[
    ['attempt', 'cardinality(event_run)'],
    ['chunk', 'cardinality(again_run)'],
  ].map(([part, next]) => ({
    name: `${part}-keyed`,
    defence: `A repeated flush runs into the part "${part}" that it wrote, and fails the run.`,
    edits: [{ file, take: `    on conflict do nothing;\n  end if;\n  if ${next}`, leave: `    ;\n  end if;\n  if ${next}` }],
    ...repetition,
  })),
  {
    name: 'event-history-keyed',
    defence: 'A repeated flush runs into the line of history that it wrote, and fails the run.',
    edits: [{ file, take: '    on conflict do nothing;\n    -- one row per key', leave: '    ;\n    -- one row per key' }],
    ...repetition,
  },
  {
    name: 'eager-start-keyed',
    defence: 'A repeated start by the own executor runs into the run that it made.',
    edits: [{ file, take: '    on conflict (workflow_id) do nothing;\n', leave: '    ;\n' }],
    spec: STALE,
    test: 'a start › by its own executor that is repeated after a lost acknowledgement makes one run',
  },
  {
    name: 'eager-start-token',
    defence: 'A repeated start by the own executor does not look whether the run is still its own.',
    edits: [{ file, take: '    lost := lost || not_mine;\n', leave: '' }],
    spec: STALE,
    test: 'a start › by its own executor that is repeated after the run was cancelled says that it is lost',
  },
];
