// What a scenario gets, what it gives, and how each of them ends: faults over, everything has to be done within five leases, then the
// checker looks at all of it.
import type { Audit } from './audit.js';
import type { Violation } from './checker.js';
import { FaultCluster, LEASE_MS } from './fault-cluster.js';
import type { FaultServer } from './fault-server.js';
import type { LedgerLine } from './ledger.js';
import { describeLeftRun } from './left-runs.js';

export interface ScenarioContext {
  /** `full` gives the published figures; `quick` is the part that runs at every change. */
  full: boolean;
  server: FaultServer;
  /** 0 ≤ x < 1, from the seed. */
  random(): number;
  log(line: string): void;
}

export type Figures = Record<string, number | string>;

export interface Report {
  figures: Figures;
  violations: Violation[];
}

export type Scenario = (context: ScenarioContext) => Promise<Report>;

export interface Evidence {
  audit: Audit;
  ledger: LedgerLine[];
}

/** Runs `faults` on a cluster of its own, then concludes. What `faults` gives makes further figures and violations of the evidence. */
export async function withFaultCluster(
  faults: (cluster: FaultCluster) => Promise<((evidence: Evidence) => Partial<Report>) | undefined>,
): Promise<Report> {
  const cluster = await FaultCluster.create();
  try {
    const judge = await faults(cluster);
    const doneAfterMs = await cluster.untilAllOver(5 * LEASE_MS);
    const left = await cluster.leftRuns();
    const unswept = doneAfterMs === undefined || cluster.workers.size === 0 ? undefined : await cluster.untilSwept(2 * LEASE_MS);
    const isRead = doneAfterMs === undefined || (await cluster.untilRead(LEASE_MS));
    const { audit, ledger, checked } = await cluster.examine();
    const { figures = {}, violations = [] } = judge?.({ audit, ledger }) ?? {};
    violations.push(...checked.violations);
    if (doneAfterMs === undefined) {
      violations.unshift({ invariant: 'I14', what: `${left.length} runs are not over five leases after the last fault` });
      for (const run of left.slice(0, 20)) violations.unshift({ invariant: 'I14', what: describeLeftRun(run) });
    }
    if (!isRead) violations.push({ invariant: 'chunk', what: 'a reader of a stream does not come to its end' });
    if (unswept !== undefined) violations.push({ invariant: 'I14', what: `left when all runs are over: ${unswept}` });
    for (const end of cluster.unexpectedEnds) violations.push({ invariant: 'exit', what: end });
    return {
      violations,
      figures: {
        runs: checked.runs,
        checkpoints: checked.checkpoints,
        bodies: checked.bodies,
        'bodies repeated': checked.repeatedBodies,
        ...(checked.messages > 0 && {
          messages: checked.messages,
          children: checked.children,
          events: checked.events,
          chunks: checked.chunks,
          'streams read': checked.streamsRead,
          cancelled: checked.cancelled,
        }),
        ...figures,
      },
    };
  } finally {
    await cluster.close();
  }
}

/** `p` in 0…1, nearest rank. */
export function percentile(values: readonly number[], p: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return Math.round(sorted[Math.min(sorted.length - 1, Math.ceil(p * sorted.length) - 1)] ?? Number.NaN);
}

export function pick<T>(random: () => number, values: readonly T[]): T {
  return values[Math.floor(random() * values.length)] as T;
}
