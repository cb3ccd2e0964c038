// Values at the edge of what payloads may hold: accepted, they come out as they went in, on every road: arguments, results of steps and
// workflows, live and on replay, events, and what RunReader shows. And the size limit, to the byte, for each of them.
import { RunReader } from '../../lib/index.js';
import { withCluster, workflow } from '../engine/cluster.js';
import { exactForm } from './exact-form.js';
import { nested } from './refused-payloads.js';

const ACCEPTED: Readonly<Record<string, unknown>> = {
  undefined: undefined,
  'undefined inside': { a: undefined, b: [undefined] },
  null: null,
  'an empty text': '',
  'texts that look like other things': [
    'NULL',
    'null',
    '{}',
    '{1,2}',
    '\\',
    '"',
    '\\"',
    "'; drop schema public; --",
    '$1',
    '%s',
    '\\x00',
  ],
  'texts that look like tags': { $wf: ['date', 'x'], b: { $wf: { $wf: ['undefined'] } }, c: '$wf' },
  'control characters but NUL': Array.from({ length: 31 }, (_, i) => String.fromCharCode(i + 1)).join(''),
  'line separators and a byte order mark': '\u2028\u2029\ufeff\u0085',
  'markup and terminal escapes': '<script>alert(1)</script><img onerror=x src=y>\u001b[31m\u202etxt.exe',
  'emoji and combining characters': ['👩‍👩‍👧', 'e\u0301', '🏴󠁧󠁢󠁷󠁬󠁳󠁿', '日本'],
  'the texts of dangerous keys': ['__proto__', 'constructor', 'prototype'],
  'keys that are dangerous when merged': { constructor: { prototype: { polluted: 1 } }, toString: 'x', hasOwnProperty: null },
  'empty keys and keys of digits': { '': 1, b: 2, a: 3 },
  'numbers at their ends': [
    0,
    5e-324,
    Number.MAX_VALUE,
    -Number.MAX_VALUE,
    2 ** 53,
    2 ** 53 + 2,
    0.1 + 0.2,
    1e21,
    123456789.12345678,
  ],
  bigints: [0n, -1n, 2n ** 64n, -(2n ** 2_000n)],
  dates: [new Date(0), new Date(-1), new Date(8.64e15), new Date(-8.64e15)],
  'a Map with keys of any kind': new Map<unknown, unknown>([
    [{ a: 1 }, 1],
    [null, 2],
    [undefined, 3],
    [new Date(0), 4],
    [[], new Map()],
  ]),
  'a Set of Sets': new Set([new Set([1n]), new Set()]),
  bytes: [
    new Uint8Array([0, 255]),
    new Uint8Array(),
    new ArrayBuffer(3),
    new DataView(new ArrayBuffer(2)),
    new Float64Array([Number.NaN, -0]),
  ],
  'wide numbers as bytes': [new BigInt64Array([-1n]), new Uint16Array([65_535]), new Uint8ClampedArray([255])],
  urls: [new URL('https://ann:pw@example.com:8080/a?b=c#d'), new URL('data:text/plain,x')],
  // The list of arguments, and the result around it, are the 200th.
  '199 levels': nested(199),
  'lists in lists, empty': [[], [[]], {}, [{}]],
};

const WHATS = Object.keys(ACCEPTED);

describe('a value that payloads may hold', () => {
  it(
    'comes out of arguments, steps, workflows, events and RunReader as it went in',
    withCluster(async (cluster) => {
      const flow = workflow('flow', async (wf, given: unknown) => {
        const live = await wf.step('s', () => given);
        await wf.setEvent('given', given);
        return { given, live };
      });
      const app = await cluster.app([flow]);
      const reader = app.module.get(RunReader, { strict: false });
      const runs = await app.workflows.startMany(
        'flow',
        WHATS.map((what) => ({ args: [ACCEPTED[what]] })),
      );
      for (const [i, run] of runs.entries()) {
        const what = WHATS[i] as string;
        const form = exactForm(ACCEPTED[what], true);
        const { given, live } = (await run.returnValue) as { given: unknown; live: unknown };
        expect({ what, given: exactForm(given), live: exactForm(live) }).toEqual({ what, given: form, live: form });
        const { input, output } = await reader.find(run.runId);
        expect({ what, input: exactForm(input), output: exactForm(output) }).toEqual({
          what,
          input: exactForm([ACCEPTED[what]], true),
          output: exactForm({ given, live }),
        });
        const [event] = await reader.listEvents(run.runId);
        expect({ what, event: exactForm(event?.value) }).toEqual({ what, event: form });
      }
      expect(({} as { polluted?: number }).polluted).toBeUndefined();
    }),
  );

  it(
    'is on replay what it was live',
    withCluster(async (cluster) => {
      const forms = new Map<string, unknown[]>();
      const flow = workflow('flow', async (wf, what: string) => {
        const result = await wf.step('s', () => ACCEPTED[what]);
        forms.set(what, [...(forms.get(what) ?? []), exactForm(result)]);
        await wf.sleep(300);
      });
      const app = await cluster.app([flow], { suspendAfter: 0 });
      const runs = await Promise.all(WHATS.map((what) => app.workflows.start('flow', [what])));
      await Promise.all(runs.map((run) => run.returnValue));
      for (const what of WHATS) {
        const form = exactForm(ACCEPTED[what], true);
        expect({ what, forms: forms.get(what) }).toEqual({ what, forms: [form, form] });
      }
    }),
  );

  it(
    'loses only what is documented: the sign of zero, the classes of Buffers and errors, a null prototype',
    withCluster(async (cluster) => {
      class PaymentError extends TypeError {
        override name = 'PaymentError';
        code = 'E_PAY';
        card = 'kept here';
      }
      const app = await cluster.app([workflow('flow', async (wf, given: unknown) => wf.step('s', () => given))]);
      const given = [
        -0,
        Buffer.from('abc'),
        new PaymentError('declined', { cause: [1n] }),
        Object.assign(Object.create(null), { a: 1 }),
      ];
      const back = (await (await app.workflows.start('flow', [given])).returnValue) as unknown[];
      expect(exactForm(back)).toEqual(exactForm(given, true));
      expect(back[2]).not.toHaveProperty('card');
      expect(Object.getPrototypeOf(back[2])).toBe(Error.prototype);
    }),
  );
});

