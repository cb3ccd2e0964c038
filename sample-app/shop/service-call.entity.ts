// One line of the effects ledger: a request that reached one of the shop's services, whatever became of it.
import { Column, CreateDateColumn, Entity, PrimaryGeneratedColumn } from 'typeorm';

@Entity('service_calls')
export class ServiceCall {
  @PrimaryGeneratedColumn('increment', { type: 'bigint' })
  id!: string;

  /** `<run id>:<step>`: the same for every attempt and every repetition of the step. */
  @Column('text', { name: 'idempotency_key' })
  idempotencyKey!: string;

  @Column('uuid', { name: 'run_id' })
  runId!: string;

  @Column('text')
  step!: string;

  /** As the step counted it, from 1. The same attempt twice: the process died after the call, before it was recorded. */
  @Column('integer')
  attempt!: number;

  @CreateDateColumn({ name: 'called_at', type: 'timestamptz' })
  calledAt!: Date;
}
