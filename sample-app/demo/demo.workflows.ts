// The demo workflow of one minute; `demo.commands_60s` is in commands/. Between two chunks a run waits durably for the rest of its second:
// kill the process at any moment, and the next one goes on with the chunk that was not recorded yet.
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

const CHUNK_MS = 1_000;

@Injectable()
export class DemoWorkflows {
  constructor(
    private readonly chunks: ChunkSteps,
    private readonly wf: WorkflowContext,
  ) {}

  /** Says once a second how far it is. */
  @Workflow({ name: 'demo.one_minute_progress', timeout: '2h' })
  async oneMinuteProgress({ resolved }: DemoInput): Promise<DemoReport> {
    const { paramOne, paramTwo, seconds: chunks = 60 } = resolved;
    const report: DemoReport = { chunks, digest: '', workedMs: 0 };
    for (let n = 1; n <= chunks; n++) {
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
