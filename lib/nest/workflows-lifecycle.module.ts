// When the runtime starts and stops. A module of its own beside WorkflowsModule, because Nest calls a global module's bootstrap hook
// first and its destroy hook last, and this needs the opposite: claims begin after everybody else's bootstrap, and runs drain while
// everything else of the application still works (their steps may be calling its own endpoints). The tick is registered with
// @nestjs/schedule's SchedulerRegistry, where the host can see it.
import {
  Inject,
  Module,
  type OnApplicationBootstrap,
  type OnApplicationShutdown,
  type OnModuleDestroy,
  type Type,
} from '@nestjs/common';
import { ModuleRef, ModulesContainer } from '@nestjs/core';
import { SchedulerRegistry } from '@nestjs/schedule';
import { WorkflowsError } from '../kernel/workflows.error.js';
import { closeRuntimes } from './close-runtimes.js';
import { findOptional } from './find-provider.js';
import type { ResolvedOptions } from './resolve-options.js';
import { WORKFLOWS_OPTIONS, WORKFLOWS_RUNTIME } from './workflows.tokens.js';
import type { WorkflowsRuntime } from './workflows-runtime.js';

export class TickNameTakenError extends WorkflowsError {
  constructor(name: string) {
    super(
      'TickNameTakenError',
      'TICK_NAME_TAKEN',
      `SchedulerRegistry has an interval "${name}" already: two WorkflowsModules of this application use one schema. Give each a schema of its own.`,
      { details: { name } },
    );
  }
}

/** Nest sorts by distance from the root, farthest first at bootstrap, and keeps that order from the first hook on. */
const LAST_AT_BOOTSTRAP = -1;

class WorkflowsLifecycle implements OnApplicationBootstrap, OnModuleDestroy, OnApplicationShutdown {
  #schedule?: SchedulerRegistry;
  #parts?: { runtime: WorkflowsRuntime; options: ResolvedOptions };

  constructor(
    private readonly modules: ModulesContainer,
    private readonly moduleRef: ModuleRef,
  ) {
    const self = [...modules.values()].find((module) => module.metatype === this.constructor);
    if (self !== undefined) self.distance = LAST_AT_BOOTSTRAP;
  }

  async onApplicationBootstrap(): Promise<void> {
    const { runtime } = this.#find();
    // The host's registry, so that the tick is seen with the host's other intervals; one of our own if there is none.
    this.#schedule = findOptional<SchedulerRegistry>(this.moduleRef, SchedulerRegistry) ?? new SchedulerRegistry();
    try {
      if (this.#schedule.doesExist('interval', this.#tickName)) throw new TickNameTakenError(this.#tickName);
      await runtime.start();
    } catch (error) {
      await closeRuntimes(this.modules);
      throw error;
    }
    const tick = runtime.startTicking();
    this.#schedule.addInterval(this.#tickName, tick);
  }

  async onModuleDestroy(): Promise<void> {
    // An application that did not boot has no runtime to stop.
    const parts = this.#parts ?? this.#tryFind();
    if (parts === undefined) return;
    if (this.#schedule?.doesExist('interval', this.#tickName)) this.#schedule.deleteInterval(this.#tickName);
    await parts.runtime.stop();
  }

  /** Later than the others' destroy hooks, which may still start runs. */
  async onApplicationShutdown(): Promise<void> {
    await (this.#parts ?? this.#tryFind())?.runtime.close();
  }

  get #tickName(): string {
    return `workflows:${this.#find().options.schema}:tick`;
  }

  #tryFind(): { runtime: WorkflowsRuntime; options: ResolvedOptions } | undefined {
    try {
      return this.#find();
    } catch {
      return undefined;
    }
  }

  /** Those of the WorkflowsModule that imports this one. */
  #find(): { runtime: WorkflowsRuntime; options: ResolvedOptions } {
    if (this.#parts !== undefined) return this.#parts;
    for (const module of this.modules.values()) {
      const runtime = module.providers.get(WORKFLOWS_RUNTIME)?.instance as WorkflowsRuntime | undefined;
      const options = module.providers.get(WORKFLOWS_OPTIONS)?.instance as ResolvedOptions | undefined;
      const importsThis = [...module.imports].some((imported) => imported.metatype === this.constructor);
      if (runtime && options && importsThis) this.#parts = { runtime, options };
    }
    if (this.#parts === undefined) throw new Error('WorkflowsLifecycle is not imported by a WorkflowsModule');
    return this.#parts;
  }
}

/** A class of its own per WorkflowsModule: Nest merges modules of one class and equal metadata. */
export function lifecycleModule(): Type {
  class WorkflowsLifecycleModule extends WorkflowsLifecycle {}
  Inject(ModulesContainer)(WorkflowsLifecycleModule, undefined, 0);
  Inject(ModuleRef)(WorkflowsLifecycleModule, undefined, 1);
  Module({})(WorkflowsLifecycleModule);
  return WorkflowsLifecycleModule;
}