const LIMIT = 2_000;

/** A value whose JSON takes exactly that many bytes of UTF-8 inside of `around` bytes of JSON, with characters of four, two and one byte. */
function ofBytes(bytes: number, around: number): string {
  const text = `🦀${'é'.repeat(40)}${'🦀'.repeat(200)}`;
  return text + 'x'.repeat(bytes - around - Buffer.byteLength(text));
}

describe('the size limit', () => {
  it(
    'counts bytes of UTF-8: one less and exactly as many are fine, one more is not, for arguments and results alike',
    withCluster(async (cluster) => {
      // `["…"]`, `"…"` and `{"message":"…"}` take so many bytes around the text.
      const [list, text, message] = [4, 2, 14];
      const flow = workflow('flow', async (wf, where: string, bytes: number) => {
        const codeOf = (promise: Promise<unknown>) =>
          promise.then(
            () => 'fine',
            (error: { code: string; message: string }) => `${error.code}: ${/\d+ bytes.*limit of \d+/.exec(error.message)}`,
          );
        switch (where) {
          case 'step':
            return codeOf(wf.step('s', () => ofBytes(bytes, text)));
          case 'event':
            return codeOf(wf.setEvent('e', ofBytes(bytes, text)));
          case 'progress':
            return codeOf(wf.progress(ofBytes(bytes, message)));
          default:
            return where === 'result' ? ofBytes(bytes, text) : 'fine';
        }
      });
      const app = await cluster.app([flow, workflow('echo', (_wf, given: string) => given)], { maxPayloadBytes: LIMIT });
      const tooLarge = `PAYLOAD_TOO_LARGE: ${LIMIT + 1} bytes, more than the limit of ${LIMIT}`;
      for (const where of ['step', 'event', 'progress']) {
        const answers = [LIMIT - 1, LIMIT, LIMIT + 1].map(
          async (bytes) => (await app.workflows.start('flow', [where, bytes])).returnValue,
        );
        expect({ where, answers: await Promise.all(answers) }).toEqual({ where, answers: ['fine', 'fine', tooLarge] });
      }
      for (const bytes of [LIMIT - 1, LIMIT]) {
        expect(await (await app.workflows.start('flow', ['result', bytes])).returnValue).toBe(ofBytes(bytes, text));
        const given = ofBytes(bytes, list);
        expect(await (await app.workflows.start('echo', [given])).returnValue).toBe(given);
      }
      const tooMuch = { name: 'PayloadTooLargeError', code: 'PAYLOAD_TOO_LARGE' };
      await expect((await app.workflows.start('flow', ['result', LIMIT + 1])).returnValue).rejects.toMatchObject(tooMuch);
      await expect(app.workflows.start('echo', [ofBytes(LIMIT + 1, list)])).rejects.toMatchObject({
        ...tooMuch,
        size: LIMIT + 1,
        limit: LIMIT,
        exact: true,
      });
    }),
  );

  it(
    'fails a step that gives 100 MB without a second attempt, and its neighbours do not notice',
    withCluster(async (cluster) => {
      let bodies = 0;
      const huge = workflow('huge', async (wf) =>
        wf.step(
          's',
          () => {
            bodies++;
            return { report: 'x'.repeat(100_000_000) };
          },
          { retry: { maxAttempts: 3, initialInterval: 0 } },
        ),
      );
      const app = await cluster.app([huge, workflow('sound', async (wf) => wf.step('s', () => 'sound'))]);
      const neighbours = await app.workflows.startMany(
        'sound',
        Array.from({ length: 20 }, () => ({ args: [] })),
      );
      const run = await app.workflows.start('huge');
      await expect(run.returnValue).rejects.toMatchObject({
        code: 'PAYLOAD_TOO_LARGE',
        message: expect.stringContaining('the result of step "s"'),
      });
      expect(bodies).toBe(1);
      expect(await Promise.all(neighbours.map((one) => one.returnValue))).toEqual(neighbours.map(() => 'sound'));
    }),
  );
});
