// A text that is written while it is read: streams from a workflow's steps to browsers and to curl.
import { Module } from '@nestjs/common';
import { StoriesController } from './stories.controller.js';
import { StoryWorkflows } from './story.workflows.js';
import { WriterSteps } from './writer.steps.js';

@Module({ controllers: [StoriesController], providers: [StoryWorkflows, WriterSteps] })
export class StoriesModule {}
