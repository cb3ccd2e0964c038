// A person decides: asked, reminded, given up on. While it waits, the run is a row in the database and nothing else; stop the
// application, start it again, and answer.
import { Injectable } from '@nestjs/common';
import { Workflow, WorkflowContext } from 'nestjs-workflows';
import { ApprovalSteps } from './approval.steps.js';
import type { Answer, Deadlines, Expense } from './approval-request.js';

export type ApprovalState = 'WAITING' | 'REMINDED' | 'APPROVED' | 'DECLINED' | 'EXPIRED';

export interface Decision {
  state: ApprovalState;
  reminded: boolean;
  /** Who answered, and why; absent when nobody did. */
  by?: string;
  reason?: string;
  /** Of the payment, if there was one. */
  reference?: string;
}

/** The topic that the answer is sent to. */
export const ANSWER = 'answer';

/** The events under which the run tells where it is, and which answer counts. */
export const STATE_EVENT = 'approval.state';
export const ANSWER_EVENT = 'approval.answer';

@Injectable()
export class ApprovalWorkflows {
  constructor(
    private readonly steps: ApprovalSteps,
    private readonly wf: WorkflowContext,
  ) {}

  @Workflow({ name: 'approvals.expense' })
  async decide(expense: Expense, { remindAfterMs, expireAfterMs }: Deadlines): Promise<Decision> {
    await this.#enter('WAITING');
    let answer = await this.wf.receive<Answer>(ANSWER, { timeout: remindAfterMs });
    const reminded = answer === null;
    if (reminded) {
      await this.steps.remind(expense);
      await this.#enter('REMINDED');
      answer = await this.wf.receive<Answer>(ANSWER, { timeout: expireAfterMs });
    }
    if (answer === null) return { state: await this.#enter('EXPIRED'), reminded };

    const { approve, by, reason } = answer;
    const state = await this.#enter(approve ? 'APPROVED' : 'DECLINED');
    await this.wf.setEvent(ANSWER_EVENT, answer);
    const reference = approve ? await this.steps.pay(expense) : undefined;
    return { state, reminded, by, reason, reference };
  }

  async #enter(state: ApprovalState): Promise<ApprovalState> {
    await this.wf.setEvent(STATE_EVENT, state);
    return state;
  }
}
