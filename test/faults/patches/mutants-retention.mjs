// Defences of retention: what is never deleted, what may meet a deletion, whose turn it is, and what is said of it.
const WAKING = 'migrations/0005-waking.ts';
const RETENTION = 'migrations/0010-retention.ts';
const SQL = 'lib/store/retention/retention.sql.ts';
const CONFIG_SQL = 'lib/store/retention/retention-config.sql.ts';
const SWEEP = 'lib/operations/retention/retention-sweep.ts';
const KEEPER = 'lib/operations/retention/retention-keeper.ts';
const CLIENT = 'lib/client/workflow-retention.ts';
const inDeletion = (test) => ({ spec: 'test/retention/deletion.spec.ts', test });
const inKept = (test) => ({ spec: 'test/retention/kept.spec.ts', test });
const inRaces = (test) => ({ spec: 'test/retention/races.spec.ts', test });
const inTimeouts = (test) => ({ spec: 'test/retention/timeouts.spec.ts', test });
const inAfterwards = (test) => ({ spec: 'test/retention/afterwards.spec.ts', test });
const inKeeper = (test) => ({ spec: 'test/retention/keeper.spec.ts', test });
const SECOND_LOOK = 'mine := array(select d from deletable_runs(mine) d where d <> all (taken_over));';

