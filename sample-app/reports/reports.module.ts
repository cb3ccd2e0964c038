// A report over many regions: each region is a run of its own, so many at a time; one that fails does not spoil the rest.
import { Module } from '@nestjs/common';
import { ReportWorkflows } from './report.workflows.js';
import { ReportsController } from './reports.controller.js';
import { TillSteps } from './till.steps.js';

@Module({ controllers: [ReportsController], providers: [ReportWorkflows, TillSteps] })
export class ReportsModule {}
