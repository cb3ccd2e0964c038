import { InvalidOptionError, UnknownOptionError, WorkflowsModule, type WorkflowsModuleOptions } from '../../lib/index.js';

const refusal = (options: unknown): Error & { code: string } => {
  try {
    WorkflowsModule.forRoot(options as WorkflowsModuleOptions);
  } catch (error) {
    return error as Error & { code: string };
  }
  throw new Error(`accepted ${JSON.stringify(options)}`);
};

describe('an option of WorkflowsModule', () => {
  it.each([
    ['leaseDuraton', 'leaseDuration'],
    ['tick', 'tickInterval'],
    ['Schema', 'schema'],
    ['datasource', 'dataSource'],
    ['maxConcurentRuns', 'maxConcurrentRuns'],
  ])('that is unknown is refused, with "did you mean": %s', (wrong, right) => {
    const error = refusal({ [wrong]: undefined });
    expect(error).toBeInstanceOf(UnknownOptionError);
    expect(error.message).toContain(`"${wrong}"`);
    expect(error.message).toContain(right);
  });

  it('that is like no other is refused with a list of those that are known', () => {
    expect(refusal({ xyzzy: 1 }).message).toMatch(/Known are: .*leaseDuration/);
  });

  it.each(['codec', 'telemetry', 'triggers'])('of a later release is refused as planned: %s', (option) => {
    const error = refusal({ [option]: {} });
    expect(error).toMatchObject({ code: 'UNKNOWN_OPTION' });
    expect(error.message).toMatch(/planned/);
  });

  it.each([null, 'postgres://localhost/db', 42, [], () => ({})])('set that is no object is refused: %p', (options) => {
    expect(refusal(options)).toMatchObject({ code: 'INVALID_OPTION' });
  });

  it.each<[string, unknown[]]>([
    [
      'schema',
      [
        'x";drop schema public;--',
        'a'.repeat(49),
        'Upper',
        '1st',
        '',
        'with space',
        'ünïcode',
        'a\n',
        'a-b',
        42,
        null,
        ['workflows'],
      ],
    ],
    ['migrate', ['always', true, null, 'toString']],
    ['role', ['server', 'ALL', 1, null]],
    ['dispatch', ['automatic', true, null]],
    ['serveQueues', ['q', [''], [1], null]],
    ['maxConcurrentRuns', [0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY, '5', null, 100_001, 5n]],
    ['writeLanes', [0, 17, 1.5, '2', null]],
    ['inMemory', [null, 5, [], { depth: 5 }, { maxDepth: 0 }, { maxDepth: 1e9 }, { overflow: 'drop' }, { overflow: null }]],
    ['poolSize', [0, 101, -1, '4', null]],
    ['maxPayloadBytes', [0, 1_023, 2 ** 40, '2MiB', Number.NaN, null]],
    ['notifications', ['yes', 0, null]],
    ['preparedStatements', ['no', 1, null]],
    ['workflows', ['orders', { 0: 'orders' }, [''], [1], ['a\0'], ['x'.repeat(256)], [undefined], null]],
    ['url', ['mysql://localhost/db', 'localhost', '', 5, null, {}]],
    ['dataSource', [5, true, null]],
    ['embedded', ['yes', 1, { dataDirectory: '/tmp' }]],
    ['isGlobal', ['yes', null]],
  ])('with a bad value is refused by name: %s', (option, values) => {
    for (const value of values) {
      const error = refusal({ [option]: value });
      expect(error).toMatchObject({
        code: expect.stringMatching(/^(INVALID_OPTION|INVALID_ID|UNKNOWN_OPTION|INVALID_EMBEDDED_OPTION)$/),
      });
      expect(error.message).toContain(option);
    }
  });

  it.each<[string, unknown[]]>([
    ['leaseDuration', [0, 1_999, '1s', -1, Number.NaN, Number.POSITIVE_INFINITY, '2 hours', '61m', null, {}]],
    ['tickInterval', [0, 99, '61s', -1, Number.NaN, 'fast', null]],
    ['suspendAfter', [-1, Number.NaN, Number.POSITIVE_INFINITY, 'never', null, 1e15]],
    ['shutdownTimeout', [-1, Number.NaN, '61m', 'soon', null]],
    ['connectTimeout', [-1, Number.NaN, '61m', 'soon', null]],
  ])('with a bad duration is refused by name: %s', (option, values) => {
    for (const value of values) {
      const error = refusal({ [option]: value });
      expect(error).toMatchObject({ code: 'INVALID_DURATION' });
      expect(error.message).toContain(option);
    }
  });

  it('that is undefined has its default', () => {
    expect(() =>
      WorkflowsModule.forRoot({
        url: undefined,
        schema: undefined,
        role: undefined,
        leaseDuration: undefined,
        embedded: undefined,
      }),
    ).not.toThrow();
  });

  it.each([
    { url: 'postgres://localhost/db', dataSource: 'default' },
    { url: 'postgres://localhost/db', embedded: true },
    { embedded: {}, dataSource: 'reports' },
    { url: 'postgres://localhost/db', embedded: true, dataSource: 'default' },
  ])('that says where the database is stands alone: %j', (options) => {
    const error = refusal(options);
    expect(error).toBeInstanceOf(InvalidOptionError);
    for (const key of Object.keys(options)) expect(error.message).toContain(`"${key}"`);
  });

  it('embedded: false says nothing about where the database is', () => {
    expect(() => WorkflowsModule.forRoot({ embedded: false, url: 'postgres://localhost/db' })).not.toThrow();
  });

  it('never shows a url, which may hold a password', () => {
    for (const options of [
      { url: 'mysql://ann:s3cret@localhost/db' },
      { url: 'postgres://ann:s3cret@localhost/db', embedded: true },
      { dataSource: 'default', url: 'postgres://ann:s3cret@localhost/db' },
      { url: { href: 'postgres://ann:s3cret@localhost/db' } },
      'postgres://ann:s3cret@localhost/db',
    ])
      expect(refusal(options).message).not.toContain('s3cret');
  });

  it('given without any is the default DataSource', () => {
    expect(() => WorkflowsModule.forRoot()).not.toThrow();
  });
});