export const RETENTION_MUTANTS = [
  // What is kept.
  {
    name: 'retention-age',
    defence: 'Runs are deleted however short ago they ended.',
    edits: [
      { file: SQL, take: " and r.completed_at < $2::timestamptz - $3 * interval '1 ms'", leave: ' and $2::text > $3::text' },
    ],
    ...inDeletion(
      'a run that is over › is deleted when it has been for longer than `after`, not sooner; without settings nothing is',
    ),
  },
  {
    name: 'retention-legal-hold',
    defence: 'Runs under legal hold are deleted.',
    edits: [{ file: RETENTION, take: '\n    and not r.legal_hold', leave: '' }],
    ...inKept('a run that is over is kept › when it is under legal hold, and deleted when that ends'),
  },
  {
    name: 'retention-permit',
    defence: 'Runs are deleted though their executor has not let go of them.',
    edits: [{ file: RETENTION, take: '\n    and not r.permit', leave: '' }],
    ...inKept('a run that is over is kept › while a step body of it still runs: until its executor has let go'),
  },
  {
    name: 'retention-end-pending',
    defence: 'Runs are deleted of whose end nobody was told.',
    edits: [{ file: RETENTION, take: '\n    and not r.end_pending', leave: '' }],
    ...inKept('a run that is over is kept › until those who wait for its end are told of it'),
  },
  {
    name: 'retention-waiter',
    defence: 'Runs are deleted for which somebody waits.',
    edits: [
      {
        file: RETENTION,
        take: '\n    and (select true from waits w where w.source = r.workflow_id limit 1) is null',
        leave: '',
      },
    ],
    ...inKept('a run that is over is kept › while somebody waits for it, or for an event of it'),
  },
  {
    name: 'retention-parent',
    defence: 'Runs are deleted whose parent may ask for their result.',
    edits: [
      {
        file: RETENTION,
        take: '\n    and (select true from workflow_status p where p.workflow_id = r.parent_id and p.completed_at is null limit 1) is null',
        leave: '',
      },
    ],
    ...inKept('a run that is over is kept › while its parent is not over, whose replay may ask for its result'),
  },
  {
    name: 'retention-child',
    defence: 'Runs are deleted through which a child is cancelled.',
    edits: [
      {
        file: RETENTION,
        take: '\n    and (select true from workflow_status c where c.parent_id = r.workflow_id and not c.detached and c.completed_at is null limit 1) is null',
        leave: '',
      },
    ],
    ...inKept(
      'a run that is over is kept › while a child of it is not over, which is cancelled through it; one that is detached stands alone',
    ),
  },
  // What goes with a run.
  {
    name: 'retention-tables',
    defence: 'The chunks of a run stay.',
    edits: [{ file: RETENTION, take: '  delete from streams where workflow_id = any (ids);\n', leave: '' }],
    ...inDeletion('a run that is over › goes with every row of it, in each table that has rows of runs; others keep theirs'),
  },
  {
    name: 'retention-keys',
    defence: 'The deduplication id of a run stays with it.',
    edits: [{ file: RETENTION, take: '  delete from deduplication_keys where workflow_id = any (ids);\n', leave: '' }],
    ...inAfterwards(
      'a run that was deleted › leaves its id, its deduplication id and its debounce key to others: a start begins anew, without any of its past',
    ),
  },
  {
    name: 'retention-messages',
    defence: 'A message stays that was under way to a run while it was deleted.',
    edits: [
      {
        file: WAKING,
        take: `  delete from notifications n using unnest(runs, keys) p (run, key)
  where n.workflow_id = p.run`,
        leave: `  delete from notifications n using unnest(runs, keys) p (run, key)
  where false and n.workflow_id = p.run`,
      },
    ],
    ...inAfterwards('a run that was deleted › while a transaction of the application was sending to it leaves no message behind'),
  },
  // What meets a deletion.
  {
    name: 'retention-condemned',
    defence: 'A run keeps its token until it is deleted.',
    edits: [
      {
        file: RETENTION,
        take: '  update workflow_status r set claim_token = which where r.workflow_id = any (mine);\n',
        leave: '',
      },
      { file: RETENTION, take: 'and r.claim_token = which for update skip locked', leave: 'for update skip locked' },
    ],
    ...inRaces('a late copy of a flush › that begins after the run was condemned is refused for it, though it is still there'),
  },
  {
    name: 'retention-fences',
    defence: 'Flushes that are under way are not waited for.',
    edits: [{ file: SWEEP, take: '    if (condemned.runIds.length > 0) await this.#passFences();\n', leave: '' }],
    ...inRaces(
      'a late copy of a flush › that has looked at the token before the run was condemned is waited for: nothing of it is left',
    ),
  },
  {
    name: 'retention-token',
    defence: 'A run is deleted though an operator has brought it back since it was condemned, and it has ended again.',
    edits: [{ file: RETENTION, take: 'and r.claim_token = which for update skip locked', leave: 'for update skip locked' }],
    ...inRaces('a run that was condemned › and brought back by an operator stays, also when it is over again'),
  },
  {
    name: 'retention-second-look',
    defence: 'Nobody looks again, under the lock, whether a run may be deleted.',
    edits: [
      { file: RETENTION, take: SECOND_LOOK, leave: 'mine := array(select d from unnest(mine) d where d <> all (taken_over));' },
    ],
    ...inRaces('a run that was condemned › stays when somebody needs it by now'),
  },
  {
    name: 'retention-taken-over',
    defence: 'A sweep waits for a transaction that takes a deduplication id over.',
    edits: [{ file: RETENTION, take: SECOND_LOOK, leave: 'mine := array(select d from deletable_runs(mine) d);' }],
    ...inRaces(
      'a run that was condemned › is passed over while somebody has its row, or takes its deduplication id over: a sweep waits for nobody',
    ),
  },
  // Whose turn it is.
  {
    name: 'retention-claim',
    defence: 'Sweeps are claimed while another one is under way.',
    edits: [{ file: CONFIG_SQL, take: '(c.sweep_until is null or c.sweep_until < clock_timestamp())', leave: 'true' }],
    ...inRaces(
      'two sweeps at once › are one: nobody else claims the sweep under way, nor one that is not due; one whose process died is over after a minute',
    ),
  },
  {
    name: 'retention-turn',
    defence: 'A sweep goes on after another one has taken over.',
    edits: [{ file: RETENTION, take: "  if not found then return 'LOST'; end if;\n", leave: '' }],
    ...inRaces('a run that was condemned › is deleted by the sweep whose turn it is only, and with the settings that it knows'),
  },
  {
    name: 'retention-settings',
    defence: 'A sweep goes on by settings that have been changed.',
    edits: [{ file: RETENTION, take: "  if is_revision <> of_revision then return 'CHANGED'; end if;\n", leave: '' }],
    ...inRaces('a run that was condemned › is deleted by the sweep whose turn it is only, and with the settings that it knows'),
  },
  // What is ended.
  {
    name: 'retention-held',
    defence: 'A run is ended for its age though an operator holds it.',
    edits: [
      { file: RETENTION, take: "  if r.status in ('DELAYED', 'HELD') or r.command = 'HOLD' then return; end if;\n", leave: '' },
    ],
    ...inTimeouts('a run that is too old › that is held between the look and its end is left alone'),
  },
  {
    name: 'retention-held-look',
    defence: 'Runs that are delayed or held are looked for, and shown, as too old.',
    edits: [
      {
        file: SQL,
        take: "r.status not in ('DELAYED', 'HELD') and (r.command ->> 'name') is distinct from 'HOLD'\n  and ",
        leave: '',
      },
    ],
    ...inTimeouts(
      'a run that is too old › is left alone while it is delayed, or while an operator holds it or has asked for that',
    ),
  },
  // What is said of it.
  {
    name: 'retention-audit',
    defence: 'What is deleted does not stand in the audit log.',
    edits: [{ file: RETENTION, take: '  perform note_sweep(rule, deleted, who, why, request);\n', leave: '' }],
    ...inDeletion(
      'a sweep › goes through any number of runs, in batches, and leaves one line in the audit log with all that it deleted',
    ),
  },
  {
    name: 'retention-dry-run',
    defence: 'A dry run deletes.',
    edits: [{ file: CLIENT, take: '    if (!dryRun) return', leave: '    if (dryRun || !dryRun) return' }],
    ...inDeletion('a sweep › that only shows what it would do does what it shows when it is applied, and writes nothing'),
  },
  {
    name: 'retention-failure',
    defence: 'An operator is told of a success where retention has failed.',
    edits: [{ file: KEEPER, take: '      throw new RetentionFailedError(', leave: '      void new RetentionFailedError(' }],
    ...inKeeper('an operator who applies retention › is told of %s, and how far it came: never of a success'),
  },
  {
    name: 'retention-shutdown',
    defence: 'A process that shuts down goes on with its sweep.',
    edits: [{ file: KEEPER, take: 'isOver: () => this.#isStopped || isLate(),', leave: 'isOver: () => isLate(),' }],
    ...inKeeper('a process › that shuts down waits for the batch that is on the wire, and for no more'),
  },
];
