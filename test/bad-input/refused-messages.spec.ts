// What messages and waits for events refuse: by type, before any SQL from outside, before anything is recorded in a run. What is accepted is
// as it was meant: nothing that holds its content elsewhere than in its own keys is taken for no options at all.
import type { WaitOptions, WorkflowContext } from '../../lib/index.js';
import { withCluster, workflow } from '../engine/cluster.js';
import type { WorkflowApp } from '../support/workflow-app.js';
import { type Call, expectCodes, refusal, withSilentDatabase } from './silent-database.js';

const Flow = workflow('flow', (_wf, ...args: unknown[]) => args);
const ID = '01890000-0000-7000-8000-000000000000';

const send = (app: WorkflowApp, ...args: unknown[]): Promise<void> => Reflect.apply(app.workflows.send, app.workflows, args);
const getEvent = (app: WorkflowApp, ...args: unknown[]): Promise<unknown> => {
  const run = app.workflows.getRun(ID);
  return Reflect.apply(run.getEvent, run, args);
};

/** No `toString`, no `valueOf`: what is turned into text carelessly throws. */
const bare = (): object => Object.create(null);

class Options {
  readonly #timeout = '1s';
  readonly timeout = this.#timeout;
}
class Order {
  readonly id = 1;
}

/** What is no plain object, though an object: its content stands elsewhere. */
const LOOKALIKES: Record<string, unknown> = {
  null: null,
  'a text': 'k',
  'a number': 30,
  'a list': [{ timeout: '1s' }],
  'a function': () => ({}),
  'a Map': new Map([['timeout', '1s']]),
  'a promise': Promise.resolve({ timeout: '1s' }),
  'an instance of a class': new Options(),
  'a Date': new Date(0),
  'a proxy': new Proxy({ timeout: '1s' }, {}),
};

const NAMES: Record<string, unknown> = {
  nothing: undefined,
  null: null,
  'an empty text': '',
  'a blank': ' ',
  'white space at its end': 'qa ',
  'a number': 1,
  'a symbol': Symbol('qa'),
  'an object without a text': bare(),
  'a NUL': 'q\0a',
  'a line break': 'q\na',
  'half of a surrogate pair': 'q\ud800',
  '256 characters': 'q'.repeat(256),
};

const TIMEOUTS: Record<string, unknown> = {
  null: null,
  'a negative number': -1,
  NaN: Number.NaN,
  Infinity: Number.POSITIVE_INFINITY,
  'a bigint': 1n,
  'a text without a unit': '30',
  'a text of another language': '30 Sekunden',
  'a Date': new Date(),
  true: true,
  'an object without a text': bare(),
  'more than 100 years': '36526d',
};

const table = (values: Record<string, unknown>, code: string, call: (value: unknown) => Call): Record<string, [Call, string]> =>
  Object.fromEntries(Object.entries(values).map(([what, value]) => [what, [call(value), code]]));

