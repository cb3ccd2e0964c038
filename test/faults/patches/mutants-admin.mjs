// Defences of the admin room: who gets in, what a write must look like, what is shown to whom, and what ends when the process does.
const GUARD = 'lib/admin/access/admin-guard.ts';
const ACCESS = 'lib/admin/access/admin-access.ts';
const WRITES = 'lib/admin/access/write-rules.ts';
const VIEW = 'lib/admin/replies/json-view.ts';
const REPLY = 'lib/admin/replies/admin-reply.ts';
const OPTIONS = 'lib/admin/admin-options.ts';
const onEvery = (test) => ({ spec: 'test/admin/every-route.spec.ts', test });
const inAccess = (test) => ({ spec: 'test/admin/access.spec.ts', test });

export const ADMIN_MUTANTS = [
  {
    name: 'admin-right',
    defence: 'Who may only read may write.',
    edits: [
      {
        file: GUARD,
        take: "if (route.action !== 'read' && !access.actions.has(route.action)) throw",
        leave: 'if (route === undefined) throw',
      },
    ],
    ...onEvery('every admin route on %s › does nothing for whom may only read: %s'),
  },
  {
    name: 'admin-forbidden',
    defence: 'Who is forbidden everything reads all.',
    edits: [
      {
        file: GUARD,
        take: 'if (decided === undefined) throw new ForbiddenException();',
        leave: 'if (decided === undefined) return FULL_ACCESS;',
      },
    ],
    ...onEvery('every admin route on %s › answers 403 to whom access forbids everything: %s'),
  },
  {
    name: 'admin-nonsense-access',
    defence: 'A right that does not exist is taken for no right instead of for a mistake.',
    edits: [{ file: ACCESS, take: 'if (unknown !== -1) throw', leave: 'if (unknown < -1) throw' }],
    ...onEvery('every admin route on %s › answers 403 or worse, and nothing else, when access gives nonsense: %s'),
  },
  {
    name: 'admin-csrf-header',
    defence: 'A form of another site can write.',
    edits: [{ file: WRITES, take: 'if (header(request, CSRF_HEADER) === undefined)', leave: 'if (CSRF_HEADER === undefined)' }],
    ...onEvery('every admin route on %s › is written to only with our header, as JSON, from this site: %s'),
  },
  {
    name: 'admin-origin',
    defence: 'A page of another site can write.',
    edits: [{ file: WRITES, take: '\n  refuseForeignSite(request);', leave: '' }],
    ...onEvery('every admin route on %s › is written to only with our header, as JSON, from this site: %s'),
  },
  {
    name: 'admin-unguarded-boot',
    defence: 'A mount without guards and access boots.',
    edits: [{ file: OPTIONS, take: 'if (!insecure && !isGuarded) throw', leave: 'if (mount === undefined) throw' }],
    ...inAccess('WorkflowsAdminModule.forRoot › refuses to mount without guards, and says what to do'),
  },
  {
    name: 'admin-hidden-payload',
    defence: 'Payloads are shown to who may not see them.',
    edits: [{ file: VIEW, take: 'return hides ? {', leave: 'return false ? {' }],
    spec: 'test/admin/hidden-payloads.spec.ts',
    test: 'a secret in a run, on %s › is not told to who may not see payloads: %s',
  },
  {
    name: 'admin-payloads-by-default',
    defence: 'An answer for which nobody decided shows payloads.',
    edits: [
      { file: REPLY, take: 'JSON.stringify(showsPayloads ? jsonView(body)', leave: 'JSON.stringify(true ? jsonView(body)' },
    ],
    spec: 'test/admin/hidden-payloads.spec.ts',
    test: 'a secret in a run, on %s › is not told to who may not see payloads: %s',
  },
];
