// Whatever a step or a workflow throws, its run ends as ERROR with a record that can be read: cleaned, cut, the same from either place. The
// failure path itself never fails, no run hangs, no process dies, and neighbours go on.
import { withCluster, workflow } from '../engine/cluster.js';

interface Thrown {
  make(): unknown;
  /** What the record must hold. */
  recorded: object;
}

const raise = (): never => {
  throw new Error('hostile');
};

const CUT = / … \[cut, \d+ characters in all\]$/;

function chain(length: number): Error {
  let error = new Error('0');
  for (let depth = 1; depth < length; depth++) error = new Error(String(depth), { cause: error });
  return error;
}

function ownCause(): Error {
  const error = new Error('circular');
  error.cause = new Error('between', { cause: error });
  return error;
}

function ownMember(): AggregateError {
  const error = new AggregateError([new Error('one')], 'several');
  error.errors.push(error);
  return error;
}

const withGetters = (error: Error, ...keys: string[]): Error =>
  Object.defineProperties(error, Object.fromEntries(keys.map((key) => [key, { get: raise }])));

const THROWN: Readonly<Record<string, Thrown>> = {
  null: { make: () => null, recorded: { name: 'NonError', message: 'null' } },
  undefined: { make: () => undefined, recorded: { name: 'NonError', message: 'undefined' } },
  'a text': { make: () => 'x', recorded: { name: 'NonError', message: 'x' } },
  'an empty text': { make: () => '', recorded: { name: 'NonError', message: '' } },
  'a number': { make: () => Number.NaN, recorded: { name: 'NonError', message: 'NaN' } },
  'a bigint': { make: () => 10n, recorded: { name: 'NonError', message: '10n' } },
  'a symbol': { make: () => Symbol('s'), recorded: { name: 'NonError', message: 'Symbol(s)' } },
  'a function': { make: () => raise, recorded: { name: 'NonError', message: expect.stringContaining('Function') } },
  'an object': { make: () => ({ a: 1 }), recorded: { name: 'NonError', message: '{ a: 1 }' } },
  'an object like an error': {
    make: () => ({ name: 'PostgrestError', message: 'no row', code: 'PGRST116' }),
    recorded: { name: 'PostgrestError', message: 'no row', code: 'PGRST116' },
  },
  'a promise': { make: () => Promise.resolve(1), recorded: { name: 'NonError', message: expect.stringContaining('Promise') } },
  'an error with NUL everywhere': {
    make: () => Object.assign(new Error('a\0b'), { name: 'n\0', stack: 's\0', code: 'c\0' }),
    recorded: { name: 'n\ufffd', message: 'a\ufffdb', stack: 's\ufffd', code: 'c\ufffd' },
  },
  'an error with half of a surrogate pair everywhere': {
    make: () => Object.assign(new Error('a\ud800b'), { name: 'n\udfff', stack: 's\ud800', code: 'c\udc00' }),
    recorded: { name: 'n\ufffd', message: 'a\ufffdb', stack: 's\ufffd', code: 'c\ufffd' },
  },
  'an error with a message of 10 MB': {
    make: () => new Error('x'.repeat(10_000_000)),
    recorded: { name: 'Error', message: expect.stringMatching(CUT), stack: expect.stringMatching(CUT) },
  },
  'an error with 10 MB of emoji, NUL among them': {
    make: () => new Error('🦀\0'.repeat(3_000_000)),
    recorded: { name: 'Error', message: expect.stringMatching(CUT) },
  },
  'an error with a name, a stack and a code of 10 MB': {
    make: () => Object.assign(new Error('x'), { name: 'n'.repeat(1e7), stack: 's'.repeat(1e7), code: 'c'.repeat(1e7) }),
    recorded: { name: expect.stringMatching(CUT), stack: expect.stringMatching(CUT), code: expect.stringMatching(CUT) },
  },
  'a text of 10 MB': { make: () => 'x'.repeat(10_000_000), recorded: { name: 'NonError', message: expect.stringMatching(CUT) } },
  'an error that is the cause of its own cause': {
    make: ownCause,
    recorded: { message: 'circular', cause: { name: 'Error', message: 'between', stack: expect.any(String) } },
  },
  'an error with a thousand causes': { make: () => chain(1_000), recorded: { message: '999', cause: { message: '998' } } },
  'an AggregateError': {
    make: () => new AggregateError([new Error('one'), null, new RangeError('two')], 'several'),
    recorded: {
      name: 'AggregateError',
      message: 'several',
      errors: [{ message: 'one' }, { name: 'NonError', message: 'null' }, { name: 'RangeError', message: 'two' }],
    },
  },
  'an AggregateError that contains itself': { make: ownMember, recorded: { errors: [{ message: 'one' }] } },
  'an AggregateError of 5,000 members': {
    make: () => new AggregateError(Array.from({ length: 5_000 }, (_, i) => new Error(`${i} ${'x'.repeat(100)}`))),
    recorded: { name: 'AggregateError', errors: expect.any(Array) },
  },
  'an error with a toJSON that throws': {
    make: () => Object.assign(new Error('declined'), { toJSON: raise }),
    recorded: { name: 'Error', message: 'declined' },
  },
  'an error whose fields have other types': {
    make: () => Object.assign(new Error('x'), { name: 5, message: { a: 1 }, stack: 7, code: Symbol('c'), cause: raise }),
    recorded: { name: 'Error', message: '{ a: 1 }', cause: { name: 'NonError' } },
  },
  'a timeout of AbortSignal': {
    make: () => new DOMException('too late', 'TimeoutError'),
    recorded: { name: 'TimeoutError', message: 'too late' },
  },
};

