// An expense that waits for a person: for a minute here, for a month in real life.
import { Module } from '@nestjs/common';
import { ApprovalSteps } from './approval.steps.js';
import { ApprovalWorkflows } from './approval.workflows.js';
import { ApprovalsController } from './approvals.controller.js';

@Module({ controllers: [ApprovalsController], providers: [ApprovalWorkflows, ApprovalSteps] })
export class ApprovalsModule {}
