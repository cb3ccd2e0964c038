// Searches share the connections with everything else of the process: they leave room for starts, and a connection that breaks in the midst of one
// breaks nothing but that search.
import { systemClock } from '../../lib/kernel/clock.js';
import { PgDatabase } from '../../lib/store/pg-database.js';
import { eventually } from '../support/eventually.js';
import { TcpProxy } from '../support/tcp-proxy.js';
import { createTestSchema, type TestSchema } from '../support/test-database.js';

const LOCK = 4_711;
const silent = { log: () => undefined, warn: () => undefined, error: () => undefined, debug: () => undefined };

describe('a search', () => {
  let schema: TestSchema;
  let proxy: TcpProxy;
  let database: PgDatabase;

  beforeEach(async () => {
    schema = await createTestSchema();
    proxy = await TcpProxy.start(schema.url);
    database = new PgDatabase({
      connection: { connectionString: proxy.url },
      schema: schema.schema,
      sharedConnections: 4,
      vitalConnections: 1,
      vitalTimeoutMs: 5_000,
      preparedStatements: true,
      clock: systemClock,
      logger: silent,
    });
  });
  afterEach(async () => {
    await database.close();
    await proxy.close();
    await schema.dispose();
  });

  /** Searches that stand still until the lock is given back. */
  async function standing(count: number): Promise<{ searches: Promise<unknown>[]; goOn(): Promise<void> }> {
    const keeper = await schema.pool.connect();
    await keeper.query('select pg_advisory_lock($1)', [LOCK]);
    const searches = Array.from({ length: count }, () =>
      database.query('/* test.stand */ select pg_advisory_xact_lock($1)', [LOCK], { search: true }),
    );
    return {
      searches,
      goOn: async () => {
        await keeper.query('select pg_advisory_unlock($1)', [LOCK]);
        keeper.release();
      },
    };
  }
  const underWay = async () =>
    (await schema.pool.query(`select 1 from pg_stat_activity where query like '/* test.stand */%' and wait_event = 'advisory'`))
      .rows.length;

  it('leaves half of the connections to others, however many wait', async () => {
    const { searches, goOn } = await standing(12);
    await eventually(async () => expect(await underWay()).toBe(2));
    await Promise.all([1, 2, 3].map((n) => database.query('select $1::int n', [n])));
    expect(await underWay()).toBe(2);
    await goOn();
    await Promise.all(searches);
  });

  it('whose connection breaks is rejected, and nothing else happens; the next one is answered', async () => {
    const { searches, goOn } = await standing(1);
    const outcome = expect(searches[0]).rejects.toThrow();
    await eventually(async () => expect(await underWay()).toBe(1));
    proxy.cut();
    await outcome;
    proxy.heal();
    await goOn();
    await eventually(async () => expect(await database.query('select 1 n', [], { search: true })).toEqual([{ n: 1 }]));
  });

  it('changes nothing, and is planned without compilation, in no other statement', async () => {
    await expect(database.query('create table t ()', [], { search: true })).rejects.toMatchObject({ code: '25006' });
    const settings = `select current_setting('statement_timeout') timeout, current_setting('jit') jit`;
    expect(await database.query(settings, [], { search: true })).toEqual([{ timeout: '5s', jit: 'off' }]);
    const [others] = await database.query<{ timeout: string }>(settings);
    expect(others?.timeout).toBe('0');
  });
});