describe('a message from outside', () => {
  it('is refused before any SQL when its topic, its key or its run is no name', () =>
    withSilentDatabase([Flow], async (app) => {
      await expectCodes(
        app,
        table(NAMES, 'INVALID_ID', (topic) => (one) => send(one, ID, topic, 1)),
      );
      await expectCodes(
        app,
        table(NAMES, 'INVALID_ID', (id) => (one) => send(one, id, 'qa', 1)),
      );
      const { nothing: _, ...keys } = NAMES;
      await expectCodes(
        app,
        table(keys, 'INVALID_ID', (key) => (one) => send(one, ID, 'qa', 1, { idempotencyKey: key })),
      );
    }));

  it('is refused before any SQL when its options are none, or not those of a message', () =>
    withSilentDatabase([Flow], async (app) => {
      await expectCodes(
        app,
        table(LOOKALIKES, 'INVALID_OPTION', (options) => (one) => send(one, ID, 'qa', 1, options)),
      );
      await expectCodes(app, {
        'a slip': [(one) => send(one, ID, 'qa', 1, { idempotencykey: 'k' }), 'UNKNOWN_OPTION'],
        'an option of a wait': [(one) => send(one, ID, 'qa', 1, { timeout: '1s' }), 'UNKNOWN_OPTION'],
        'an own key __proto__': [
          (one) => send(one, ID, 'qa', 1, JSON.parse('{"__proto__":{"idempotencyKey":"k"}}')),
          'UNKNOWN_OPTION',
        ],
      });
    }));

  it('is refused before any SQL when its manager is none', () =>
    withSilentDatabase([Flow], async (app) => {
      const managers = {
        null: null,
        'a text': 'default',
        'an object': {},
        'a list': [],
        true: true,
        'an object without a text': bare(),
      };
      await expectCodes(
        app,
        table(managers, 'INVALID_OPTION', (manager) => (one) => send(one, ID, 'qa', 1, { manager })),
      );
    }));

  it('is refused before any SQL when its payload can not be stored', () =>
    withSilentDatabase([Flow], async (app) => {
      const circle: Record<string, unknown> = {};
      circle.self = circle;
      const payloads = {
        'a function': () => 1,
        'a symbol': Symbol('x'),
        'a promise': Promise.resolve(1),
        'an instance of a class': { order: new Order() },
        'a circle': circle,
        'a NUL in a text': 'a\0b',
        'an own key __proto__': JSON.parse('{"__proto__":1}'),
        'a WeakMap': new WeakMap(),
        'an invalid date': new Date(Number.NaN),
      };
      await expectCodes(
        app,
        table(payloads, 'PAYLOAD_INVALID', (payload) => (one) => send(one, ID, 'qa', payload)),
      );
      expect(await refusal(() => send(app, ID, 'qa', 'x'.repeat(3 * 1024 * 1024)))).toMatchObject({ code: 'PAYLOAD_TOO_LARGE' });
    }));

  it('names what was wrong, and does not quote the payload', () =>
    withSilentDatabase([Flow], async (app) => {
      expect(await refusal(() => send(app, ID, 'qa', { card: { number: '4111', cvc: () => 1 } }))).toMatchObject({
        message: expect.stringMatching(/^(?!.*4111).*payload\.card\.cvc/s),
      });
      expect(await refusal(() => send(app, ID, 'qa', 1, { idempotencyKey: ' ' }))).toMatchObject({
        message: expect.stringContaining('idempotencyKey'),
      });
    }));

  it('takes topics, keys and runs at their very end as they are', () =>
    withCluster(async (cluster) => {
      const topic = '🦀'.repeat(255);
      const key = `"{},\\' ${'é'.repeat(240)}`;
      const takes = workflow('takes', async (wf) => [await wf.receive(topic), await wf.receive(topic)]);
      const { workflows } = await cluster.app([takes]);
      const run = await workflows.start('takes', [], { id: 'o'.repeat(255) });
      for (const payload of [1, 'again']) await workflows.send('o'.repeat(255), topic, payload, { idempotencyKey: key });
      await workflows.send(run.runId.toUpperCase(), topic, 2, undefined);
      expect(await run.returnValue).toEqual([1, 2]);
      expect(await cluster.rows('select topic, message_key from notifications order by message_id')).toMatchObject([
        { topic, message_key: key },
        { topic },
      ]);
    })());
});

describe('a wait for an event from outside', () => {
  it('is refused before any SQL when its key, its options or its timeout can not be meant', () =>
    withSilentDatabase([Flow], async (app) => {
      await expectCodes(
        app,
        table(NAMES, 'INVALID_ID', (key) => (one) => getEvent(one, key)),
      );
      await expectCodes(
        app,
        table(LOOKALIKES, 'INVALID_OPTION', (options) => (one) => getEvent(one, 'phase', options)),
      );
      await expectCodes(
        app,
        table(TIMEOUTS, 'INVALID_DURATION', (timeout) => (one) => getEvent(one, 'phase', { timeout })),
      );
      await expectCodes(app, { 'a slip': [(one) => getEvent(one, 'phase', { timout: 1 }), 'UNKNOWN_OPTION'] });
    }));
});

