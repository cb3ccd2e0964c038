/**
 * What keeps wake-ups from being lost, and messages from being received twice, never, or out of order: migrations/0005-waking.ts, the looks
 * of a run that waits, the duty of whoever brings what it waits for. For mutants.mjs.
 */
const FLUSH = 'migrations/0002-flush.ts';
const OWNERSHIP = 'migrations/0003-ownership.ts';
const WAKING = 'migrations/0005-waking.ts';
const SOURCE_WAIT = 'lib/engine/source-wait.ts';
const LOOKOUT = 'lib/engine/lookout.ts';
const WAKER = 'lib/engine/waker.ts';
const INBOX = 'lib/durable/inbox.ts';
const SENDER = 'lib/durable/message-sender.ts';
const MESSAGES = 'lib/store/messages/message.store.ts';

const inMessages = (test) => ({ spec: 'test/waiting/messages.spec.ts', test });
const inEvents = (test) => ({ spec: 'test/waiting/events.spec.ts', test });
const inMeetings = (test) => ({ spec: 'test/waiting/lost-wake-ups.spec.ts', test });
const inWaker = (test) => ({ spec: 'test/unit/engine/waker.spec.ts', test: `a waker › ${test}` });
const inLookout = (test) => ({ spec: 'test/unit/engine/lookout.spec.ts', test });

