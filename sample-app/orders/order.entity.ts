// An order as the shop keeps it: an ordinary TypeORM entity.
import { Column, CreateDateColumn, Entity, PrimaryColumn, UpdateDateColumn } from 'typeorm';

/**
 * - `PLACED`: being fulfilled · `FULFILLED`: reserved, paid, confirmed by mail
 * - `REJECTED`: for a reason of business, such as stock · `FAILED`: a service did not answer, somebody has to look
 */
export type OrderStatus = 'PLACED' | 'FULFILLED' | 'REJECTED' | 'FAILED';

/** How the services shall misbehave for this order: the query of `POST /orders`, handed on to them. */
export interface Faults {
  /** So many calls of the payment service are answered by 503. */
  paymentFaults?: number;
  stock?: 'out';
  card?: 'declined';
  /** ms that each service takes. */
  latency?: number;
}

@Entity('orders')
export class Order {
  @PrimaryColumn('uuid')
  id!: string;

  @Column('text')
  sku!: string;

  @Column('integer')
  quantity!: number;

  @Column('integer', { name: 'amount_cents' })
  amountCents!: number;

  @Column('text')
  email!: string;

  @Column('text')
  status!: OrderStatus;

  /** Why it was rejected or failed. */
  @Column('text', { nullable: true })
  reason!: string | null;

  @Column('jsonb')
  faults!: Faults;

  @CreateDateColumn({ name: 'created_at', type: 'timestamptz' })
  createdAt!: Date;

  @UpdateDateColumn({ name: 'updated_at', type: 'timestamptz' })
  updatedAt!: Date;
}
