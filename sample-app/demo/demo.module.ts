// A minute of chunked work, to watch, to interrupt and to resume.
import { Module } from '@nestjs/common';
import { ChunkSteps } from './chunk.steps.js';
import { DemoController } from './demo.controller.js';
import { DemoWorkflows } from './demo.workflows.js';

@Module({ controllers: [DemoController], providers: [DemoWorkflows, ChunkSteps] })
export class DemoModule {}
