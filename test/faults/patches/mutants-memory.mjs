/** What guards the starts that were accepted in memory, and their dead letters. For mutants.mjs. */
// biome-ignore-all lint/suspicious/noTemplateCurlyInString: source texts, in which these are placeholders
const QUEUE = 'lib/dispatch/in-memory-queue.ts';
const WRITER = 'lib/dispatch/in-memory-writer.ts';
const WIRING = 'lib/nest/make-in-memory.ts';
const RUNTIME = 'lib/nest/workflows-runtime.ts';
const LETTERS = 'lib/store/dead-letters/dead-letter.sql.ts';

const inUnit = (test) => ({ spec: 'test/unit/dispatch/in-memory-queue.spec.ts', test });
const inMemory = (test) => ({ spec: 'test/queues/in-memory.spec.ts', test });
const inLetters = (test) => ({ spec: 'test/queues/dead-letters.spec.ts', test });

export const MEMORY_MUTANTS = [
  {
    name: 'memory-announced',
    defence: 'Nobody is told that runs were written.',
    edits: [{ file: WIRING, take: 'inserted: (batch) => gate.enqueued(batch)', leave: 'inserted: () => undefined' }],
    ...inMemory('a start in memory › is told to whoever executes: another process begins it without waiting for its tick'),
  },
  {
    name: 'memory-bytes',
    defence: 'A batch is bounded in rows only.',
    edits: [{ file: QUEUE, take: ' || (length > 0 && characters + weight > BATCH_CHARACTERS)', leave: '' }],
    ...inUnit('runs accepted in memory › leave in batches of about 4 MiB, however few those are'),
  },
  {
    name: 'memory-turn',
    defence: 'Flushing goes on as long as there is something to write.',
    edits: [{ file: QUEUE, take: 'if (this.clock.monotonic() - began < TURN_MS) continue;', leave: 'continue;' }],
    ...inUnit('runs accepted in memory › let everybody else have a turn after 25 ms of flushing, and go on after it'),
  },
  {
    name: 'memory-one-pass',
    defence: 'Two flushes go on at once.',
    edits: [{ file: QUEUE, take: 'this.#flushing ??= this.#writeAll', leave: 'this.#flushing = this.#writeAll' }],
    ...inUnit('runs accepted in memory › are written once, whoever flushes them at once'),
  },
  {
    name: 'memory-queue-check',
    defence: 'A queue that nobody knows is accepted.',
    edits: [
      {
        file: 'lib/client/in-memory-starter.ts',
        take: 'if (resolved.queue !== undefined) this.#requireQueue(resolved.queue);',
        leave: 'if (resolved.queue === "") this.#requireQueue(resolved.queue);',
      },
    ],
    ...inMemory('a start in memory is refused › by a typed error for what can’t be meant, as start does'),
  },
  {
    name: 'memory-drop-on-wire',
    defence: 'With drop_oldest something is accepted though everything is on the wire.',
    edits: [{ file: QUEUE, take: " && this.#waiting.size > 0 ? undefined : 'overflow'", leave: " ? undefined : 'overflow'" }],
    ...inUnit('a queue in memory that is full › drops nothing that is on the wire: that may be durable'),
  },
  {
    name: 'memory-drop-told',
    defence: 'Who waits for a run that was dropped is not told.',
    edits: [{ file: QUEUE, take: 'this.#leaves(oldest);', leave: 'this.#items.delete(oldest.run.runId);' }],
    ...inUnit('a queue in memory that is full › lets the oldest go: drop_oldest'),
  },
  {
    name: 'memory-outage',
    defence: 'An outage counts as a fault of the rows.',
    edits: [
      { file: WRITER, take: 'if (this.#isOver || isPassing(error)) throw error;', leave: 'if (this.#isOver) throw error;' },
    ],
    ...inUnit(
      'a database that is away › is waited for, however long: the batch is repeated, no attempt is counted, nothing is overtaken',
    ),
  },
  {
    name: 'memory-rest',
    defence: 'Each start asks a database that is away.',
    edits: [{ file: QUEUE, take: '|| isResting || !this.#goesOn', leave: '|| !this.#goesOn' }],
    ...inUnit('a database that is away › is not asked at every start: the timer asks'),
  },
  {
    name: 'memory-written-before',
    defence: 'What was written before the outage is part of the batch that is repeated.',
    edits: [
      {
        file: QUEUE,
        take: '(item) => this.#items.has(item.run.runId) && !this.#writer.isRefused(item)',
        leave: '() => true',
      },
    ],
    ...inUnit('a database that is away › in the middle of a batch that is halved leaves what was written before it alone'),
  },
  {
    name: 'memory-halving',
    defence: 'The first row of a batch that is refused is taken for the one to blame.',
    edits: [
      {
        file: WRITER,
        take: 'if (items.length === 1) return this.#refuse(first, error);',
        leave: 'return this.#refuse(first, error);',
      },
    ],
    ...inUnit('a row that is refused › is found by halving its batch; the others are written once each, in order'),
  },
  {
    name: 'memory-attempts',
    defence: 'A row is given up after two attempts.',
    edits: [{ file: WRITER, take: 'MAX_ATTEMPTS = 3', leave: 'MAX_ATTEMPTS = 2' }],
    ...inUnit('a row that is refused › is tried three times in all, apart from the others, and is a dead letter then'),
  },
  {
    name: 'memory-unburied',
    defence: 'A run that can not be kept as a dead letter is forgotten.',
    edits: [{ file: WRITER, take: '      item.isUnburied = true;\n      return;', leave: '      item.isUnburied = true;' }],
    ...inUnit('a row that is refused › stays in memory as long as it can’t be kept as a dead letter'),
  },
  {
    name: 'memory-refused-apart',
    defence: 'While a row that was refused waits for its next attempt, nothing is written.',
    edits: [{ file: QUEUE, take: 'const isResting = this.#isAway && ', leave: 'const isResting = ' }],
    ...inUnit('a row that is refused › is tried three times in all, apart from the others, and is a dead letter then'),
  },
  {
    name: 'memory-fault-by-state',
    defence: 'The text of an error of the server decides whether it is an outage.',
    edits: [
      {
        file: 'lib/store/sql-errors.ts',
        take: 'if (state === undefined || CONNECTION_CODES.has(state)) return isUnavailable(error);',
        leave: 'if (isUnavailable(error)) return true;\n  if (state === undefined) return false;',
      },
    ],
    ...inLetters('a run that the database refuses › for a trigger of the application is one too, whatever its message says'),
  },
  {
    name: 'memory-unknown-queue',
    defence: 'A run accepted before the queues were read is written for a queue that does not exist.',
    edits: [
      {
        file: WIRING,
        take: 'if (directory.find(run.queue) === undefined) await directory.require(run.queue);',
        leave: 'void run;',
      },
    ],
    ...inLetters(
      'a run that the database refuses › for its queue, which nobody knew before the bootstrap, is one too, and can be replayed when there is one',
    ),
  },
  {
    name: 'letter-doorbell',
    defence: 'A run of a partition is replayed without a bell.',
    edits: [{ file: LETTERS, take: "where i.partition_key is not null and i.status = 'ENQUEUED'", leave: 'where false' }],
    ...inLetters('dead letters › are replayed under their own id, as they were meant, once the cause is gone'),
  },
  {
    name: 'letter-gone',
    defence: 'A replay leaves the letter.',
    edits: [
      {
        file: LETTERS,
        take: '  delete from ${s}.dead_letters d where d.workflow_id = $1 returning d.*\n), inserted',
        leave: '  select d.* from ${s}.dead_letters d where d.workflow_id = $1\n), inserted',
      },
    ],
    ...inLetters('dead letters › replayed by many at once are started once'),
  },
  {
    name: 'letter-late',
    defence: 'A late copy brings back the letter of a run that was replayed.',
    edits: [
      {
        file: LETTERS,
        take: '\nwhere not exists (select from ${s}.workflow_status r where r.workflow_id = $1::uuid)',
        leave: '',
      },
    ],
    ...inLetters('dead letters › whose acknowledgement was lost are there once, and do not come back after they were replayed'),
  },
  {
    name: 'memory-departure',
    defence: 'The database is asked for a run that is still in memory.',
    edits: [{ file: WIRING, take: 'departure: (runId) => queue.departure(runId)', leave: 'departure: () => undefined' }],
    ...inMemory(
      'the handle of a run that is still in memory › works at once: everything waits until the run is durable, then asks as usual',
    ),
  },
  {
    name: 'memory-asked',
    defence: 'In manual mode who asks for a run waits for a dispatch.',
    edits: [{ file: QUEUE, take: '(this.options.isAutomatic || this.#asking > 0)', leave: 'this.options.isAutomatic' }],
    ...inUnit(
      'who asks for a run that was accepted in memory › makes it leave in manual mode too, also when the database is away at first',
    ),
  },
  {
    name: 'memory-event-timeout',
    defence: 'The timeout of getEvent does not count while the run is in memory.',
    edits: [
      {
        file: 'lib/client/event-reader.ts',
        take: 'if (leave === undefined) return none();',
        leave: 'if (leave === undefined) return;',
      },
    ],
    ...inMemory('the handle of a run that is still in memory › keeps the timeouts of its callers'),
  },
  {
    name: 'memory-manual',
    defence: 'In manual mode starts are written by themselves.',
    edits: [{ file: QUEUE, take: '(this.options.isAutomatic || this.#asking > 0)', leave: 'true' }],
    ...inUnit('runs accepted in memory › stay where they are in manual mode, until they are flushed by hand'),
  },
  {
    name: 'memory-written-at-end',
    defence: 'A shutdown leaves what is in memory.',
    edits: [
      {
        file: RUNTIME,
        take: 'const written = this.#inMemory.stop(Math.max(this.options.shutdownTimeoutMs, LEAST_WRITING_MS));',
        leave: 'const written = undefined;',
      },
    ],
    ...inMemory('a process that accepts starts in memory › writes them before it ends, whatever its shutdownTimeout: %s'),
  },
  {
    name: 'memory-least-time',
    defence: 'Without a shutdownTimeout there is no time to write.',
    edits: [{ file: RUNTIME, take: 'LEAST_WRITING_MS = 1_000', leave: 'LEAST_WRITING_MS = 0' }],
    ...inMemory('a process that accepts starts in memory › writes them before it ends, whatever its shutdownTimeout: %s'),
  },
  {
    name: 'memory-closed',
    defence: 'Starts are accepted after the shutdown began.',
    edits: [{ file: QUEUE, take: "    if (this.#isClosed) return 'shutting_down';\n", leave: '' }],
    ...inMemory('a process that accepts starts in memory › refuses new ones from the moment at which it begins to end'),
  },
  {
    name: 'memory-lost-told',
    defence: 'Who waits for a run that could not be written waits for ever.',
    edits: [
      {
        file: QUEUE,
        take: '    for (const { left } of this.#items.values()) left?.reject(new ShuttingDownError());\n',
        leave: '',
      },
    ],
    ...inUnit('a shutdown › ends in time without a database, says how many runs are lost, and tells who waits for them'),
  },
  {
    name: 'memory-late-answer',
    defence: 'An answer that comes after the end is announced.',
    edits: [{ file: WRITER, take: '    if (this.#isOver) return;\n    for', leave: '    for' }],
    ...inUnit('a shutdown › does not wait for a statement that nobody answers longer than its time'),
  },
];
