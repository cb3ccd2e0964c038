/** Defences of how the console is served: who gets it, what it may run, where it looks for the API, which files there are. For mutants.mjs. */
const BIND = 'lib/admin/routes/bind-controller.ts';
const CALL = 'lib/admin/routes/admin-call.ts';
const OPTIONS = 'lib/admin/console/console-options.ts';
const HEADERS = 'lib/admin/console/page-headers.ts';
const DOCUMENT = 'lib/admin/console/page-document.ts';
const PATHS = 'lib/admin/mount-paths.ts';
const PAGES = 'lib/admin/console/pages.controller.ts';
const SITE = 'lib/admin/console/console-site.ts';
const LAST_ANSWERS = 'lib/admin/replies/last-answers.ts';
const inServing = (test) => ({ spec: 'test/admin/console-serving.spec.ts', test: `the console on %s › ${test}` });
const refused = { spec: 'test/admin/mounting.spec.ts', test: 'the options of a mount › refuse a console with %s' };
const IS_TOLD = 'is told where its mount is by the depth of %s, below a prefix as behind a proxy that changes the path';

export const CONSOLE_MUTANTS = [
  {
    name: 'console-guard',
    defence: 'Everybody gets the pages and files of the console.',
    edits: [
      {
        file: BIND,
        take: 'UseGuards(AdminGuard)(Mounted);',
        leave: 'if (describe !== undefined) UseGuards(AdminGuard)(Mounted);',
      },
      {
        file: CALL,
        take: 'this.access = accessOf(request);',
        leave: 'this.access = route.answer === undefined ? accessOf(request) : ({} as Access);',
      },
    ],
    ...inServing('is behind the guards, page for page and file for file'),
  },
  {
    name: 'console-inline-scripts',
    defence: 'What gets into a page as HTML can run scripts.',
    edits: [{ file: HEADERS, take: `script = "'self'"`, leave: `script = "'self' 'unsafe-inline'"` }],
    ...inServing('lets pages and files run nothing of others and nothing inline, whatever the application sets on its answers'),
  },
  {
    name: 'console-depth',
    defence: 'A page that is loaded anew deep in the console looks for its files and the API in the wrong place.',
    edits: [{ file: PAGES, take: "path === '' ? 0 : path.split('/').length", leave: "path === '' ? 0 : 1" }],
    ...inServing(IS_TOLD),
  },
  {
    name: 'console-slash',
    defence: 'So does one whose address ends with a slash.',
    edits: [{ file: DOCUMENT, take: 'depth - 1 + (endsWithSlash ? 1 : 0)', leave: 'depth - 1 + (endsWithSlash ? 0 : 0)' }],
    ...inServing(IS_TOLD),
  },
  {
    name: 'console-own-origin',
    defence: 'An address that begins with two slashes leads to another host.',
    edits: [{ file: DOCUMENT, take: 'location.origin+location.pathname', leave: 'location.pathname' }],
    ...inServing('steps to the address with a slash by itself, of which it knows no name'),
  },
  {
    name: 'console-return-path',
    defence: 'Whoever follows the path of a page that wanted a session gets to another host.',
    edits: [{ file: DOCUMENT, take: "location.pathname.replace(/^\\\\/+/,'/')", leave: 'location.pathname' }],
    spec: 'test/admin/console-sign-in.spec.ts',
    test: 'a page of the console on %s, without a session › leads to where one signs in with the path of the page, as only the page knows it, and to no other host',
  },
  {
    name: 'console-nested-mounts',
    defence: 'A mount stands among the pages of another, and the guards of whichever comes first answer for both.',
    edits: [{ file: PATHS, take: 'outer.console !== undefined && CONSOLE_SEGMENTS.has(segment)', leave: 'false' }],
    spec: 'test/admin/mounting.spec.ts',
    test: 'two mounts › are refused with one at %s, where the console at ops has pages, files or routes of its own, in either order',
  },
  {
    name: 'console-exact-name',
    defence: 'A file is found by a path, and not by its name alone.',
    edits: [{ file: SITE, take: 'assets.get(name)', leave: "assets.get(name.slice(name.lastIndexOf('/') + 1))" }],
    ...inServing('has files by their exact names alone'),
  },
  {
    name: 'console-note-text',
    defence: 'What a request says of itself stands in a note as HTML.',
    edits: [{ file: DOCUMENT, take: 'asText(line)', leave: 'line' }],
    ...inServing('answers whom it does not let in with a note on pages, and with problem details elsewhere'),
  },
  {
    name: 'console-frame-origins',
    defence: 'What is no origin gets into the policy of the page.',
    edits: [{ file: OPTIONS, take: '|| !ANCESTOR.test(ancestor))', leave: "|| ancestor === '')" }],
    ...refused,
  },
  {
    name: 'console-last-answer',
    defence: 'A page that somebody looks at keeps the server from closing.',
    edits: [{ file: LAST_ANSWERS, take: 'this.#isClosing = true;', leave: '' }],
    spec: 'test/admin/shutdown.spec.ts',
    test: 'the admin routes on %s, at shutdown › end a connection that was opened before with its first answer',
  },
];
