// What specs of templates share: a workflow that gives back its arguments, a schema with an enum, and looks at what the database says.
import type { EnumInput, TemplateInput, WorkflowService } from '../../lib/index.js';
import { type Cluster, type ClusterApp, withCluster, workflow } from '../engine/cluster.js';

/** Gives back what it was started with. */
export const brew = workflow('brew', (_wf, ...args: unknown[]) => args);
export const rinse = workflow('rinse', (_wf, ...args: unknown[]) => args);

export const PHASES: EnumInput = {
  name: 'Phase',
  values: [
    { label: 'Heat up', value: 'heat' },
    { label: 'Cool down', value: 'cool' },
    { label: 'Freeze', value: 'freeze', disabled: true },
  ],
};

export const BATCH = {
  name: 'batch',
  schema: {
    type: 'object',
    properties: {
      lot: { type: 'string', minLength: 2 },
      phase: { enum: '@enum:Phase' },
      litres: { type: 'number', minimum: 1, maximum: 100 },
      note: { type: ['string', 'null'] },
    },
    required: ['lot', 'phase'],
  },
  defaults: { phase: 'heat', litres: 10 },
} satisfies TemplateInput;

export async function saveBatch(workflows: WorkflowService, changes: Partial<TemplateInput> = {}) {
  await workflows.templates.saveEnum(PHASES);
  return workflows.templates.save('brew', { ...BATCH, ...changes });
}

/** An application with the workflows of this room. */
export function withApp(test: (app: ClusterApp, cluster: Cluster) => Promise<void>) {
  return withCluster(async (cluster) => test(await cluster.app([brew, rinse]), cluster));
}

export const audited = (cluster: Cluster, action: string) =>
  cluster.rows('select actor, workflow_id, reason, before, after from audit_log where action = $1 order by audit_id', [action]);
