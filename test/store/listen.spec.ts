import type { Clock, Timer } from '../../lib/kernel/clock.js';
import type { Listener } from '../../lib/store/database.js';
import { PgDatabase } from '../../lib/store/pg-database.js';
import { eventually } from '../support/eventually.js';
import { TcpProxy } from '../support/tcp-proxy.js';
import { createTestSchema, type TestSchema } from '../support/test-database.js';

/** Stands still until it is moved. */
class ManualClock implements Clock {
  #now = 0;
  readonly #timers = new Set<{ due: number; fire: () => void }>();
  now = () => this.#now;
  monotonic = () => this.#now;
  setTimer(delayMs: number, fire: () => void): Timer {
    const timer = { due: this.#now + delayMs, fire };
    this.#timers.add(timer);
    return { cancel: () => this.#timers.delete(timer) };
  }
  advance(ms: number): void {
    this.#now += ms;
    for (const timer of [...this.#timers]) if (timer.due <= this.#now && this.#timers.delete(timer)) timer.fire();
  }
}

describe('the LISTEN connection', () => {
  let schema: TestSchema;
  let proxy: TcpProxy;
  let clock: ManualClock;
  let database: PgDatabase;
  let listener: Listener;
  let messages: string[];
  let connected: number;
  let lost: number;
  const warnings: string[] = [];
  const logger = {
    log: () => undefined,
    warn: (text: string) => warnings.push(text),
    error: () => undefined,
    debug: () => undefined,
  };
  const listen = () => {
    listener = database.listen('a_channel', {
      onMessage: (payload) => messages.push(payload),
      onConnected: () => connected++,
      onLost: () => lost++,
    });
  };
  const notify = (payload: string) => schema.pool.query('select pg_notify($1, $2)', ['a_channel', payload]);
  beforeEach(async () => {
    schema = await createTestSchema();
    proxy = await TcpProxy.start(schema.url);
    clock = new ManualClock();
    [messages, connected, lost, warnings.length] = [[], 0, 0, 0];
    database = new PgDatabase({
      connection: { connectionString: proxy.url, application_name: schema.schema },
      schema: schema.schema,
      vitalConnections: 1,
      sharedConnections: 1,
      preparedStatements: true,
      vitalTimeoutMs: 5_000,
      clock,
      logger,
    });
  });
  afterEach(async () => {
    await listener.close();
    await database.close();
    await proxy.close();
    await schema.dispose();
  });

  it('hears what is notified, and closes', async () => {
    listen();
    await eventually(() => expect(connected).toBe(1));
    await notify('work');
    await eventually(() => expect(messages).toEqual(['work']));
  });

  it('comes back after it was cut, and says that it may have missed something', async () => {
    listen();
    await eventually(() => expect(connected).toBe(1));
    proxy.cut();
    await eventually(() => expect(lost).toBe(1));
    // Refused a few times more: one warning in all.
    for (let i = 0; i < 3; i++) {
      const { accepted } = proxy;
      clock.advance(10_000);
      await eventually(() => expect(proxy.accepted).toBeGreaterThan(accepted));
      await eventually(() => expect(lost).toBe(i + 2));
    }
    expect(warnings).toHaveLength(1);
    proxy.heal();
    clock.advance(10_000);
    await eventually(() => expect(connected).toBe(2));
    await notify('again');
    await eventually(() => expect(messages).toEqual(['again']));
  });

  it('finds out by its heartbeat that its socket is half-open', async () => {
    listen();
    await eventually(() => expect(connected).toBe(1));
    proxy.mute();
    clock.advance(10_000);
    clock.advance(5_000);
    expect(lost).toBe(1);
    proxy.heal();
    clock.advance(10_000);
    await eventually(() => expect(connected).toBe(2));
  });

  it('gives up a connection attempt that nobody answers, and tries again', async () => {
    proxy.mute();
    listen();
    await eventually(() => expect(proxy.dropped).toBeGreaterThan(0));
    // The attempt stays on a connection on which nothing will ever come; new ones get through.
    proxy.mode = 'pass';
    await eventually(
      () => {
        clock.advance(60_000);
        expect(connected).toBe(1);
      },
      { timeout: 12_000, interval: 200 },
    );
  });

  it('closed while it connects leaves nothing open', async () => {
    listen();
    await listener.close();
    await eventually(async () => {
      const { rows } = await schema.pool.query('select pid from pg_stat_activity where application_name = $1', [schema.schema]);
      expect(rows).toEqual([]);
    });
    clock.advance(60_000);
    expect(connected).toBe(0);
  });
});
