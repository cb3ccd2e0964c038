// The two demo workflows. Between two chunks a run waits durably for the rest of its second: kill the process at any moment, and the
// next one goes on with the chunk that was not recorded yet.
import { Injectable } from '@nestjs/common';
import { Workflow, WorkflowContext } from 'nestjs-workflows';
import { ChunkSteps } from './chunk.steps.js';
import type { DemoInput } from './demo-input.js';

export interface DemoReport {
  chunks: number;
  digest: string;
  /** Time spent hashing, over all chunks. */
  workedMs: number;
}

/** Of a batch in a reactor, and the share of the time at which each begins. */
const PHASES = [
  { state: 'CHARGING', from: 0 },
  { state: 'HEATING', from: 0.1 },
  { state: 'REACTING', from: 0.4 },
  { state: 'DISCHARGING', from: 0.8 },
];

const CHUNK_MS = 1_000;

@Injectable()
export class DemoWorkflows {
  constructor(
    private readonly chunks: ChunkSteps,
    private readonly wf: WorkflowContext,
  ) {}

  /** Says once a second how far it is. */
  @Workflow({ name: 'demo.one_minute_progress', timeout: '2h' })
  async oneMinuteProgress(input: DemoInput): Promise<DemoReport> {
    return this.#work(input, () => undefined);
  }

  /** The same work as the phases of a batch. HOLD, RESUME and STOP, which a later release brings, act between two of its chunks. */
  @Workflow({ name: 'demo.commands_60s', timeout: '2h' })
  async commands60s(input: DemoInput): Promise<DemoReport> {
    let current = '';
    const report = await this.#work(input, async (share) => {
      const phase = PHASES.findLast(({ from }) => from <= share)?.state ?? '';
      if (phase !== current) await this.wf.setEvent('phase.state', phase);
      current = phase;
    });
    await this.wf.setEvent('phase.state', 'DONE');
    return report;
  }

  /** @param before called before each chunk with the share of the work that is done */
  async #work({ resolved }: DemoInput, before: (share: number) => Promise<void> | void): Promise<DemoReport> {
    const { paramOne, paramTwo, seconds: chunks = 60 } = resolved;
    const report: DemoReport = { chunks, digest: '', workedMs: 0 };
    for (let n = 1; n <= chunks; n++) {
      await before((n - 1) / chunks);
      const { digest, ms } = await this.chunks.hash(`${paramOne}/${paramTwo}/${n}`, report.digest);
      report.digest = digest;
      report.workedMs += ms;
      await this.wf.progress(`${paramOne}: chunk ${n} of ${chunks}`, { percent: Math.floor((100 * n) / chunks), digest, ms });
      // Decided by what the step recorded, not by a clock: the same on replay.
      await this.wf.sleep(Math.max(0, CHUNK_MS - ms));
    }
    return report;
  }
}
