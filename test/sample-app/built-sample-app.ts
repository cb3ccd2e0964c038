/** The sample app as users get it: built by tsc on a tree without dist, run by node, importing the library by its own name. */
import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { type ChildExit, ChildScript } from '../support/child-process.js';
import { createTestSchema, type TestSchema } from '../support/test-database.js';

export const ROOT = join(import.meta.dirname, '../..');
export const TOKEN = 'operator-token-of-the-spec';

const SOURCES = ['lib', 'migrations', 'sample-app', 'package.json', 'tsconfig.json', 'tsconfig.build.json'];

export interface Answer<T> {
  status: number;
  body: T;
}

export class BuiltSampleApp {
  #url = '';
  #process?: ChildScript;

  private constructor(
    /** Where it was built. */
    readonly folder: string,
    readonly schema: TestSchema,
  ) {}

  /** Does not start it. @param consoleDir the built console, for specs that open it; without it the pages answer 503 */
  static async build({ consoleDir }: { consoleDir?: string } = {}): Promise<BuiltSampleApp> {
    // Inside of the project, where node_modules is found. The project's own dist may be used by somebody else meanwhile.
    await mkdir(join(ROOT, '.data'), { recursive: true });
    const folder = await mkdtemp(join(ROOT, '.data/sample-spec-'));
    await Promise.all(SOURCES.map((name) => cp(join(ROOT, name), join(folder, name), { recursive: true })));
    const tsc = join(ROOT, 'node_modules/typescript/bin/tsc');
    await promisify(execFile)(process.execPath, [tsc, '-p', 'tsconfig.build.json'], { cwd: folder }).catch(async ({ stdout }) => {
      await rm(folder, { recursive: true, force: true });
      throw new Error(`The sample app does not build:\n${stdout}`);
    });
    if (consoleDir !== undefined) await cp(consoleDir, join(folder, 'dist/console'), { recursive: true });
    return new BuiltSampleApp(folder, await createTestSchema());
  }

  get url(): string {
    return this.#url;
  }

  /** What it has printed since it was started. */
  get lines(): string[] {
    return this.#process?.lines ?? [];
  }

  /** Resolves when it takes requests. Once it has ended it can be started again, on the same tables and another port. */
  async start(env: Record<string, string> = {}): Promise<void> {
    const { url, schema } = this.schema;
    this.#process = new ChildScript(join(this.folder, 'dist/sample-app/main.js'), {
      cwd: this.folder,
      env: { DATABASE_URL: url, WORKFLOWS_SCHEMA: schema, PORT: '0', OPERATOR_TOKEN: TOKEN, NO_COLOR: '1', ...env },
    });
    const line = await this.#process.waitForLine(/listens on http/);
    this.#url = line.slice(line.indexOf('http')).trim();
  }

  async end(signal: 'SIGINT' | 'SIGKILL'): Promise<ChildExit | undefined> {
    this.#process?.kill(signal);
    return this.#process?.exit;
  }

  /** A line for the shell, in the folder of the app and on its database. Its exit code, and what it printed. */
  async sh(line: string, env: Record<string, string> = {}): Promise<{ code: number; stdout: string; stderr: string }> {
    const { url, schema } = this.schema;
    const all = { ...process.env, NODE_OPTIONS: '', DATABASE_URL: url, WORKFLOWS_SCHEMA: schema, ...env };
    return promisify(execFile)('sh', ['-c', line], { cwd: this.folder, env: all }).then(
      (printed) => ({ code: 0, ...printed }),
      ({ code, stdout, stderr }) => ({ code, stdout, stderr }),
    );
  }

  fetch(path: string, init?: RequestInit): Promise<Response> {
    return fetch(this.#url + path, init);
  }

  async get<T>(path: string, headers?: Record<string, string>): Promise<Answer<T>> {
    return answerOf(await this.fetch(path, { headers }));
  }

  async post<T>(path: string, body: object, headers?: Record<string, string>): Promise<Answer<T>> {
    const all = { 'content-type': 'application/json', ...headers };
    return answerOf(await this.fetch(path, { method: 'POST', headers: all, body: JSON.stringify(body) }));
  }

  async dispose(): Promise<void> {
    await this.#process?.dispose();
    await this.schema.dispose();
    await rm(this.folder, { recursive: true, force: true });
  }
}

async function answerOf<T>(response: Response): Promise<Answer<T>> {
  return { status: response.status, body: (await response.json()) as T };
}
