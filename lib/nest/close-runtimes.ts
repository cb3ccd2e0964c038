// Nobody closes an application that did not boot: what failed closes all of its runtimes, those too that have started before.
import type { ModulesContainer } from '@nestjs/core';
import { WORKFLOWS_RUNTIME } from './workflows.tokens.js';
import type { WorkflowsRuntime } from './workflows-runtime.js';

/** Idempotent. */
export async function closeRuntimes(modules: ModulesContainer): Promise<void> {
  const runtimes = [...modules.values()].map(
    (module) => module.providers.get(WORKFLOWS_RUNTIME)?.instance as WorkflowsRuntime | undefined,
  );
  await Promise.all(runtimes.map((runtime) => runtime?.close()));
}
