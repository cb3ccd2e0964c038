// Injection tokens. Internal, but for WORKFLOWS_OPTIONS, which a host may read.

/** ResolvedOptions of the module instance. */
export const WORKFLOWS_OPTIONS = Symbol.for('nestjs-workflows.options');
/** WorkflowsRuntime of the module instance. */
export const WORKFLOWS_RUNTIME = Symbol.for('nestjs-workflows.runtime');
/** What the connection is made of: see open-database.ts. */
export const WORKFLOWS_DATA_SOURCE = Symbol.for('nestjs-workflows.data-source');
