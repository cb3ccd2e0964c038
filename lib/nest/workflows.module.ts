// The Nest module: registers the services, discovers workflows, and runs the dispatcher inside the application between bootstrap and
// shutdown. The tick is registered with @nestjs/schedule's SchedulerRegistry, where the host can see it.
import {
  type DynamicModule,
  type FactoryProvider,
  Inject,
  Logger,
  Module,
  type OnApplicationBootstrap,
  type OnModuleDestroy,
  type OnModuleInit,
  type Provider,
} from '@nestjs/common';
import { DiscoveryModule, DiscoveryService, MetadataScanner, ModuleRef, ModulesContainer } from '@nestjs/core';
import type { InstanceWrapper } from '@nestjs/core/injector/instance-wrapper.js';
import { SchedulerRegistry } from '@nestjs/schedule';
import type { DataSource } from 'typeorm';
import { RunReader } from '../client/run-reader.js';
import { WorkflowService } from '../client/workflow.service.js';
import { WorkflowContext } from '../client/workflow-context.js';
import { systemClock } from '../kernel/clock.js';
import { dataSourceToken } from './data-source-token.js';
import { openDatabase } from './open-database.js';
import { type ResolvedOptions, resolveOptions } from './resolve-options.js';
import { WorkflowExplorer } from './workflow.explorer.js';
import { WORKFLOWS_DATA_SOURCE, WORKFLOWS_OPTIONS, WORKFLOWS_RUNTIME } from './workflows.tokens.js';
import type { WorkflowsAsyncOptions, WorkflowsOptionsFactory } from './workflows-async-options.js';
import type { WorkflowsModuleExtras, WorkflowsModuleOptions } from './workflows-options.js';
import { WorkflowsRuntime } from './workflows-runtime.js';

@Module({})
export class WorkflowsModule implements OnModuleInit, OnApplicationBootstrap, OnModuleDestroy {
  #tick?: NodeJS.Timeout;
  #schedule?: SchedulerRegistry;

  constructor(
    @Inject(WORKFLOWS_OPTIONS) private readonly options: ResolvedOptions,
    @Inject(WORKFLOWS_RUNTIME) private readonly runtime: WorkflowsRuntime,
    @Inject(DiscoveryService) private readonly discovery: DiscoveryService,
    @Inject(MetadataScanner) private readonly scanner: MetadataScanner,
    @Inject(ModulesContainer) private readonly modules: ModulesContainer,
    @Inject(ModuleRef) private readonly moduleRef: ModuleRef,
  ) {}

  /** @throws InvalidOptionError, UnknownOptionError, InvalidDurationError */
  static forRoot(options: WorkflowsModuleOptions & WorkflowsModuleExtras = {}): DynamicModule {
    const { isGlobal = true, ...rest } = options;
    const resolved = resolveOptions(rest);
    const name = resolved.source.dataSource;
    const dataSource: Provider =
      typeof name === 'string'
        ? {
            provide: WORKFLOWS_DATA_SOURCE,
            useFactory: (found?: DataSource) => found,
            inject: [{ token: dataSourceToken(name), optional: true }],
          }
        : { provide: WORKFLOWS_DATA_SOURCE, useValue: undefined };
    return defineModule(isGlobal, [], [{ provide: WORKFLOWS_OPTIONS, useValue: resolved }, dataSource]);
  }

  /** Options from a factory, a class or an existing provider. A DataSource is best injected into the factory and handed on as instance. */
  static forRootAsync(options: WorkflowsAsyncOptions): DynamicModule {
    const { isGlobal = true, imports = [], useClass, useExisting, inject = [] } = options;
    const useFactory = options.useFactory as
      | ((...args: unknown[]) => ReturnType<WorkflowsOptionsFactory['createWorkflowsOptions']>)
      | undefined;
    const make = useFactory
      ? {
          provide: WORKFLOWS_OPTIONS,
          useFactory: async (...args: unknown[]) => resolveOptions(await useFactory(...args)),
          inject,
        }
      : {
          provide: WORKFLOWS_OPTIONS,
          useFactory: async (factory: WorkflowsOptionsFactory) => resolveOptions(await factory.createWorkflowsOptions()),
          inject: [useExisting ?? useClass],
        };
    const dataSource: FactoryProvider = {
      provide: WORKFLOWS_DATA_SOURCE,
      useFactory: ({ source }: ResolvedOptions, moduleRef: ModuleRef) =>
        typeof source.dataSource === 'string' ? findDataSource(moduleRef, source.dataSource) : undefined,
      inject: [WORKFLOWS_OPTIONS, ModuleRef],
    };
    return defineModule(isGlobal, imports, [make as FactoryProvider, ...(useClass ? [useClass] : []), dataSource]);
  }

