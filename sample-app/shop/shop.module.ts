// The world outside, reached over HTTP only: payment, stock and mail service. In real life each is another company's server.
import { Module } from '@nestjs/common';
import { APP_FILTER } from '@nestjs/core';
import { TypeOrmModule } from '@nestjs/typeorm';
import { BackSoonFilter } from './back-soon.filter.js';
import { Effects } from './effects.js';
import { MailsController } from './mails.controller.js';
import { PaymentsController } from './payments.controller.js';
import { Receipt } from './receipt.entity.js';
import { ServiceCall } from './service-call.entity.js';
import { StockController } from './stock.controller.js';

@Module({
  imports: [TypeOrmModule.forFeature([ServiceCall, Receipt])],
  controllers: [PaymentsController, StockController, MailsController],
  providers: [Effects, { provide: APP_FILTER, useClass: BackSoonFilter }],
  exports: [Effects],
})
export class ShopModule {}