export const WAKING_MUTANTS = [
  {
    name: 'look-for-message',
    defence: 'A flush that unloads a run does not look for its messages.',
    edits: [{ file: FLUSH, take: 'and (m.found or e.found or w.source', leave: 'and (e.found or w.source' }],
    ...inMeetings(
      'a message that meets the flush that unloads its run › and has the lock of the run first: the flush waits for it, and sees it',
    ),
  },
  {
    name: 'look-for-event',
    defence: 'A flush that unloads a run does not look for the event that it waits for.',
    edits: [{ file: FLUSH, take: 'and (m.found or e.found or w.source', leave: 'and (m.found or w.source' }],
    ...inMeetings(
      '%s that meets the flush that unloads who waits for it › and is committed between the commit of the wait and the look of that flush: the look sees it',
    ),
  },
  {
    name: 'look-for-end',
    defence: 'A flush that unloads a run does not look whether the run that it waits for is over.',
    edits: [
      {
        file: FLUSH,
        take: ' or w.source is not null and (r.found is null or r.completed_at is not null));',
        leave: ');',
      },
    ],
    ...inMeetings(
      '%s that meets the flush that unloads who waits for it › and is committed when nobody waits yet: who begins to wait later sees it',
    ),
  },
  {
    name: 'look-under-lock',
    defence: 'A flush looks for what its runs wait for before it locks them.',
    edits: [
      {
        file: FLUSH,
        take: '  if cardinality(move_run) > 0 then\n    with moved as (',
        leave:
          '  not_mine := array(select s from found_source(move_run) s);\n  if cardinality(move_run) > 0 then\n    with moved as (',
      },
      {
        file: FLUSH,
        take: 'r.workflow_id = any (array(select s from found_source(suspended) s))',
        leave: 'r.workflow_id = any (suspended) and r.workflow_id = any (not_mine)',
      },
    ],
    ...inMeetings(
      'a message that meets the flush that unloads its run › and has the lock of the run first: the flush waits for it, and sees it',
    ),
  },
  {
    name: 'recorded-not-awaited',
    defence: 'A flush looks for what a run waited for though its outcome is on record.',
    edits: [
      { file: FLUSH, take: 'where w.workflow_id = any (runs) and done.found is null', leave: 'where w.workflow_id = any (runs)' },
    ],
    ...inMeetings(
      '%s that meets the flush that unloads who waits for it › wakes nobody who waits for something else, or has its outcome on record',
    ),
  },
  {
    name: 'sender-mark',
    defence: 'A sender that finds the row of the run locked leaves no mark.',
    edits: [{ file: WAKING, take: 'and n.message_key = i.key and n.workflow_id <> all (reached);', leave: 'and false;' }],
    ...inMeetings(
      'a message that meets the flush that unloads its run › and finds the run locked: its sender does not wait but leaves a mark, and whoever sweeps wakes the run',
    ),
  },
  {
    name: 'apart-mark',
    defence: 'A message in a transaction of the application has no mark.',
    edits: [
      {
        file: WAKING,
        take: 'select u.run, u.topic, u.key, u.payload, apart\n',
        leave: 'select u.run, u.topic, u.key, u.payload, false\n',
      },
    ],
    ...inMeetings(
      'a message that meets the flush that unloads its run › and is in a transaction of the application is marked: it may commit whenever it likes, and stops nobody until then',
    ),
  },
  {
    name: 'wake-without-waiting',
    defence: 'Who wakes a run waits for the lock of its row.',
    edits: [
      {
        file: WAKING,
        take: 'where r.workflow_id = any (runs) for no key update skip locked);\n  -- a later',
        leave: 'where r.workflow_id = any (runs) for no key update);\n  -- a later',
      },
    ],
    ...inMeetings(
      'a message that meets the flush that unloads its run › and finds the run locked: its sender does not wait but leaves a mark, and whoever sweeps wakes the run',
    ),
  },
  {
    name: 'mark-until-reached',
    defence: 'The mark of a message goes though its run was locked.',
    edits: [
      {
        file: WAKING,
        take: `and (p.run = any (reached) or (select true from workflow_status r where r.workflow_id = p.run limit 1) is null);`,
        leave: ';',
      },
    ],
    ...inMeetings(
      'a message that meets the flush that unloads its run › and whose mark is swept while that flush is still open: the mark stays for the next sweep',
    ),
  },
  {
    name: 'end-mark-until-reached',
    defence: 'The mark of an end goes though one who waits for it was locked.',
    edits: [{ file: WAKING, take: '  if not is_busy then\n', leave: '  if true then\n' }],
    ...inMeetings(
      'the end of a run that somebody else than its owner brings about › keeps its mark until everybody was reached who waits for it',
    ),
  },
  {
    name: 'mark-sweep',
    defence: 'The tick does not sweep for marks.',
    edits: [{ file: 'lib/dispatch/background-sweeps.ts', take: '    waker.wakeForPending();\n', leave: '' }],
    ...inMessages(
      'a message in a transaction of the application › though nobody heard of the commit, is found by the tick of any worker',
    ),
  },
  {
    name: 'mark-heard',
    defence: 'Who hears of mail without names does not sweep for marks.',
    edits: [{ file: 'lib/nest/hear-others.ts', take: 'if (runIds === undefined) waker.wakeForPending();', leave: '' }],
    ...inMessages(
      'a message in a transaction of the application › wakes its run as soon as a worker hears of the commit, long before the tick',
    ),
  },
  {
    name: 'event-duty',
    defence: 'Who set an event does not look who waits for it.',
    edits: [
      {
        file: WAKER,
        take: ', { runId, key });\n    this.ports',
        leave: ', { runId, key });\n    this.#events.clear();\n    this.ports',
      },
    ],
    ...inEvents(
      'a run that waits for an event of another one › is unloaded meanwhile, woken when the event is set, and has what it read on record',
    ),
  },
  {
    name: 'end-duty',
    defence: 'Who ended a run does not look who waits for that.',
    edits: [{ file: WAKER, take: '    this.#ended.add(runId);\n    this.#work();', leave: '' }],
    ...inWaker('looks once for all that one flush acknowledged, and gathers what comes within 20 ms of that'),
  },
  {
    name: 'duty-when-busy',
    defence: 'Who met the locked row of somebody who waits does not ask again.',
    edits: [{ file: WAKER, take: '        this.#again(ended, events, false);\n', leave: '' }],
    ...inWaker('asks again while somebody has a row locked, soon at first and then less often'),
  },
  {
    name: 'duty-after-error',
    defence: 'Who could not look who waits does not look again.',
    edits: [{ file: WAKER, take: '        this.#again(ended, events, pending);\n', leave: '' }],
    ...inWaker('asks again after an error, and forgets nothing meanwhile'),
  },
  {
    name: 'duty-told-at-stop',
    defence: 'A process that stops says that nothing is left to be told, without looking.',
    edits: [{ file: WAKER, take: 'return this.#ended.size === 0 && this.#events.size === 0;', leave: 'return true;' }],
    ...inWaker('says that something is left when it stops and %s'),
  },
  {
    name: 'refused-duty',
    defence: 'A process whose repeated flush is refused does not look who waits for what the first copy may have written.',
    edits: [{ file: 'lib/engine/run-frame.ts', take: '    this.services.waker.mayHaveEnded(this.runId);\n', leave: '' }],
    ...inWaker('is told of a run that was lost here: a repeated flush that is refused may have set an event before'),
  },
  {
    name: 'duty-by-any-event',
    defence: 'Only who waits for the end of a run is woken for its name alone, not who waits for an event of it.',
    edits: [
      {
        file: WAKING,
        take: 'select w.workflow_id from waits w where w.source = any (ended)\n',
        leave: `select w.workflow_id from waits w where w.source = any (ended) and w.kind <> 'getEvent'\n`,
      },
    ],
    ...inMeetings(
      'a repeated flush that is refused › may be the repetition of one that set an event: who waits for any event of that run is woken for its name alone',
    ),
  },
  {
    name: 'wait-first',
    defence: 'A run is unloaded before its wait is committed.',
    edits: [
      {
        file: 'lib/engine/frame-rest.ts',
        take: `      if (operation.hasSource && operation.state === 'waiting' && !operation.isWaitDurable) return 'stay';\n`,
        leave: '',
      },
    ],
    ...inMeetings(
      'a run that waits for others › is not unloaded before its wait is committed: until then nobody knows whom to wake',
    ),
  },
  {
    name: 'look-after-resume',
    defence: 'A run that was woken waits again without having looked.',
    edits: [
      {
        file: SOURCE_WAIT,
        take: 'if (begun !== undefined) watch(() => resumeWait(frame, operation, begun, lastLook));',
        leave: 'if (begun !== undefined) {\n    watch();\n    resumeWait(frame, operation, begun, lastLook);\n  }',
      },
    ],
    ...inMessages('a message › is received by a run that %s, with its payload'),
  },
  {
    name: 'look-before-waiting',
    defence: 'A run begins to wait without having looked, and hears of nothing that is there.',
    edits: [{ file: SOURCE_WAIT, take: '  else void firstLook();\n', leave: '  else begin();\n  void firstLook;\n' }],
    ...inMessages('a message › is received by a run that has not begun yet, as soon as it asks'),
  },
  {
    name: 'last-look',
    defence: 'At its timeout a wait is over without another look.',
    edits: [
      {
        file: SOURCE_WAIT,
        take: '    operation.leave?.();\n    watch(() => complete(wait.none()));',
        leave: '    complete(wait.none());',
      },
    ],
    ...inEvents('%s › sees at its timeout what was set in time, though nobody told this process'),
  },
  {
    name: 'last-look-outside',
    defence: 'At its timeout run.getEvent gives null without another look.',
    edits: [
      {
        file: 'lib/client/event-reader.ts',
        take: 'this.clock.setTimer(timeoutMs, lastLook)',
        leave: 'this.clock.setTimer(timeoutMs, none)',
      },
    ],
    ...inEvents('%s › sees at its timeout what was set in time, though nobody told this process'),
  },
  {
    name: 'resumed-wait-removed',
    defence: 'The row of a wait stays when the first look after a wake-up ends it.',
    edits: [{ file: SOURCE_WAIT, take: '  operation.hasWait = begun !== undefined;\n', leave: '' }],
    ...inMeetings(
      'a run that waits for others › leaves no wait behind that is over, however soon it found what it was woken for',
    ),
  },
  {
    name: 'held-here-told',
    defence: 'Who waits for a run that is in memory here is never told that it is not over yet, and so is never unloaded.',
    edits: [
      {
        file: LOOKOUT,
        take: `    watched.fresh.add(watcher);
    if (lookNow) this.#look([watched]);
    else setImmediate(() => this.#nothing(watched, [watcher]));
`,
        leave: '    if (lookNow) {\n      watched.fresh.add(watcher);\n      this.#look([watched]);\n    }\n',
      },
    ],
    ...inMeetings(
      'a run that waits for others › for the end of a run that is in memory here is unloaded all the same, and woken by it',
    ),
  },
  {
    name: 'look-not-before',
    defence: 'A look that began before somebody came tells him that nothing is there.',
    edits: [{ file: LOOKOUT, take: 'this.#nothing(entry, fresh[i] ?? []);', leave: 'this.#nothing(entry, [...entry.fresh]);' }],
    ...inLookout(
      'an inbox › tells nobody that nothing is there by a look that began before it came, whatever that found for others',
    ),
  },
  {
    name: 'look-again',
    defence: 'A look that failed is not repeated.',
    edits: [
      {
        file: LOOKOUT,
        take: '      this.clock.setTimer(RETRY_MS, () => this.#look(entries.filter((entry) => entry.watchers.size > 0)));\n',
        leave: '',
      },
    ],
    ...inLookout('a lookout › tries again after a failure, for those who are still there, and forgets nobody'),
  },
  {
    name: 'death-sweep',
    defence: 'Who rescues a process does not look for those whom it may have left waiting.',
    edits: [{ file: 'lib/dispatch/lease-rescuer.ts', take: '    await this.ports.wakeOverlooked();\n', leave: '' }],
    ...inMeetings(
      '%s that meets the flush that unloads who waits for it › and whose process died before it told anybody: who rescues that process wakes the run, and only then counts it as cleared',
    ),
  },
  {
    name: 'death-sweep-again',
    defence: 'The look after a death passes over those whose row is locked.',
    edits: [{ file: 'lib/dispatch/overlooked-waits.ts', take: 'if (page.busy) await', leave: 'if (false) await' }],
    ...inMeetings(
      'the look after the death of a process › goes through all that wait, page by page, and a page again while a row of it is locked',
    ),
  },
  {
    name: 'end-mark-cancel',
    defence: 'A cancellation leaves no mark for those who wait for the run.',
    edits: [
      {
        file: OWNERSHIP,
        take: 'end_pending = true, held_at = null, permit = permit and',
        leave: 'held_at = null, permit = permit and',
      },
    ],
    ...inMeetings(
      'the end of a run that somebody else than its owner brings about › is marked in the same commit, so that who waits for it is woken though the author is gone: %s',
    ),
  },
  {
    name: 'end-mark-timeout',
    defence: 'A timeout of a run that nobody executes leaves no mark for those who wait for it.',
    edits: [
      {
        file: 'migrations/0008-commands.ts',
        take: 'end_pending = true, permit = false\n',
        leave: 'permit = false\n',
      },
    ],
    ...inMeetings(
      'the end of a run that somebody else than its owner brings about › is marked in the same commit, so that who waits for it is woken though the author is gone: %s',
    ),
  },
  {
    name: 'end-mark-dead',
    defence: 'A rescue that ends a run as DEAD leaves no mark for those who wait for it.',
    edits: [{ file: OWNERSHIP, take: '      end_pending = j.attempts > r.max_recovery_attempts,\n', leave: '' }],
    ...inMeetings(
      'the end of a run that somebody else than its owner brings about › is marked in the same commit, so that who waits for it is woken though the author is gone: %s',
    ),
  },
  {
    name: 'taken-once',
    defence: 'A repeated flush takes a message again that is taken.',
    edits: [{ file: FLUSH, take: 'and n.taken_by is null and u.run', leave: 'and u.run' }],
    ...inMeetings('a message that is taken › wakes nobody again, and a repeated flush changes nothing of it'),
  },
  {
    name: 'taken-not-read',
    defence: 'A message that was taken is read again by the next owner of its run.',
    edits: [{ file: MESSAGES, take: 'and n.taken_by is null order by', leave: 'order by' }],
    ...inMessages('a message is received once › though the process of the run dies again and again, %s'),
  },
  {
    name: 'taken-with-receipt',
    defence: 'A receipt is recorded, and its message is not taken.',
    edits: [
      {
        file: 'lib/durable/messages.ts',
        take: `writes: [{ part: 'taken', values: [operation.ordinal, messageId] }],`,
        leave: 'writes: [],',
      },
    ],
    ...inMessages('a message is received once › though the process of the run dies again and again, %s'),
  },
  {
    name: 'inbox-seen',
    defence: 'A message that is not durably taken yet is given again when the inbox is read again.',
    edits: [{ file: INBOX, take: '    if (topic.seen.has(message.messageId)) continue;\n', leave: '' }],
    ...inLookout('an inbox › gives each message once, in order, to those who wait in the order in which they came'),
  },
  {
    name: 'inbox-reads-on',
    defence: 'What is not durably taken yet counts as read ahead, so that nothing behind it is read.',
    edits: [{ file: INBOX, take: 'most: READ_AHEAD + topic.unsettled', leave: 'most: READ_AHEAD' }],
    ...inLookout('an inbox › reads as many more as it has read and not durably taken'),
  },
  {
    name: 'message-keyed',
    defence: 'A message with a key that the run knows is one more message.',
    edits: [
      {
        file: 'migrations/0001-runs.ts',
        take: '  primary key (workflow_id, message_key)\n',
        leave: '  primary key (workflow_id, message_key, message_id)\n',
      },
    ],
    ...inMessages(
      'an idempotencyKey › makes one message of all that are sent under it: one after the other, at once, and in two processes',
    ),
  },
  {
    name: 'step-message-keyed',
    defence: 'A step that sends a message and runs again sends another one.',
    edits: [
      {
        file: 'lib/durable/messages.ts',
        take: `currentScope()?.step?.ordinal ?? -1)}\`;`,
        leave: `currentScope()?.step?.ordinal ?? -1)}/\${Math.random()}\`;`,
      },
    ],
    ...inMessages(
      'a message from one run to another › is sent once though its process died before that was recorded, and the step runs again',
    ),
  },
  {
    name: 'fifo-of-batch',
    defence: 'Messages that are sent together are stored in another order.',
    edits: [{ file: WAKING, take: '    order by u.place\n    on conflict', leave: '    order by u.place desc\n    on conflict' }],
    ...inMessages(
      'messages of one sender › come in the order in which it sent them, though it awaited none, to a run that is %s',
    ),
  },
  {
    name: 'fifo-of-inbox',
    defence: 'An inbox is not read in the order in which it was filled.',
    edits: [{ file: MESSAGES, take: 'order by n.message_id limit u.most', leave: 'order by n.message_id desc limit u.most' }],
    ...inMessages('messages of one sender › come in order by the thousand, to a run that is far behind'),
  },
  {
    name: 'one-send-on-wire',
    defence: 'Several batches of messages are on the wire at a time.',
    edits: [{ file: SENDER, take: '        maxOnWire: 1,\n', leave: '        maxOnWire: 4,\n' }],
    ...inMessages('messages of one sender › come in order by the thousand, to a run that is far behind'),
  },
  {
    name: 'fifo-with-keys',
    defence: 'A message with a key overtakes others of its sender to the same run.',
    edits: [
      {
        file: SENDER,
        take: 'const earlier = this.#apart.get(runId) ?? this.#inLane.get(runId);',
        leave: 'const earlier = undefined as Promise<void> | undefined;',
      },
    ],
    ...inMessages(
      'messages of one sender › come in that order when some have an idempotencyKey: these do not overtake, nor are overtaken',
    ),
  },
  {
    name: 'keys-apart',
    defence: 'A message of a run with a key of its own goes by the lane, which waits for whoever holds that key.',
    edits: [{ file: SENDER, take: '    if (message.hasOwnKey) return this.sendWithKey(message);\n', leave: '' }],
    ...inMessages(
      'a message in a transaction of the application › that holds a key stops nobody but who sends under that key to that run: not other senders, nor other messages of runs',
    ),
  },
  {
    name: 'passed-over',
    defence: 'Who locks a run in its queue for a moment does not say that a claim may have passed over it.',
    edits: [{ file: WAKING, take: "r.status in ('WAITING', 'ENQUEUED'));", leave: "r.status = 'WAITING');" }],
    ...inMeetings(
      'a message that meets the flush that unloads its run › and has the lock of a run in its queue, over which a claim then passes: the sender says that there is something to claim',
    ),
  },
  {
    name: 'untold',
    defence: 'What happened while no other process was known is not told to the one that arrives.',
    edits: [{ file: 'lib/store/notifier.ts', take: '      this.#untold.add(topic);\n', leave: '' }],
    spec: 'test/unit/store/notifier.spec.ts',
    test: 'notifications › of what happened while nobody else was known go out, of no run in particular, when somebody arrives: it may have looked before',
  },
];