  async onModuleInit(): Promise<void> {
    const { registry, service } = this.runtime;
    const binding = {
      startAndWait: async (name: string, args: unknown[]) => (await service.start(name, args)).returnValue,
    };
    try {
      new WorkflowExplorer(this.discovery, this.scanner, registry, binding, this.#belongs()).explore();
    } catch (error) {
      // Nobody closes an application that did not boot.
      await this.runtime.stop();
      throw error;
    }
  }

  async onApplicationBootstrap(): Promise<void> {
    await this.runtime.start();
    // The host's registry, so that the tick is seen with the host's other intervals; one of our own if there is none.
    this.#schedule = findOptional(this.moduleRef, SchedulerRegistry) ?? new SchedulerRegistry();
    this.#tick = setInterval(() => void this.runtime.tick(), this.options.tickMs);
    this.#schedule.addInterval(this.#tickName, this.#tick);
  }

  /** Drains while everything else of the application still works: steps may be calling its own endpoints. */
  async onModuleDestroy(): Promise<void> {
    clearInterval(this.#tick);
    if (this.#schedule?.doesExist('interval', this.#tickName)) this.#schedule.deleteInterval(this.#tickName);
    await this.runtime.stop();
  }

  get #tickName(): string {
    return `workflows:${this.options.schema}:tick`;
  }

  /** With several WorkflowsModules in one application, a provider belongs to the one that its own module imports, else to the global one. */
  #belongs(): (wrapper: InstanceWrapper) => boolean {
    const ours = [...this.modules.values()].filter((module) => module.metatype === WorkflowsModule);
    if (ours.length === 1) return () => true;
    const self = ours.find((module) => (module.instance as unknown) === this);
    return ({ host }) => {
      if (host === undefined || self === undefined) return false;
      const direct = ours.filter((module) => !module.isGlobal && host.imports.has(module));
      return direct.length > 0 ? direct.includes(self) : self.isGlobal;
    };
  }
}

function findDataSource(moduleRef: ModuleRef, name: string): DataSource | undefined {
  return findOptional(moduleRef, dataSourceToken(name)) as DataSource | undefined;
}

function findOptional<T>(moduleRef: ModuleRef, token: Parameters<ModuleRef['get']>[0]): T | undefined {
  try {
    return moduleRef.get(token, { strict: false }) as T;
  } catch {
    return undefined;
  }
}

function defineModule(global: boolean, imports: DynamicModule['imports'], providers: Provider[]): DynamicModule {
  return {
    module: WorkflowsModule,
    global,
    imports: [DiscoveryModule, ...(imports ?? [])],
    providers: [
      ...providers,
      {
        provide: WORKFLOWS_RUNTIME,
        useFactory: async (options: ResolvedOptions, dataSource?: DataSource) => {
          const logger = new Logger(`Workflows:${options.schema}`);
          const { database, release } = await openDatabase(options, dataSource, systemClock, logger);
          return new WorkflowsRuntime(options, database, systemClock, logger, release);
        },
        inject: [WORKFLOWS_OPTIONS, { token: WORKFLOWS_DATA_SOURCE, optional: true }],
      },
      { provide: WorkflowService, useFactory: (runtime: WorkflowsRuntime) => runtime.service, inject: [WORKFLOWS_RUNTIME] },
      { provide: RunReader, useFactory: (runtime: WorkflowsRuntime) => runtime.reader, inject: [WORKFLOWS_RUNTIME] },
      WorkflowContext,
    ],
    exports: [WorkflowService, RunReader, WorkflowContext],
  };
}
