// The sample's reports, in a really started app: a run with many children.
import { eventually } from '../support/eventually.js';
import { BuiltSampleApp } from './built-sample-app.js';

interface Sales {
  orders: number;
  revenueCents: number;
}

interface Report {
  status: string;
  done: number;
  of: number;
  regions: Array<Partial<Sales> & { region: string; state: string; reason?: string }>;
  total?: Sales;
}

const ALL = 'north,east,south,west,centre,islands';

describe('a report over many regions', () => {
  let app: BuiltSampleApp;

  beforeAll(async () => {
    app = await BuiltSampleApp.build();
    await app.start();
  }, 60_000);

  afterAll(() => app?.dispose());

  async function start(fields: object): Promise<string> {
    const { status, body } = await app.post<{ id: string }>('/reports', { latency: 0.01, ...fields });
    expect(status).toBe(201);
    return body.id;
  }

  function finished(id: string): Promise<Report> {
    return eventually(async () => {
      const { body } = await app.get<Report>(`/reports/${id}`);
      expect(body.status).toBe('SUCCESS');
      return body;
    });
  }

  it('sums up what its regions sold', async () => {
    const report = await finished(await start({ regions: ALL }));
    expect(report.regions.map(({ region, state }) => [region, state])).toEqual(ALL.split(',').map((region) => [region, 'DONE']));
    const sum = (key: keyof Sales) => report.regions.reduce((total, region) => total + (region[key] ?? 0), 0);
    expect(report.total).toEqual({ orders: sum('orders'), revenueCents: sum('revenueCents') });
    expect(report.total?.orders).toBeGreaterThan(0);
  });

  it('shows a region that failed, with its reason, and sums up the others', async () => {
    const whole = await finished(await start({ regions: ALL }));
    const report = await finished(await start({ regions: ALL, broken: 'west' }));
    expect(report.regions[3]).toEqual({
      ...{ region: 'west', state: 'FAILED', reason: 'The tills of west do not answer for week 2.' },
    });
    expect(report.total?.orders).toBe((whole.total?.orders ?? 0) - (whole.regions[3]?.orders ?? 0));
  });

  it('asks so many regions at a time, each as a run of its own', async () => {
    const id = await start({ regions: ALL, concurrency: 2 });
    await finished(id);
    const { rows } = await app.schema.pool.query<{ beside: number }>(
      `select (select count(*)::int from workflow_status other where other.parent_id = child.parent_id
                and other.created_at <= child.created_at and other.completed_at > child.created_at) as beside
         from workflow_status child join workflow_status parent on parent.workflow_id = child.parent_id
        where parent.external_id = $1`,
      [`report-${id}`],
    );
    expect(rows).toHaveLength(6);
    expect(Math.max(...rows.map(({ beside }) => beside))).toBe(2);
  });

  it('tells while it runs how far it is', async () => {
    const id = await start({ regions: 'a,b,c', concurrency: 1, latency: 0.2 });
    await eventually(async () => {
      const { body } = await app.get<Report>(`/reports/${id}`);
      expect(body).toMatchObject({ done: 1, of: 3 });
      expect(body.regions.map(({ state }) => state)).toEqual(['DONE', 'RUNNING', 'WAITING']);
      expect(body.total).toBeUndefined();
    });
  });

  it('refuses what is no report, or not there', async () => {
    expect(await app.post('/reports', { month: 'may' })).toMatchObject({ status: 400 });
    expect(await app.post('/reports', { regions: '<b>' })).toMatchObject({ status: 400 });
    expect(await app.get('/reports/REP-none')).toMatchObject({ status: 404, body: { code: 'RUN_NOT_FOUND' } });
  });
});
