// A process of its own whose one step throws something that looks like an error of the library. Says how the run ended, if it gets so far:
// node … throwing-process.ts <url> <schema> <kind>
import 'reflect-metadata';
import { Injectable, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { RetryAfterError, Workflow, WorkflowContext, WorkflowService, WorkflowsError, WorkflowsModule } from '../../lib/index.js';

const [url = '', schema = '', kind = ''] = process.argv.slice(2);

const raise = (): never => {
  throw new Error('hostile');
};

function make(): unknown {
  switch (kind) {
    case 'a code that can not be read':
      return Object.defineProperty(new WorkflowsError('Odd', 'ODD', 'odd'), 'code', { get: raise });
    case 'a retryAfterMs that is a bigint':
      return Object.assign(new RetryAfterError(1), { retryAfterMs: 5n });
    default:
      return new WorkflowsError('Odd', 'ODD', 'odd');
  }
}

@Injectable()
class Flow {
  constructor(readonly wf: WorkflowContext) {}

  @Workflow({ name: 'flow' })
  async run(): Promise<unknown> {
    return this.wf.step(
      's',
      () => {
        throw make();
      },
      { retry: { maxAttempts: 2, initialInterval: 0 } },
    );
  }
}

@Module({ imports: [WorkflowsModule.forRoot({ url, schema })], providers: [Flow] })
class App {}

const app = await NestFactory.createApplicationContext(App, { logger: false });
const run = await app.get(WorkflowService).start('flow');
await run.returnValue.catch(() => undefined);
console.log(`ended: ${await run.status}`);
await app.close();
