// The shop: orders in a table of its own, fulfilled by a workflow.
import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { ShopModule } from '../shop/shop.module.js';
import { FulfilmentSteps } from './fulfilment.steps.js';
import { Order } from './order.entity.js';
import { OrderSteps } from './order.steps.js';
import { OrderWorkflows } from './order.workflows.js';
import { OrdersController } from './orders.controller.js';
import { ServiceClient } from './service-client.js';

@Module({
  imports: [TypeOrmModule.forFeature([Order]), ShopModule],
  controllers: [OrdersController],
  providers: [OrderWorkflows, OrderSteps, FulfilmentSteps, ServiceClient],
})
export class OrdersModule {}
