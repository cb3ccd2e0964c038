// Asks for an approval, takes the answer, tells how it went; and the page to do so.
import { Body, ConflictException, Controller, Get, Header, HttpCode, Param, Post } from '@nestjs/common';
import { RunFinishedError, RunReader, WorkflowService } from 'nestjs-workflows';
import { readPage } from '../page.js';
import { ANSWER, ANSWER_EVENT, type ApprovalState, ApprovalWorkflows, type Decision, STATE_EVENT } from './approval.workflows.js';
import { type Answer, type Expense, parseAnswer, parseExpense } from './approval-request.js';

@Controller('approvals')
export class ApprovalsController {
  constructor(
    private readonly workflows: WorkflowService,
    private readonly reader: RunReader,
    private readonly approvals: ApprovalWorkflows,
  ) {}

  @Get('page')
  @Header('Content-Type', 'text/html; charset=utf-8')
  page() {
    return readPage('approvals/approvals.html');
  }

  /** The same id again asks nobody twice: it is the same run. */
  @Post()
  async ask(@Body() body: unknown) {
    const { expense, deadlines } = parseExpense(body);
    await this.workflows.start(this.approvals.decide, [expense, deadlines], { id: runOf(expense.id) });
    return { id: expense.id, look: `/approvals/${expense.id}`, answer: `/approvals/${expense.id}/answer` };
  }

  @Get()
  async list() {
    const { runs } = await this.workflows.listRuns({ workflowName: 'approvals.expense', limit: 10 });
    return Promise.all(runs.map(({ runId }) => this.#show(runId)));
  }

  @Get(':id')
  async show(@Param('id') id: string) {
    return this.#show(runOf(id));
  }

  /** The first answer counts. Who answers later, or too late, is told whose answer that was. */
  @Post(':id/answer')
  @HttpCode(200)
  async answer(@Param('id') id: string, @Body() body: unknown) {
    const answer = parseAnswer(body);
    const run = this.workflows.getRun(runOf(id));
    // One key for all answers: the run gets one of them, however many are sent at once.
    await run.send(ANSWER, answer, { idempotencyKey: ANSWER }).catch(ignoreFinished);
    const counted = await run.getEvent<Answer>(ANSWER_EVENT, { timeout: '5s' });
    const approval = await this.#show(runOf(id));
    const isOver = approval.run.completedAt !== null;
    // Not counted yet is no refusal: the message is stored, and the state tells later whose answer it was.
    if (counted === null ? !isOver : isSame(counted, answer)) return approval;
    const message = counted === null ? `${id} ended without an answer.` : `${id} was answered before. ${wordsOf(counted)}`;
    throw new ConflictException({ statusCode: 409, code: isOver ? 'RUN_FINISHED' : 'ALREADY_ANSWERED', message });
  }

  async #show(id: string) {
    const [run, events] = await Promise.all([this.reader.find(id), this.reader.listEventHistory(id)]);
    const [expense] = run.input as [Expense];
    const states = events.filter(({ key }) => key === STATE_EVENT);
    const answer = events.find(({ key }) => key === ANSWER_EVENT)?.value as Answer | undefined;
    return {
      ...expense,
      state: (states.at(-1)?.value ?? 'WAITING') as ApprovalState,
      history: states.map(({ value, updatedAt }) => ({ state: value, at: updatedAt })),
      answer,
      run: { runId: run.runId, status: run.status, completedAt: run.completedAt, error: run.error?.message },
      result: (run.output as Decision | null) ?? undefined,
    };
  }
}

/** The run's id follows from the expense's; no other run is found here. */
function runOf(id: string): string {
  return `approval-${id}`;
}

/** The run is over: then its events tell what to answer. */
function ignoreFinished(error: unknown): void {
  if (!(error instanceof RunFinishedError)) throw error;
}

function isSame(a: Answer, b: Answer): boolean {
  return a.approve === b.approve && a.by === b.by && a.reason === b.reason;
}

function wordsOf({ approve, by, reason }: Answer): string {
  return `${by} said ${approve ? 'yes' : 'no'}: ${reason}`;
}
