// The effect itself: stock reserved, money taken, mail sent. At most one per idempotency key, however often the call is repeated.
import { Column, CreateDateColumn, Entity, PrimaryColumn } from 'typeorm';

@Entity('receipts')
export class Receipt {
  @PrimaryColumn('text', { name: 'idempotency_key' })
  idempotencyKey!: string;

  /** What the caller is told: an id, and what was done. */
  @Column('jsonb')
  body!: ReceiptBody;

  @CreateDateColumn({ name: 'created_at', type: 'timestamptz' })
  createdAt!: Date;
}

export interface ReceiptBody {
  id: string;
  [fact: string]: string | number;
}
