// Takes orders, and tells how they went.
import { Body, Controller, Get, NotFoundException, Param, ParseUUIDPipe, Post, Query } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import { RunReader, WorkflowService } from 'nestjs-workflows';
import type { DataSource } from 'typeorm';
import { Effects } from '../shop/effects.js';
import { Order } from './order.entity.js';
import { OrderWorkflows } from './order.workflows.js';
import { newOrder } from './order-request.js';

@Controller('orders')
export class OrdersController {
  constructor(
    @InjectDataSource() private readonly dataSource: DataSource,
    private readonly workflows: WorkflowService,
    private readonly reader: RunReader,
    private readonly orders: OrderWorkflows,
    private readonly effects: Effects,
  ) {}

  /** Order and run are one commit: there is no order that nobody works on, and no run without its order. */
  @Post()
  async place(@Body() body: unknown, @Query() query: Record<string, unknown>) {
    const order = newOrder(body, query);
    const { runId } = await this.dataSource.transaction(async (manager) => {
      await manager.insert(Order, order);
      return this.workflows.start(this.orders.fulfil, [order.id], { id: runOf(order.id), manager });
    });
    return { orderId: order.id, runId, status: order.status, look: `/orders/${order.id}` };
  }

  /** The order, its run, the steps as recorded, and the calls as the services saw them. */
  @Get(':id')
  async show(@Param('id', ParseUUIDPipe) id: string) {
    const order = await this.dataSource.manager.findOneBy(Order, { id });
    if (order === null) throw new NotFoundException(`There is no order ${id}.`);
    const run = await this.reader.find(runOf(id));
    const [steps, calls] = await Promise.all([this.reader.listSteps(run.runId), this.effects.listCalls(run.runId)]);
    return {
      ...order,
      run: { runId: run.runId, status: run.status, error: run.error?.message },
      steps: steps
        .filter(({ kind }) => kind === 'step')
        .map(({ name, attempts, error }) => ({ name, attempts, error: error?.message })),
      calls: calls.map(({ step, attempt, calledAt }) => ({ step, attempt, calledAt })),
    };
  }
}

/** The run's id follows from the order's, so either finds the other, and an order can't be fulfilled twice. */
function runOf(orderId: string): string {
  return `order-${orderId}`;
}
