// A minute of work that operators hold, resume and stop. Nothing in it knows of HOLD or of STOP: it only cleans up in `finally`, as it would
// after any error.
import { Injectable } from '@nestjs/common';
import { Workflow, WorkflowContext } from 'nestjs-workflows';
import { type CommandsInput, parametersOf } from './command-request.js';
import { MachineSteps } from './machine.steps.js';

export interface CommandsReport {
  paramOne: string;
  paramTwo?: string;
  chunks: number;
}

/** What was cleaned up, and after how much work. */
export interface Cleanup {
  chunks: number;
  parts: string[];
}

export type Phase = 'RUNNING' | 'CLEANING' | 'CLEANED' | 'DONE';

/** The events under which a run tells where it is, and what it has cleaned up. */
export const PHASE_EVENT = 'phase.state';
export const CLEANUP_EVENT = 'cleanup';

const PARTS = ['valve', 'line', 'vessel'];

@Injectable()
export class CommandsWorkflows {
  constructor(
    private readonly machine: MachineSteps,
    private readonly wf: WorkflowContext,
  ) {}

  /**
   * Tells its phase by an event, and each thing that it does by a line in its stream `log`.
   *
   * What takes longer than `stopTimeout` to wind down is ended where it is, so that no STOP is waited for in vain.
   */
  @Workflow({ name: 'demo.commands_60s', timeout: '2h', stopTimeout: '5m' })
  async commands60s(input: CommandsInput): Promise<CommandsReport> {
    const { paramOne, paramTwo, seconds = 60, cleanupSeconds = 3 } = parametersOf(input);
    let chunks = 0;
    try {
      await this.#enter('RUNNING');
      while (chunks < seconds) {
        chunks = await this.machine.work(paramOne, chunks + 1, seconds);
        await this.wf.progress(`${paramOne}: chunk ${chunks} of ${seconds}`, { percent: Math.floor((100 * chunks) / seconds) });
        await this.wf.sleep('1s');
      }
    } finally {
      // Shielded for the run that nobody has stopped so far: a STOP that comes now must not leave it half clean.
      await this.wf.shield(() => this.#cleanUp(paramOne, chunks, cleanupSeconds));
    }
    await this.#enter('DONE');
    return { paramOne, paramTwo, chunks };
  }

  async #cleanUp(paramOne: string, chunks: number, seconds: number): Promise<void> {
    await this.#enter('CLEANING');
    const cleanup: Cleanup = { chunks, parts: [] };
    for (const part of PARTS) {
      cleanup.parts.push(await this.machine.clean(paramOne, part));
      // As the lines of `progress` are; but the last message stays how far the work came.
      await this.wf.stream('log').write({ message: `${paramOne}: cleaned the ${part}` });
      await this.wf.sleep(Math.round((1_000 * seconds) / PARTS.length));
    }
    await this.wf.setEvent(CLEANUP_EVENT, cleanup);
    await this.#enter('CLEANED');
  }

  async #enter(phase: Phase): Promise<void> {
    await this.wf.setEvent(PHASE_EVENT, phase);
  }
}
