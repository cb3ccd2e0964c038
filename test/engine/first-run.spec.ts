import { Injectable } from '@nestjs/common';
import { Step, Workflow, WorkflowContext } from '../../lib/index.js';
import { startAppOnFreshSchema } from '../support/workflow-app.js';

@Injectable()
class GreetingSteps {
  calls = 0;
  @Step()
  async compose(name: string): Promise<string> {
    this.calls++;
    return `Hello, ${name}!`;
  }
}

@Injectable()
class Greetings {
  constructor(
    private readonly steps: GreetingSteps,
    private readonly wf: WorkflowContext,
  ) {}

  @Workflow()
  async greet(name: string): Promise<{ text: string; at: Date; runId: string }> {
    const text = await this.steps.compose(name);
    await this.wf.setEvent('phase', 'composed');
    const at = this.wf.now();
    await this.wf.sleep(5);
    return { text, at, runId: this.wf.runId };
  }
}

describe('a decorated method', () => {
  it('runs durably and gives its result', async () => {
    const app = await startAppOnFreshSchema({ providers: [GreetingSteps, Greetings] });
    try {
      const greetings = app.module.get(Greetings);
      const run = await app.workflows.start(greetings.greet, ['Ann']);
      const result = await run.returnValue;
      expect(result).toEqual({ text: 'Hello, Ann!', at: expect.any(Date), runId: run.runId });
      expect(await run.status).toBe('SUCCESS');
      const { rows } = await app.schema.pool.query('select kind, name, seq from operation_outputs order by ordinal');
      expect(rows).toEqual([
        { kind: 'step', name: 'GreetingSteps.compose', seq: 0 },
        { kind: 'event', name: 'phase', seq: 1 },
        { kind: 'value', name: 'now', seq: null },
        { kind: 'sleep', name: 'sleep', seq: 2 },
      ]);
    } finally {
      await app.close();
    }
  });
});
