// The warehouse.
import { randomUUID } from 'node:crypto';
import { Body, ConflictException, Controller, Delete, Param, Post, Query } from '@nestjs/common';
import { type Caller, FromCaller } from './caller.js';
import { Effects } from './effects.js';
import type { ReceiptBody } from './receipt.entity.js';

export interface ReservationRequest {
  sku: string;
  quantity: number;
}

@Controller('stock/reservations')
export class StockController {
  constructor(private readonly effects: Effects) {}

  /** `?stock=out`: 409, and nothing is reserved. */
  @Post()
  async reserve(
    @FromCaller() caller: Caller,
    @Body() { sku, quantity }: ReservationRequest,
    @Query('stock') stock?: string,
  ): Promise<ReceiptBody> {
    return this.effects.once(caller, () => {
      if (stock === 'out') throw new ConflictException({ code: 'OUT_OF_STOCK', message: `${sku} is out of stock` });
      return { id: randomUUID(), sku, quantity };
    });
  }

  @Delete(':id')
  async release(@FromCaller() caller: Caller, @Param('id') released: string): Promise<ReceiptBody> {
    return this.effects.once(caller, () => ({ id: randomUUID(), released }));
  }
}
