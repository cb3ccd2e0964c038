// A NestJS application context in a process of its own, which must end by itself: node … host-process.ts <mode> <options as JSON>
import 'reflect-metadata';
import { setTimeout as pause } from 'node:timers/promises';
import { Injectable, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { Workflow, WorkflowContext, WorkflowService, WorkflowsModule } from '../../lib/index.js';

const [mode = 'close', options = '{}'] = process.argv.slice(2);

@Injectable()
class Jobs {
  constructor(private readonly wf: WorkflowContext) {}

  @Workflow({ name: 'job' })
  async job(ms: number): Promise<string> {
    await this.wf.step('work', async () => {
      console.log('step begins');
      await pause(ms);
      console.log('step ends');
    });
    await this.wf.step('after', () => console.log('after'));
    return 'done';
  }

  @Workflow({ name: 'nap', timeout: '1h' })
  async nap(ms: number): Promise<void> {
    await this.wf.sleep(ms);
  }
}

@Module({ imports: [WorkflowsModule.forRoot(JSON.parse(options))], providers: [Jobs] })
class HostModule {}

process.on('exit', (code) => console.log(`exit ${code}`));

if (mode === 'fail') {
  await NestFactory.createApplicationContext(HostModule, { logger: ['error'], abortOnError: false }).catch((error) =>
    console.log(`boot failed: ${error.code}`),
  );
} else {
  const app = await NestFactory.createApplicationContext(HostModule, { logger: ['warn', 'error'] });
  const workflows = app.get(WorkflowService);
  console.log('ready');
  if (mode === 'close') {
    const run = await workflows.start<string>('job', [10]);
    await workflows.start('nap', [60_000]);
    await workflows.start('nap', [2_000]);
    console.log(await run.returnValue);
    await app.close();
    console.log('closed');
  } else if (mode === 'close-at-once') {
    await app.close();
    console.log('closed');
  } else if (mode === 'signal') {
    app.enableShutdownHooks();
    await workflows.start('job', [700]);
  }
}
