// The sample app as a process of its own, that can be killed. Used by crash-demo.ts.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream, type WriteStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const MAIN = fileURLToPath(new URL('../main.js', import.meta.url));
const READY = /listens on (http:\S+)/;

export class AppProcess {
  private constructor(
    private readonly child: ChildProcess,
    private readonly log: WriteStream,
    readonly url: string,
  ) {}

  get pid(): number | undefined {
    return this.child.pid;
  }

  /**
   * Resolves when the app takes requests.
   *
   * @param env added to this process's environment
   * @param logFile what the app prints is appended to it
   * @throws Error when it ends before
   */
  static async start(env: Record<string, string>, logFile: string): Promise<AppProcess> {
    const log = createWriteStream(logFile, { flags: 'a' });
    const child = spawn(process.execPath, [MAIN], { env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'pipe'] });
    // However this process ends, the app does not stay behind.
    process.once('exit', () => child.kill('SIGKILL'));
    child.stderr.pipe(log, { end: false });
    const url = await new Promise<string>((resolve, reject) => {
      createInterface({ input: child.stdout }).on('line', (line) => {
        log.write(`${line}\n`);
        const [, found] = READY.exec(line) ?? [];
        if (found !== undefined) resolve(found);
      });
      child.once('error', reject);
      child.once('exit', (code, signal) =>
        reject(new Error(`The app ended (${signal ?? code}) before it was ready; see ${logFile}.`)),
      );
    });
    return new AppProcess(child, log, url);
  }

  /** `SIGKILL` ends it in the middle of whatever it does; `SIGTERM` lets it drain. Resolves when it has ended. Idempotent. */
  async end(signal: 'SIGKILL' | 'SIGTERM'): Promise<void> {
    if (this.child.exitCode === null && this.child.signalCode === null) {
      const exit = once(this.child, 'exit');
      this.child.kill(signal);
      await exit;
    }
    this.log.end();
  }
}
