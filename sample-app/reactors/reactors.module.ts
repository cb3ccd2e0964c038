// A plant: batches take turns in its reactors, three at a time in all; sensor readings go where only so many a second may go.
import { Module } from '@nestjs/common';
import { WorkflowsModule } from 'nestjs-workflows';
import { BatchSteps } from './batch.steps.js';
import { BatchWorkflows, REACTORS } from './batch.workflows.js';
import { BatchesController } from './batches.controller.js';
import { PlantController } from './plant.controller.js';
import { HistorianSteps, READINGS, ReadingWorkflows } from './reading.workflows.js';

@Module({
  imports: [
    WorkflowsModule.registerQueue(
      // There is steam for three. One batch at a time in each reactor: that is the partition's limit, 1 by default.
      { name: REACTORS, concurrency: 3 },
      { name: READINGS, rateLimit: { limit: 20, period: '1s' } },
    ),
  ],
  controllers: [BatchesController, PlantController],
  providers: [BatchSteps, BatchWorkflows, HistorianSteps, ReadingWorkflows],
})
export class ReactorsModule {}
