import { Injectable } from '@nestjs/common';
import { DataSource, EntitySchema } from 'typeorm';
import { Step, Workflow, workflowsEntities } from '../../lib/index.js';
import { startAppOnFreshSchema } from '../support/workflow-app.js';

@Injectable()
class Sums {
  @Step()
  async add(a: number, b: number): Promise<number> {
    return a + b;
  }

  @Workflow({ name: 'sum' })
  async sum(a: number, b: number): Promise<number> {
    return this.add(a, b);
  }
}

describe('the TypeORM entities', () => {
  it('read runs and steps through the DataSource of the host, and leave the tables alone when it synchronizes', async () => {
    const app = await startAppOnFreshSchema({ providers: [Sums] });
    const { Run, Operation, Event, StreamChunk } = workflowsEntities(app.schema.schema);
    const own = new EntitySchema<{ id: number; note: string }>({
      name: 'Note',
      schema: app.schema.schema,
      columns: { id: { type: 'integer', primary: true }, note: { type: 'text' } },
    });
    const host = new DataSource({
      type: 'postgres',
      url: app.schema.url,
      schema: app.schema.schema,
      entities: [own, Run, Operation, Event, StreamChunk],
      synchronize: true,
    });
    try {
      const columns = () =>
        app.schema.pool.query(
          `select table_name, column_name, data_type, is_nullable, column_default from information_schema.columns
           where table_schema = $1 and table_name <> 'note' order by 1, 2`,
          [app.schema.schema],
        );
      const before = (await columns()).rows;
      const run = await app.workflows.start(app.module.get(Sums).sum, [2, 3]);
      expect(await run.returnValue).toBe(5);
      await host.initialize();
      expect(await host.getRepository(Run).findOneByOrFail({ runId: run.runId })).toMatchObject({
        workflowName: 'sum',
        status: 'SUCCESS',
        output: '5',
      });
      expect(await host.getRepository(Operation).findBy({ runId: run.runId })).toMatchObject([
        { kind: 'step', name: 'Sums.add', output: '5' },
      ]);
      await host.synchronize();
      expect((await columns()).rows).toEqual(before);
    } finally {
      if (host.isInitialized) await host.destroy();
      await app.close();
    }
  });
});
