// A NestJS application with workflows on a schema of its own: what most specs set up. Closing it checks that nothing is left open.
import { Module, type ModuleMetadata } from '@nestjs/common';
import { Test, type TestingModule } from '@nestjs/testing';
import { WorkflowContext, WorkflowService, WorkflowsModule, type WorkflowsModuleOptions } from '../../lib/index.js';
import { createTestSchema, type TestSchema } from './test-database.js';

export interface WorkflowApp {
  module: TestingModule;
  workflows: WorkflowService;
  context: WorkflowContext;
  close(): Promise<void>;
}

export interface WorkflowAppOptions extends ModuleMetadata {
  workflowsOptions?: WorkflowsModuleOptions;
}

/** Boots an application on an existing schema; several on one schema are the processes of a cluster. */
export async function startApp(schema: TestSchema, { workflowsOptions, ...metadata }: WorkflowAppOptions): Promise<WorkflowApp> {
  @Module({
    ...metadata,
    imports: [
      ...(metadata.imports ?? []),
      WorkflowsModule.forRoot({ url: schema.url, schema: schema.schema, ...workflowsOptions }),
    ],
  })
  class App {}
  const module = await Test.createTestingModule({ imports: [App] }).compile();
  module.useLogger(process.env.LOGS ? ['log', 'warn', 'error', 'debug'] : false);
  await module.init();
  return {
    module,
    workflows: module.get(WorkflowService, { strict: false }),
    context: module.get(WorkflowContext, { strict: false }),
    close: () => module.close(),
  };
}

/** One application on a fresh schema. `close` closes both, and fails on connections left open. */
export async function startAppOnFreshSchema(options: WorkflowAppOptions): Promise<WorkflowApp & { schema: TestSchema }> {
  const schema = await createTestSchema();
  try {
    const app = await startApp(schema, options);
    return {
      ...app,
      schema,
      close: async () => {
        await app.close();
        await schema.dispose();
      },
    };
  } catch (error) {
    await schema.dispose();
    throw error;
  }
}
