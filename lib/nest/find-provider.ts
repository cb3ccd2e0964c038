// Looks providers up where injection can't: in the whole application, and possibly absent.
import type { Type } from '@nestjs/common';
import type { ModuleRef, ModulesContainer } from '@nestjs/core';
import { STATIC_CONTEXT } from '@nestjs/core/injector/constants.js';

/** Undefined: nobody provides it, or it is not made yet. */
export function findOptional<T>(moduleRef: ModuleRef, token: string | symbol | Type): T | undefined {
  try {
    return (moduleRef.get(token, { strict: false }) as T | null) ?? undefined;
  } catch {
    return undefined;
  }
}

/** Waits for a provider that is being made, like a DataSource that connects. Undefined: nobody provides it. */
export async function awaitProvider<T>(modules: ModulesContainer, token: string | symbol | Type): Promise<T | undefined> {
  for (const module of modules.values()) {
    const wrapper = module.providers.get(token);
    if (wrapper === undefined) continue;
    const host = wrapper.getInstanceByContextId(STATIC_CONTEXT);
    await host.donePromise;
    const instance = (await host.instance) as T | null | undefined;
    if (instance) return instance;
  }
  return undefined;
}