describe('messages and events in a run', () => {
  type Member = 'receive' | 'getEvent' | 'send';
  const call = (wf: WorkflowContext, member: Member, ...args: unknown[]): Promise<unknown> => Reflect.apply(wf[member], wf, args);
  const codeOf = (promise: Promise<unknown>) =>
    promise.then(
      () => 'it was accepted',
      (error: Error & { code?: string }) => error.code,
    );

  it('are refused by type before anything is recorded, and the run goes on', () =>
    withCluster(async (cluster) => {
      const found: Record<string, unknown> = {};
      const wanted: Record<string, unknown> = {};
      const tries = workflow('tries', async (wf) => {
        const expectCode = async (what: string, code: string, promise: Promise<unknown>) => {
          wanted[what] = code;
          found[what] = await codeOf(promise);
        };
        for (const [what, name] of Object.entries(NAMES)) {
          await expectCode(`receive ${what}`, 'INVALID_ID', call(wf, 'receive', name));
          await expectCode(`getEvent ${what}`, 'INVALID_ID', call(wf, 'getEvent', ID, name));
          await expectCode(`getEvent of ${what}`, 'INVALID_ID', call(wf, 'getEvent', name, 'phase'));
          await expectCode(`send ${what}`, 'INVALID_ID', call(wf, 'send', ID, name, 1));
          await expectCode(`send to ${what}`, 'INVALID_ID', call(wf, 'send', name, 'qa', 1));
        }
        for (const [what, options] of Object.entries(LOOKALIKES)) {
          await expectCode(`receive with ${what}`, 'INVALID_OPTION', call(wf, 'receive', 'qa', options));
          await expectCode(`getEvent with ${what}`, 'INVALID_OPTION', call(wf, 'getEvent', ID, 'phase', options));
          await expectCode(`send with ${what}`, 'INVALID_OPTION', call(wf, 'send', ID, 'qa', 1, options));
        }
        for (const [what, timeout] of Object.entries(TIMEOUTS)) {
          await expectCode(`receive for ${what}`, 'INVALID_DURATION', call(wf, 'receive', 'qa', { timeout }));
          await expectCode(`getEvent for ${what}`, 'INVALID_DURATION', call(wf, 'getEvent', ID, 'phase', { timeout }));
        }
        await expectCode('a manager in a run', 'UNKNOWN_OPTION', call(wf, 'send', ID, 'qa', 1, { manager: { query: () => [] } }));
        await expectCode('a payload of a class', 'PAYLOAD_INVALID', call(wf, 'send', ID, 'qa', new Order()));
        return wf.receive('qa', { timeout: 0 });
      });
      const { workflows } = await cluster.app([tries]);
      const run = await workflows.start('tries');
      expect(await run.returnValue).toBeNull();
      expect(found).toEqual(wanted);
      expect(await cluster.operations(run.runId)).toMatchObject([{ ordinal: 0, kind: 'receive' }]);
      expect(await cluster.count('waits')).toBe(0);
      expect(await cluster.count('notifications')).toBe(0);
    })());

  it('are refused in a step and outside of any run, by name', () =>
    withCluster(async (cluster) => {
      const members: Array<[Member, unknown[]]> = [
        ['receive', ['qa']],
        ['getEvent', [ID, 'phase']],
        ['send', [ID, 'qa', 1]],
      ];
      const tries = workflow('tries', async (wf) =>
        wf.step('s', () => Promise.all(members.map(([member, args]) => codeOf(call(wf, member, ...args))))),
      );
      const { workflows, context } = await cluster.app([tries]);
      expect(await (await workflows.start('tries')).returnValue).toEqual(members.map(() => 'NOT_IN_STEP'));
      for (const [member, args] of members)
        await expect(call(context, member, ...args)).rejects.toMatchObject({
          code: 'NO_ACTIVE_RUN',
          message: expect.stringContaining(member),
        });
    })());

  it('lose nothing by a refusal that nobody awaits, and take the longest timeout as it is', () =>
    withCluster(async (cluster) => {
      const longest: WaitOptions = { timeout: '36525d' };
      const flow = workflow('flow', async (wf) => {
        void call(wf, 'receive', '');
        void call(wf, 'getEvent', ID, 'phase', null);
        void call(wf, 'send', ID, 'qa', Symbol('x'));
        return [await wf.receive('qa', longest), await wf.receive('qa', { timeout: undefined })];
      });
      const { workflows } = await cluster.app([flow], { suspendAfter: 0 });
      const run = await workflows.start('flow');
      await run.send('qa', 1);
      await run.send('qa', 2);
      expect(await run.returnValue).toEqual([1, 2]);
    })());
});
