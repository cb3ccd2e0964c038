// The payment service.
import { randomUUID } from 'node:crypto';
import { Body, Controller, HttpException, HttpStatus, Post, Query } from '@nestjs/common';
import { type Caller, FromCaller } from './caller.js';
import { Effects } from './effects.js';
import type { ReceiptBody } from './receipt.entity.js';

export interface PaymentRequest {
  amountCents: number;
  payer: string;
}

@Controller('payments')
export class PaymentsController {
  constructor(private readonly effects: Effects) {}

  /** `?card=declined`: 402, and no money is taken. */
  @Post()
  async charge(
    @FromCaller() caller: Caller,
    @Body() { amountCents, payer }: PaymentRequest,
    @Query('card') card?: string,
  ): Promise<ReceiptBody> {
    return this.effects.once(caller, () => {
      if (card === 'declined')
        throw new HttpException({ code: 'CARD_DECLINED', message: 'the card was declined' }, HttpStatus.PAYMENT_REQUIRED);
      return { id: randomUUID(), amountCents, payer };
    });
  }
}