/** What can't be made a text by `String()`. */
const UNPRINTABLE: Readonly<Record<string, Thrown>> = {
  'an object without a prototype': {
    make: () => Object.assign(Object.create(null), { a: 1 }),
    recorded: { name: 'NonError', message: expect.stringContaining('a: 1') },
  },
  'an error whose getters throw': {
    make: () => withGetters(new Error('x'), 'stack', 'name', 'message', 'code', 'cause', 'errors', 'retryable'),
    recorded: { name: 'Error', message: '' },
  },
  'an error whose toString throws': {
    make: () => Object.assign(new RangeError('too far'), { toString: raise }),
    recorded: { name: 'RangeError', message: 'too far' },
  },
  'a proxy that throws at every touch': {
    make: () => new Proxy({}, new Proxy({}, { get: () => raise })),
    recorded: { name: 'NonError', message: expect.not.stringContaining('hostile') },
  },
};

const ALL = { ...THROWN, ...UNPRINTABLE };

const fragile = workflow('fragile', async (wf, where: string, what: string) => {
  const body = () => {
    throw ALL[what]?.make();
  };
  if (where === 'a step') return wf.step('s', body);
  if (where === 'a step that is tried again') return wf.step('s', body, { retry: { maxAttempts: 2, initialInterval: 0 } });
  if (where === 'a step with a timeout') return wf.step('s', body, { timeout: '1h' });
  return body();
});
const sound = workflow('sound', async (wf) => wf.step('s', () => 'sound'));

/** Throws each of them in a run of its own, all at once, and looks at what became of it. */
const throwsAll = (where: string, table: Readonly<Record<string, Thrown>>) =>
  withCluster(async (cluster) => {
    const whats = Object.keys(table);
    const app = await cluster.app([fragile, sound]);
    const neighbours = await app.workflows.startMany(
      'sound',
      whats.map(() => ({ args: [] })),
    );
    const runs = await Promise.all(whats.map((what) => app.workflows.start('fragile', [where, what])));
    for (const [i, run] of runs.entries()) {
      const what = whats[i] as string;
      const error: unknown = await run.returnValue.catch((caught: unknown) => caught);
      expect({ what, error }).toEqual({ what, error: expect.any(Error) });
      const row = await cluster.run(run.runId);
      expect({ what, ...row }).toMatchObject({ what, status: 'ERROR', output: null, error: table[what]?.recorded });
      const { name, message, stack = '' } = row.error as Record<string, string>;
      expect(Buffer.byteLength(name ?? '')).toBeLessThanOrEqual(256);
      expect(Buffer.byteLength(message ?? '')).toBeLessThanOrEqual(8_192);
      expect(Buffer.byteLength(stack)).toBeLessThanOrEqual(16_384);
      expect(error).toMatchObject({ name, message });
    }
    expect(await cluster.count('workflow_status where octet_length(error) > 500000')).toBe(0);
    expect(await Promise.all(neighbours.map((run) => run.returnValue))).toEqual(whats.map(() => 'sound'));
  });

describe('anything that is thrown', () => {
  it.each(['the workflow', 'a step', 'a step that is tried again', 'a step with a timeout'])(
    'by %s ends its run with a record that can be read, and no other run',
    (where) => throwsAll(where, THROWN)(),
  );

  it.each(['a step', 'a step that is tried again', 'a step with a timeout'])(
    'by %s does so too when it can not be made a text',
    (where) => throwsAll(where, UNPRINTABLE)(),
  );

  it.each(Object.entries(UNPRINTABLE))(
    'by the workflow is recorded as it is, though it (%s) can not be made a text',
    (what, thrown) => throwsAll('the workflow', { [what]: thrown })(),
  );

  it(
    'is recorded for every attempt, cleaned and cut',
    withCluster(async (cluster) => {
      const app = await cluster.app([fragile]);
      const what = 'an error with 10 MB of emoji, NUL among them';
      await (await app.workflows.start('fragile', ['a step that is tried again', what])).returnValue.catch(() => undefined);
      const attempts = await cluster.rows('select attempt, octet_length(error) bytes from operation_attempts order by attempt');
      expect(attempts.map(({ attempt }) => attempt)).toEqual([1, 2]);
      for (const { bytes } of attempts) expect(bytes).toBeLessThan(60_000);
    }),
  );
});
