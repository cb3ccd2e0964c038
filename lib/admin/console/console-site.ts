// The console of one mount: its pages with what only the server knows (where the mount is, where one signs in), its files, and the notes in their place
// when somebody may not see them or nobody has built them. Used by the console's controllers and PageExceptionFilter.
import { Inject, Injectable, Logger, NotFoundException, type OnModuleInit } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { ADMIN_OPTIONS } from '../admin.tokens.js';
import type { ResolvedMount } from '../admin-options.js';
import type { AdminProblem } from '../replies/admin-problem.js';
import type { WebAnswer } from '../replies/web-answer.js';
import { type ConsoleFiles, readConsole, usualFolders } from './console-files.js';
import type { ResolvedConsole } from './console-options.js';
import { ADD_SLASH_SOURCE, baseOf, headOf, notePage, SIGN_IN_SOURCE, signInPage, slashPage } from './page-document.js';
import { PAGE_HEADERS, securityHeaders } from './page-headers.js';

const WHAT_TO_DO =
  'Build it (`npm run build`), or say where it is: WorkflowsAdminModule.forRoot({ console: { assetsDir } }). `console: false` does without it.';

/** Said beside what the guard says, which is mostly the name of the status. */
const HINTS: Readonly<Record<number, string>> = {
  401: 'Sign in to the application, then load this page again.',
  403: 'You may not see these pages.',
};

@Injectable()
export class ConsoleSite implements OnModuleInit {
  readonly #path: string;
  readonly #options: ResolvedConsole;
  #files: ConsoleFiles | undefined;

  constructor(
    @Inject(ADMIN_OPTIONS) { path, console }: Pick<ResolvedMount, 'path' | 'console'>,
    @Inject(HttpAdapterHost) private readonly host: HttpAdapterHost,
  ) {
    if (console === undefined) throw new TypeError('A mount without a console has no ConsoleSite.');
    this.#path = path;
    this.#options = console;
  }

  async onModuleInit(): Promise<void> {
    const { assetsDir } = this.#options;
    this.#files = await readConsole(assetsDir === undefined ? usualFolders() : [assetsDir]);
    if (this.#files === undefined)
      new Logger('WorkflowsAdmin').warn(
        `There is no built console${assetsDir === undefined ? '' : ` in ${assetsDir}`}: the pages at /${this.#path} answer 503. ${WHAT_TO_DO}`,
      );
  }

  /** @param depth how many segments the page is below the mount */
  page(request: object, depth: number): WebAnswer {
    if (this.#files === undefined) return this.#note(503, 'The console is not there', WHAT_TO_DO);
    const base = baseOf(depth, this.#endsWithSlash(request));
    if (base === undefined) return this.#slashPage();
    const { signInUrl, returnParameter } = this.#options;
    const [before, after] = this.#files.page;
    const head = headOf(base, { signInUrl, returnParameter });
    return { status: 200, headers: { ...securityHeaders(this.#options), ...PAGE_HEADERS }, body: before + head + after };
  }

  /** @throws NotFoundException */
  async file(request: object, name: string): Promise<WebAnswer> {
    const file = this.#files?.assets.get(name);
    if (file === undefined) throw new NotFoundException('The console has no such file.');
    const answer = await file.answer((request as { headers: Record<string, string> }).headers);
    return { ...answer, headers: { ...securityHeaders(this.#options), ...answer.headers } };
  }

  /** What somebody sees who gets no page. */
  refusal({ status, title, detail, requestId }: AdminProblem): WebAnswer {
    const lines = [detail === title ? undefined : detail, HINTS[status], `Request ${requestId}`];
    const note = this.#note(status, title, ...lines.filter((line) => line !== undefined));
    const { signInUrl, returnParameter } = this.#options;
    if (status !== 401 || signInUrl === undefined) return note;
    if (returnParameter === undefined) return { ...note, status: 302, headers: { ...note.headers, location: signInUrl } };
    const headers = { ...securityHeaders(this.#options, SIGN_IN_SOURCE), ...PAGE_HEADERS };
    return { status, headers, body: signInPage(signInUrl, returnParameter) };
  }

  #slashPage(): WebAnswer {
    const lastSegment = this.#path.slice(this.#path.lastIndexOf('/') + 1);
    const headers = { ...securityHeaders(this.#options, ADD_SLASH_SOURCE), ...PAGE_HEADERS };
    return { status: 200, headers, body: slashPage(lastSegment) };
  }

  #note(status: number, title: string, ...lines: readonly string[]): WebAnswer {
    const headers = { ...securityHeaders(this.#options, "'none'"), ...PAGE_HEADERS };
    return { status, headers, body: notePage(title, ...lines) };
  }

  #endsWithSlash(request: object): boolean {
    const [path = ''] = String(this.host.httpAdapter.getRequestUrl(request)).split('?', 1);
    return path.endsWith('/');
  }
}
