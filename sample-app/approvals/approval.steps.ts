// What an approval does in the world. Here it only writes to the log; in real life these are a mail and a bank.
import { Injectable, Logger } from '@nestjs/common';
import { Step, WorkflowContext } from 'nestjs-workflows';
import type { Expense } from './approval-request.js';

@Injectable()
export class ApprovalSteps {
  readonly #logger = new Logger('Approvals');

  constructor(private readonly wf: WorkflowContext) {}

  @Step({ name: 'approval.remind', retry: { maxAttempts: 5 } })
  async remind({ id, who }: Expense): Promise<void> {
    this.#logger.log(`${id} of ${who} still waits for an answer.`);
  }

  /** The reference follows from the run: a second attempt, after a crash, asks for the same payment and not for another one. */
  @Step({ name: 'approval.pay', retry: { maxAttempts: 5 } })
  async pay({ id }: Expense): Promise<string> {
    const reference = `PAY-${this.wf.runId}`;
    this.#logger.log(`${id} is paid: ${reference}`);
    return reference;
  }
}
