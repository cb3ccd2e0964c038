// The workflow that runs programs. Provided by the worker processes, which execute it, and by the spec's client, which only starts it.
import { Inject, Injectable } from '@nestjs/common';
import { currentScope } from '../../lib/engine/run-scope.js';
import { Workflow, WorkflowContext } from '../../lib/index.js';
import { BodyLedger } from './body-ledger.js';
import type { Program, ProgramResult } from './program.js';
import { runProgram } from './run-program.js';

@Injectable()
export class ProgramWorkflow {
  constructor(
    @Inject(WorkflowContext) private readonly wf: WorkflowContext,
    @Inject(BodyLedger) private readonly ledger: BodyLedger,
  ) {}

  @Workflow({ name: 'program' })
  async run(program: Program): Promise<ProgramResult> {
    return runProgram(program, this.wf, (node, attempt) =>
      // The token is nobody's business but the engine's; here it tells the lives of a run apart.
      this.ledger.begin(this.wf.runId, node, attempt, currentScope()?.frame.token ?? 'none'),
    );
  }
}
