/**
 * Runs a TypeScript script of the specs as a real process of its own: for crash tests, where the process is killed
 * and the database has to tell what survived. The script speaks to the spec by lines on stdout.
 */
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';

export interface ChildScriptOptions {
  args?: string[];
  /** Added to this process's environment. */
  env?: Record<string, string | undefined>;
  cwd?: string;
}

export interface ChildExit {
  code: number | null;
  signal: NodeJS.Signals | null;
}

export class ChildScript {
  readonly pid: number;
  /** Lines of stdout so far. */
  readonly lines: string[] = [];
  /** Resolves when the process has ended and its output is read. */
  readonly exit: Promise<ChildExit>;
  private readonly child;
  private readonly observers = new Set<() => void>();
  private errorOutput = '';
  private ended = false;

  /** @param script absolute path of a .ts (or .mjs) file */
  constructor(
    private readonly script: string,
    { args = [], env = {}, cwd }: ChildScriptOptions = {},
  ) {
    const register = new URL('./swc-register.mjs', import.meta.url).href;
    this.child = spawn(process.execPath, ['--enable-source-maps', '--import', register, script, ...args], {
      cwd,
      // Jest's own flags in NODE_OPTIONS must not reach the child.
      env: { ...process.env, NODE_OPTIONS: '', ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    if (this.child.pid === undefined) throw new Error(`could not spawn ${process.execPath}`);
    this.pid = this.child.pid;
    createInterface({ input: this.child.stdout }).on('line', (line) => {
      this.lines.push(line);
      this.notify();
    });
    this.child.stderr.setEncoding('utf8').on('data', (text: string) => {
      this.errorOutput += text;
    });
    this.exit = new Promise((resolve) => {
      this.child.once('close', (code, signal) => {
        this.ended = true;
        this.notify();
        resolve({ code, signal });
      });
    });
  }

  get stderr(): string {
    return this.errorOutput;
  }

  /** The first line, printed already or to come, that the predicate accepts; rejects when the process ends without it. */
  waitForLine(predicate: string | RegExp | ((line: string) => boolean), { timeout = 20_000 } = {}): Promise<string> {
    const accepts =
      typeof predicate === 'function'
        ? predicate
        : (line: string) => (typeof predicate === 'string' ? line.includes(predicate) : predicate.test(line));
    return new Promise((resolve, reject) => {
      const settle = (act: () => void) => {
        clearTimeout(timer);
        this.observers.delete(observe);
        act();
      };
      const fail = (why: string) =>
        settle(() => reject(new Error(`${this.script}: ${why}\nstdout:\n${this.lines.join('\n')}\nstderr:\n${this.stderr}`)));
      const observe = () => {
        const line = this.lines.find((candidate) => accepts(candidate));
        if (line !== undefined) settle(() => resolve(line));
        else if (this.ended) fail(`ended without the line ${predicate}`);
      };
      const timer = setTimeout(() => fail(`no line ${predicate} within ${timeout} ms`), timeout);
      this.observers.add(observe);
      observe();
    });
  }

  /** Sends a signal to exactly this process; false if it has ended. */
  kill(signal: NodeJS.Signals = 'SIGKILL'): boolean {
    return this.child.kill(signal);
  }

  /** For `afterEach`: kills the process if it still runs and waits for its end. */
  async dispose(): Promise<void> {
    if (!this.ended) this.kill('SIGKILL');
    await this.exit;
  }

  private notify(): void {
    for (const observe of [...this.observers]) observe();
  }
}
