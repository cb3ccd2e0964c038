// The library as a contender: a Nest application context with two workflows, used only through what `nestjs-workflows` exports. The
// decorators are applied by hand, so that the benchmark needs no compiler.
import 'reflect-metadata';
import { Inject, Injectable, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { Step, Workflow, WorkflowContext, WorkflowService, WorkflowsModule } from '../dist/lib/index.js';

let finished = 0;

export class BenchWorkflows {
  constructor(context) {
    this.context = context;
  }

  async one(n) {
    const result = await this.work(n + 1);
    finished++;
    return result;
  }

  async ten(n) {
    let last = n;
    for (let i = 0; i < 10; i++) last = await this.work(n + i);
    finished++;
    return last;
  }

  async sleeper(duration) {
    await this.context.sleep(duration);
  }

  async work(n) {
    return n;
  }
}

function decorate(method, decorator) {
  const descriptor = Object.getOwnPropertyDescriptor(BenchWorkflows.prototype, method);
  decorator(BenchWorkflows.prototype, method, descriptor);
  Object.defineProperty(BenchWorkflows.prototype, method, descriptor);
}

Injectable()(BenchWorkflows);
Inject(WorkflowContext)(BenchWorkflows, undefined, 0);
decorate('work', Step({ name: 'work' }));
for (const name of ['one', 'ten', 'sleeper']) decorate(name, Workflow({ name }));

/** The application context itself, for what is not a side-by-side measurement. */
export async function openApplication(options) {
  class BenchModule {}
  Module({ imports: [WorkflowsModule.forRoot(options)], providers: [BenchWorkflows] })(BenchModule);
  const application = await NestFactory.createApplicationContext(BenchModule, { logger: ['warn', 'error', 'fatal'] });
  return { application, service: application.get(WorkflowService), workflows: application.get(BenchWorkflows) };
}

export async function open({ url, schema, role, inFlight }) {
  // All defaults, but for the slots: enough that the measurement's runs in flight do not fill them.
  const { application, service, workflows } = await openApplication({ url, schema, role, maxConcurrentRuns: inFlight * 2 });
  return {
    async start(name, n) {
      const run = await service.start(workflows[name], [n]);
      return () => run.returnValue;
    },
    finished: () => finished,
    close: () => application.close(),
  };
}
