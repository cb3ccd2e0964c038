// The sample's approvals, in a really started app: a run that waits for a person.
import { eventually } from '../support/eventually.js';
import { type Answer, BuiltSampleApp } from './built-sample-app.js';

interface Approval {
  state: string;
  history: Array<{ state: string }>;
  run: { status: string };
  result?: object;
  code?: string;
  message?: string;
}

const EXPENSE = { who: 'Ann', what: 'Train to Basel', amount: 84.5 };
const YES = { approve: 'yes', by: 'Ben', reason: 'Have fun' };
/** So that a process that was killed is missed soon. */
const ENVIRONMENT = { WORKFLOWS_LEASE: '2s' };
const NO = { approve: 'no', by: 'Cid', reason: 'Too far' };

describe('an approval', () => {
  let app: BuiltSampleApp;

  beforeAll(async () => {
    app = await BuiltSampleApp.build();
    await app.start(ENVIRONMENT);
  }, 60_000);

  afterAll(() => app?.dispose());

  /** @param times in seconds */
  async function ask(times: { remindAfter?: number; expireAfter?: number } = {}): Promise<string> {
    const { status, body } = await app.post<{ id: string }>('/approvals', { ...EXPENSE, ...times });
    expect(status).toBe(201);
    return body.id;
  }

  async function find(id: string): Promise<Approval> {
    return (await app.get<Approval>(`/approvals/${id}`)).body;
  }

  function answer(id: string, words: object): Promise<Answer<Approval>> {
    return app.post(`/approvals/${id}/answer`, words);
  }

  function eventuallyIn(state: string, id: string): Promise<Approval> {
    return eventually(async () => {
      const approval = await find(id);
      expect(approval.state).toBe(state);
      return approval;
    });
  }

  function finished(id: string): Promise<Approval> {
    return eventually(async () => {
      const approval = await find(id);
      expect(approval.run.status).toBe('SUCCESS');
      return approval;
    });
  }

  it('ends with who answered, and why', async () => {
    const [accepted, refused] = [await ask(), await ask()];
    expect(await answer(accepted, YES)).toMatchObject({ status: 200, body: { state: 'APPROVED' } });
    expect(await answer(refused, NO)).toMatchObject({ status: 200, body: { state: 'DECLINED' } });
    const reference = expect.stringMatching(/^PAY-/);
    expect((await finished(accepted)).result).toEqual({
      ...{ state: 'APPROVED', reminded: false, by: 'Ben', reason: 'Have fun' },
      reference,
    });
    expect((await finished(refused)).result).toEqual({ state: 'DECLINED', reminded: false, by: 'Cid', reason: 'Too far' });
  });

  it('reminds after a while, and takes the answer after that', async () => {
    const id = await ask({ remindAfter: 0.05, expireAfter: 600 });
    await eventuallyIn('REMINDED', id);
    await answer(id, YES);
    expect(await finished(id)).toMatchObject({
      history: [{ state: 'WAITING' }, { state: 'REMINDED' }, { state: 'APPROVED' }],
      result: { reminded: true, by: 'Ben' },
    });
  });

  it('expires in the end, and says so to who comes later', async () => {
    const id = await ask({ remindAfter: 0.05, expireAfter: 0.05 });
    expect((await finished(id)).result).toEqual({ state: 'EXPIRED', reminded: true });
    const late = { statusCode: 409, code: 'RUN_FINISHED', message: `${id} ended without an answer.` };
    expect(await answer(id, YES)).toEqual({ status: 409, body: late });
  });

  it('counts the first answer, tells a second one whose that was, and takes the same one again', async () => {
    const id = await ask();
    const both = await Promise.all([answer(id, YES), answer(id, NO)]);
    expect(both.map(({ status }) => status).sort()).toEqual([200, 409]);
    const [first, second] = both[0].status === 200 ? [YES, NO] : [NO, YES];
    await finished(id);
    expect(await answer(id, second)).toMatchObject({
      status: 409,
      body: {
        code: 'RUN_FINISHED',
        message: `${id} was answered before. ${first.by} said ${first.approve}: ${first.reason}`,
      },
    });
    expect((await answer(id, first)).status).toBe(200);
  });

  it.each(['SIGINT', 'SIGKILL'] as const)(
    'outlives %s to the application, and takes the answer in the next one',
    async (signal) => {
      const [answered, reminded] = [await ask({ remindAfter: 600 }), await ask({ remindAfter: 1, expireAfter: 600 })];
      for (const id of [answered, reminded]) await eventually(async () => expect((await find(id)).history).toHaveLength(1));
      await app.end(signal);
      await app.start(ENVIRONMENT);
      expect(await answer(answered, YES)).toMatchObject({ status: 200 });
      expect((await finished(answered)).result).toMatchObject({ by: 'Ben', reason: 'Have fun', reminded: false });
      await eventuallyIn('REMINDED', reminded);
    },
  );

  it('refuses what is no expense, no answer, or not there', async () => {
    const id = await ask();
    expect(await app.post('/approvals', { ...EXPENSE, amount: 'much' })).toMatchObject({
      status: 400,
      body: { message: 'amount must be a number from 0.01 to 100000.' },
    });
    expect(await answer(id, { ...YES, approve: 'perhaps' })).toMatchObject({ status: 400 });
    expect(await answer(id, { approve: 'yes', by: 'Ben' })).toMatchObject({ status: 400 });
    expect(await answer('EXP-none', YES)).toMatchObject({ status: 404, body: { code: 'RUN_NOT_FOUND' } });
  });
});
