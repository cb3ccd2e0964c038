// How forRootAsync gets its options, in Nest's usual three ways.
import type { FactoryProvider, ModuleMetadata, Type } from '@nestjs/common';
import type { WorkflowsModuleExtras, WorkflowsModuleOptions } from './workflows-options.js';

export interface WorkflowsOptionsFactory {
  createWorkflowsOptions(): WorkflowsModuleOptions | Promise<WorkflowsModuleOptions>;
}

export interface WorkflowsAsyncOptions extends WorkflowsModuleExtras, Pick<ModuleMetadata, 'imports'> {
  useFactory?: (...args: never[]) => WorkflowsModuleOptions | Promise<WorkflowsModuleOptions>;
  useClass?: Type<WorkflowsOptionsFactory>;
  useExisting?: Type<WorkflowsOptionsFactory>;
  inject?: FactoryProvider['inject'];
}
