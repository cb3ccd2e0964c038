// Where the demo data is made from: a sample app that runs, its operators, its public routes, and waiting for conditions. For demo-data.ts and what it
// is made of.
import type pg from 'pg';
import type { WorkflowsClient } from '../../lib/http-client/index.js';
import type { RunStatus } from '../../lib/index.js';
import { operatorClient } from '../sample-app/operator-client.js';
import { eventually } from '../support/eventually.js';

/** A sample app that runs: what BuiltSampleApp has, or a script that starts `npm start`. */
export interface DemoApp {
  /** Without a slash at its end. */
  url: string;
  operatorToken: string;
  /** Of the app's database, with the schema of the library as search_path: no operator can make the database refuse a run. */
  pool: Pick<pg.Pool, 'query'>;
}

/** Longer than any wait of the demo takes, on a machine that has much else to do. */
const PATIENCE = { timeout: 60_000, interval: 50 };

export class DemoDesk {
  private constructor(
    readonly app: DemoApp,
    /** The shift. */
    readonly ann: WorkflowsClient,
    /** The engineer. */
    readonly ben: WorkflowsClient,
  ) {}

  static async open(app: DemoApp): Promise<DemoDesk> {
    const [ann, ben] = await Promise.all(['ann', 'ben'].map((name) => operatorClient(app, name, app.operatorToken)));
    return new DemoDesk(app, ann as WorkflowsClient, ben as WorkflowsClient);
  }

  /** A request to the sample's own routes. @throws Error for any other answer than 2xx */
  async post<T>(path: string, fields: object): Promise<T> {
    const response = await fetch(this.app.url + path, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(fields),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`POST ${path}: ${response.status} ${text}`);
    return JSON.parse(text) as T;
  }

  /** The run's own id, by that one or by the starter's, once it has the status. */
  async reaches(id: string, status: RunStatus): Promise<string> {
    return this.until(async () => {
      const { run } = await this.ann.runs.find(id);
      return run.status === status ? run.runId : `${id} is ${run.status}, not ${status}`;
    }, isUuid);
  }

  /** Once it has begun: what is held or stopped then has something to show. */
  async hasWorked(id: string, steps = 2): Promise<void> {
    await this.until(
      async () => (await this.ann.runs.steps(id)).steps.filter(({ kind }) => kind === 'step').length,
      (count) => count >= steps,
    );
  }

  /** Asks until the answer will do. @throws Error with the last answer when it does not in a minute */
  async until<T>(ask: () => Promise<T>, willDo: (answer: T) => boolean): Promise<T> {
    return eventually(async () => {
      const answer = await ask();
      if (!willDo(answer)) throw new Error(`waited in vain: ${JSON.stringify(answer)}`);
      return answer;
    }, PATIENCE);
  }
}

function isUuid(text: string): boolean {
  return /^[0-9a-f-]{36}$/.test(text);
}
