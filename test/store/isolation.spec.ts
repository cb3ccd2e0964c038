import pg from 'pg';
import { createTestSchema } from '../support/test-database.js';
import { startApp } from '../support/workflow-app.js';

describe('a connection above READ COMMITTED', () => {
  it('is refused at boot: the fence would read an older snapshot', async () => {
    const schema = await createTestSchema();
    const role = `r_${schema.schema}`;
    const admin = new pg.Client({ connectionString: schema.url });
    await admin.connect();
    try {
      await admin.query(`create role ${role} login superuser password 'x'`);
      await admin.query(`alter role ${role} set default_transaction_isolation = 'repeatable read'`);
      const url = new URL(schema.url);
      url.username = role;
      url.password = 'x';
      const end = await startApp({ ...schema, url: url.href }, { providers: [] }).then(
        (app) => app.close(),
        (error) => error,
      );
      expect(end).toMatchObject({ code: 'UNSUPPORTED_ISOLATION', message: expect.stringContaining('repeatable read') });
    } finally {
      await admin.query(`drop owned by ${role} cascade`);
      await admin.query(`drop role if exists ${role}`);
      await admin.end();
      await schema.dispose();
    }
  });
});
