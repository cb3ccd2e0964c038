// The entities bound to a schema, for `DataSourceOptions.entities` of the host.
import { EntitySchema } from 'typeorm';
import {
  EVENT_ENTITY,
  type EventEntity,
  OPERATION_ENTITY,
  type OperationEntity,
  RUN_ENTITY,
  type RunEntity,
  STREAM_CHUNK_ENTITY,
  type StreamChunkEntity,
} from './run.entities.js';

export interface WorkflowsEntities {
  Run: EntitySchema<RunEntity>;
  Operation: EntitySchema<OperationEntity>;
  Event: EntitySchema<EventEntity>;
  StreamChunk: EntitySchema<StreamChunkEntity>;
}

/**
 * Entities for reading the library's tables through the host's own DataSource: `entities: [Order, ...Object.values(workflowsEntities())]`.
 * They are left out of `synchronize`. Do not write through them: nothing would be fenced.
 *
 * @param schema Default `'workflows'`; must be the `schema` option of `WorkflowsModule`.
 */
export function workflowsEntities(schema = 'workflows'): WorkflowsEntities {
  const bound = { schema, synchronize: false };
  return {
    Run: new EntitySchema<RunEntity>({ ...RUN_ENTITY, ...bound }),
    Operation: new EntitySchema<OperationEntity>({ ...OPERATION_ENTITY, ...bound }),
    Event: new EntitySchema<EventEntity>({ ...EVENT_ENTITY, ...bound }),
    StreamChunk: new EntitySchema<StreamChunkEntity>({ ...STREAM_CHUNK_ENTITY, ...bound }),
  };
}
