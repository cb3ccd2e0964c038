import { chmodSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { Injectable } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import pg from 'pg';
import { Workflow, WorkflowService, WorkflowsModule } from '../../lib/index.js';
import { eventually } from '../support/eventually.js';

@Injectable()
class Greetings {
  @Workflow({ name: 'greet' })
  async greet(name: string): Promise<string> {
    return `Hello, ${name}!`;
  }
}

describe('the option embedded', () => {
  const given = process.env.DATABASE_URL;
  let folder: string;
  beforeEach(() => {
    mkdirSync('.data', { recursive: true });
    folder = mkdtempSync(resolve('.data/embedded-option-'));
    // The server may run as another user.
    chmodSync(folder, 0o755);
  });
  afterEach(() => {
    process.env.DATABASE_URL = given;
    rmSync(folder, { recursive: true, force: true });
  });
  const boot = async (schema: string) => {
    const module = await Test.createTestingModule({
      imports: [WorkflowsModule.forRoot({ embedded: { dataDir: join(folder, 'pg') }, schema })],
      providers: [Greetings],
    }).compile();
    module.useLogger(false);
    return module.init();
  };

  it('starts a server with the module and stops it when the application is closed', async () => {
    delete process.env.DATABASE_URL;
    const app = await boot('workflows');
    const run = await app.get(WorkflowService).start<string>('greet', ['Ann']);
    expect(await run.returnValue).toBe('Hello, Ann!');
    await app.close();
    const { startEmbeddedPostgres } = await import('../../lib/embedded/index.js');
    // Its data are there for the next start, which finds nobody running.
    const server = await startEmbeddedPostgres({ dataDir: join(folder, 'pg'), log: () => undefined });
    const client = new pg.Client({ connectionString: server.url });
    await client.connect();
    expect((await client.query('select status from workflows.workflow_status')).rows).toEqual([{ status: 'SUCCESS' }]);
    await client.end();
    await server.stop();
    await eventually(async () => {
      const again = new pg.Client({ connectionString: server.url });
      await expect(again.connect()).rejects.toThrow();
    });
  });

  it('is replaced by DATABASE_URL', async () => {
    const schema = `t_embedded_${process.pid}`;
    const app = await boot(schema);
    const client = new pg.Client({ connectionString: given });
    await client.connect();
    try {
      await (await app.get(WorkflowService).start('greet', ['Bob'])).returnValue;
      expect((await client.query(`select count(*)::int n from ${schema}.workflow_status`)).rows).toEqual([{ n: 1 }]);
    } finally {
      await app.close();
      await client.query(`drop schema if exists ${schema} cascade`);
      await client.end();
    }
  });
});
