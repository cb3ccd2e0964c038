// Collects what must never happen on a page. For console-page.ts.
import type { Page } from 'playwright-core';

export class PageWatch {
  private readonly problems: string[] = [];

  private constructor(
    private readonly page: Page,
    private readonly origin: string,
    private readonly expected: readonly RegExp[],
  ) {}

  /** Before the page goes anywhere. */
  static async start(page: Page, origin: string, expected: readonly RegExp[] = []): Promise<PageWatch> {
    const watch = new PageWatch(page, origin, expected);
    await page.exposeBinding('reportPolicyViolation', (_source, violation: string) => watch.note('policy violation', violation));
    await page.addInitScript(`document.addEventListener('securitypolicyviolation', (event) => reportPolicyViolation(
      event.violatedDirective + ': ' + event.blockedURI + ' at ' + event.sourceFile + ':' + event.lineNumber + ' ' + event.sample))`);
    page.on('pageerror', (error) => watch.note('error of a script', error.stack ?? error.message));
    page.on('console', (message) => {
      if (message.type() === 'error' || /Content Security Policy/i.test(message.text()))
        watch.note('error in the console', `${message.text()} (${message.location().url})`);
    });
    page.on('request', (request) => watch.seeRequest(request.url()));
    page.on('websocket', (socket) => watch.note('web socket', socket.url()));
    page.on('requestfailed', (request) => {
      const why = request.failure()?.errorText ?? '';
      // The page itself has given it up, or was left.
      if (why !== 'net::ERR_ABORTED') watch.note('request that failed', `${request.method()} ${request.url()}: ${why}`);
    });
    page.on('crash', () => watch.note('crash', page.url()));
    return watch;
  }

  async expectClean(): Promise<void> {
    // What happened before is told before the answer.
    await this.page.evaluate('0').catch(() => undefined);
    if (this.problems.length > 0) throw new Error(`The page is not clean:\n${this.problems.join('\n')}`);
  }

  private seeRequest(text: string): void {
    const { protocol, origin } = new URL(text);
    if (protocol === 'data:' || protocol === 'blob:' || origin === this.origin) return;
    this.note('request to another host', text);
  }

  private note(kind: string, text: string): void {
    const problem = `- ${kind}: ${text}`;
    if (!this.expected.some((pattern) => pattern.test(problem))) this.problems.push(problem);
  }
}
