// Errors that look like those of the library and are not what they seem: they fail their step as any other error does, and nothing else.
import { WorkflowsError } from '../../lib/index.js';
import { withCluster, workflow } from '../engine/cluster.js';
import { ChildScript } from '../support/child-process.js';
import { createTestSchema } from '../support/test-database.js';

describe('an error that only looks like one of the library', () => {
  it(
    'by the code RETRY_AFTER fails its step with itself, not with an error of the database',
    withCluster(async (cluster) => {
      class TooManyRequests extends WorkflowsError {
        constructor() {
          super('TooManyRequests', 'RETRY_AFTER', 'ask again later');
        }
      }
      const flow = workflow('flow', async (wf) =>
        wf.step(
          's',
          () => {
            throw new TooManyRequests();
          },
          { retry: { maxAttempts: 2, initialInterval: 0 } },
        ),
      );
      const app = await cluster.app([flow]);
      await expect((await app.workflows.start('flow')).returnValue).rejects.toMatchObject({ name: 'TooManyRequests' });
    }),
  );

  it.each(['a code that can not be read', 'a retryAfterMs that is a bigint'])('with %s kills no process', async (kind) => {
    const schema = await createTestSchema();
    const child = new ChildScript(new URL('./throwing-process.ts', import.meta.url).pathname, {
      args: [schema.url, schema.schema, kind],
    });
    try {
      expect(await child.waitForLine('ended: ')).toBe('ended: ERROR');
      expect(await child.exit).toMatchObject({ code: 0 });
    } finally {
      await child.dispose();
      await schema.dispose();
    }
  });

  it('in an ordinary process ends its run as any other does', async () => {
    const schema = await createTestSchema();
    const child = new ChildScript(new URL('./throwing-process.ts', import.meta.url).pathname, {
      args: [schema.url, schema.schema, 'nothing odd'],
    });
    try {
      expect(await child.waitForLine('ended: ')).toBe('ended: ERROR');
      expect(await child.exit).toMatchObject({ code: 0 });
    } finally {
      await child.dispose();
      await schema.dispose();
    }
  });
});
