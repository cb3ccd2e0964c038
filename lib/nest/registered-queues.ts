// Queues that modules declare beside their workflows, with WorkflowsModule.registerQueue().
import type { DynamicModule, Type } from '@nestjs/common';
import type { ModulesContainer } from '@nestjs/core';
import type { Module } from '@nestjs/core/injector/module.js';
import { type QueueOptions, resolveQueues } from '../client/queue-options.js';
import type { QueueSettings } from '../model/queue.js';

const QUEUES = Symbol('nestjs-workflows.queues');

type Declaration = { name: string } & QueueSettings;

/** @throws InvalidQueueOptionError, InvalidIdError, InvalidDurationError, UnknownOptionError */
export function queueModule(queues: QueueOptions[]): DynamicModule {
  // A class of its own: Nest merges modules of one class and equal metadata.
  class RegisteredQueueModule {}
  return { module: RegisteredQueueModule as Type, providers: [{ provide: QUEUES, useValue: resolveQueues(queues) }] };
}

/** Those of modules that `belongs` takes, by what imports them. */
export function registeredQueues(modules: ModulesContainer, belongs: (host: Module) => boolean): Declaration[] {
  const all = [...modules.values()];
  return all.flatMap((module) => {
    const declared = module.providers.get(QUEUES)?.instance as Declaration[] | undefined;
    if (declared === undefined) return [];
    return all.some((host) => host.imports.has(module) && belongs(host)) ? declared : [];
  });
}
