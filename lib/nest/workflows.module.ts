// The Nest module: makes the services and discovers workflows. When they start and stop is decided in workflows-lifecycle.module.ts.
import {
  type DynamicModule,
  type FactoryProvider,
  Inject,
  Logger,
  Module,
  type OnModuleInit,
  type Provider,
} from '@nestjs/common';
import { DiscoveryModule, DiscoveryService, MetadataScanner, ModulesContainer } from '@nestjs/core';
import type { InstanceWrapper } from '@nestjs/core/injector/instance-wrapper.js';
import type { Module as HostModule } from '@nestjs/core/injector/module.js';
import type { DataSource } from 'typeorm';
import { AuditReader } from '../client/audit-reader.js';
import { BulkJobs } from '../client/bulk-jobs.js';
import { ChangeFeed } from '../client/change-feed.js';
import { ClusterReader } from '../client/cluster-reader.js';
import type { QueueOptions } from '../client/queue-options.js';
import { RunReader } from '../client/run-reader.js';
import { WorkflowService } from '../client/workflow.service.js';
import { WorkflowContext } from '../client/workflow-context.js';
import { systemClock } from '../kernel/clock.js';
import { WorkflowsError } from '../kernel/workflows.error.js';
import { closeRuntimes } from './close-runtimes.js';
import { dataSourceToken } from './data-source-token.js';
import { awaitProvider } from './find-provider.js';
import { checkAsyncOptions, optionsFrom, splitExtras } from './module-extras.js';
import { openDatabase } from './open-database.js';
import { queueModule, registeredQueues } from './registered-queues.js';
import { type ResolvedOptions, resolveOptions } from './resolve-options.js';
import { WorkflowExplorer } from './workflow.explorer.js';
import { WORKFLOWS_DATA_SOURCE, WORKFLOWS_OPTIONS, WORKFLOWS_RUNTIME } from './workflows.tokens.js';
import type { WorkflowsAsyncOptions, WorkflowsOptionsFactory } from './workflows-async-options.js';
import { lifecycleModule } from './workflows-lifecycle.module.js';
import type { WorkflowsModuleExtras, WorkflowsModuleOptions } from './workflows-options.js';
import { WorkflowsRuntime } from './workflows-runtime.js';

export class SeveralGlobalModulesError extends WorkflowsError {
  constructor() {
    super(
      'SeveralGlobalModulesError',
      'SEVERAL_GLOBAL_MODULES',
      'More than one WorkflowsModule is global, so it is open which of them a provider belongs to. Set isGlobal: false on all but one, and import those where their workflows are.',
    );
  }
}

@Module({})
export class WorkflowsModule implements OnModuleInit {
  constructor(
    @Inject(WORKFLOWS_RUNTIME) private readonly runtime: WorkflowsRuntime,
    @Inject(DiscoveryService) private readonly discovery: DiscoveryService,
    @Inject(MetadataScanner) private readonly scanner: MetadataScanner,
    @Inject(ModulesContainer) private readonly modules: ModulesContainer,
  ) {
    runtime.findQueues = () => registeredQueues(modules, (host) => this.#owns()(host));
  }

  /**
   * Declares queues beside the workflows that use them: `imports: [WorkflowsModule.registerQueue({ name: 'reactors' })]`.
   *
   * @throws InvalidQueueOptionError, InvalidIdError, InvalidDurationError, UnknownOptionError
   */
  static registerQueue(...queues: QueueOptions[]): DynamicModule {
    return queueModule(queues);
  }

  /** @throws InvalidOptionError, UnknownOptionError, InvalidDurationError, InvalidIdError; WorkflowsError (`INVALID_OPTION`) for what is no object */
  static forRoot(options: WorkflowsModuleOptions & WorkflowsModuleExtras = {}): DynamicModule {
    const { isGlobal, rest } = splitExtras(options);
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

  /**
   * Options from a factory, a class or an existing provider. A DataSource is best injected into the factory and handed on as instance.
   *
   * @throws InvalidOptionError, UnknownOptionError, WorkflowsError (`INVALID_OPTION`); those of what the factory gives come at boot
   */
  static forRootAsync(options: WorkflowsAsyncOptions): DynamicModule {
    const { isGlobal, imports = [], useClass, useExisting, inject = [] } = checkAsyncOptions(options);
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
          useFactory: async (factory: WorkflowsOptionsFactory) => resolveOptions(await optionsFrom(factory)),
          inject: [useExisting ?? useClass],
        };
    const dataSource: FactoryProvider = {
      provide: WORKFLOWS_DATA_SOURCE,
      useFactory: ({ source }: ResolvedOptions, modules: ModulesContainer) =>
        typeof source.dataSource === 'string'
          ? awaitProvider<DataSource>(modules, dataSourceToken(source.dataSource))
          : undefined,
      inject: [WORKFLOWS_OPTIONS, ModulesContainer],
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
      await this.runtime.inputSchemas.compile();
    } catch (error) {
      await closeRuntimes(this.modules);
      throw error;
    }
    // Hooks may await runs before this process takes part.
    this.runtime.startTicking();
  }

  /** With several WorkflowsModules in one application, a provider belongs to the one that its own module imports, else to the global one. */
  #belongs(): (wrapper: InstanceWrapper) => boolean {
    const owns = this.#owns();
    return ({ host }) => owns(host);
  }

  #owns(): (host: HostModule | undefined) => boolean {
    const ours = [...this.modules.values()].filter((module) => module.metatype === WorkflowsModule);
    if (ours.length === 1) return () => true;
    if (ours.filter((module) => module.isGlobal).length > 1) throw new SeveralGlobalModulesError();
    const self = ours.find((module) => (module.instance as unknown) === this);
    return (host) => {
      if (host === undefined || self === undefined) return false;
      const direct = ours.filter((module) => !module.isGlobal && host.imports.has(module));
      return direct.length > 0 ? direct.includes(self) : self.isGlobal;
    };
  }
}

function defineModule(global: boolean, imports: DynamicModule['imports'], providers: Provider[]): DynamicModule {
  return {
    module: WorkflowsModule,
    global,
    imports: [DiscoveryModule, lifecycleModule(), ...(imports ?? [])],
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
      { provide: AuditReader, useFactory: (runtime: WorkflowsRuntime) => runtime.audit, inject: [WORKFLOWS_RUNTIME] },
      { provide: BulkJobs, useFactory: (runtime: WorkflowsRuntime) => runtime.bulk.jobs, inject: [WORKFLOWS_RUNTIME] },
      { provide: ClusterReader, useFactory: (runtime: WorkflowsRuntime) => runtime.cluster.reader, inject: [WORKFLOWS_RUNTIME] },
      { provide: ChangeFeed, useFactory: (runtime: WorkflowsRuntime) => runtime.cluster.feed, inject: [WORKFLOWS_RUNTIME] },
      WorkflowContext,
    ],
    exports: [WorkflowService, RunReader, AuditReader, BulkJobs, ClusterReader, ChangeFeed, WorkflowContext],
  };
}
