// The types of the client as a page gets them: from the package's own door, with nothing of Node around, and none of the packages that the server
// needs. What a page gets is typed all through, and what does not exist can't be asked for.
import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const ROOT = join(import.meta.dirname, '../..');

const PAGE = `
import { isCut, isHidden, WorkflowsClient, WorkflowsHttpError } from 'nestjs-workflows/client';

type IsAny<T> = 0 extends 1 & T ? true : false;
/** Refuses what has lost its type. */
const typed = <T>(_value: T, ..._wrong: IsAny<T> extends true ? [never] : []) => undefined;

export async function page(client: WorkflowsClient) {
  const { runs: [run] } = await client.runs.list({ status: ['ERROR'], createdFrom: new Date(), createdBefore: '2030-01-01T00:00:00Z' });
  if (run === undefined) return;
  const createdAt: string = run.createdAt;
  const status: 'ERROR' | string = run.status;
  typed(run.attributes); typed(createdAt); typed(status);
  const steps = await client.runs.steps(run.runId, { after: 3 });
  typed(steps.steps[0]?.output); typed(steps.steps[0]?.error); typed(steps.steps[0]?.failedAttempts[0]?.startedAt);
  const { run: details, waits } = await client.runs.find(run.runId);
  typed(details.provenance?.version); typed(waits[0]?.wakeAt);
  if (isCut(details.input)) typed(details.input.bytes);
  else if (!isHidden(details.input)) typed(details.input);
  typed((await client.queues.list()).queues[0]?.maintenance?.until);
  typed((await client.diagnostics()).lag.oldestReady);
  typed((await client.templates.find('a', 'b', { expand: true })).expanded);
  typed((await client.templates.list()).templates[0]?.status);
  typed((await client.maintenance.status()).scopes[0]?.until);
  typed((await client.bulkJobs.find('x')).filter.name);
  typed((await client.retention.get()).perWorkflow.x?.after);
  typed((await client.audit.list({ from: new Date() })).entries[0]?.before);
  typed((await client.executors()).executors[0]?.alive);
  for await (const change of client.feed({ topics: ['runs', \`run:\${run.runId}\`] })) { typed(change.topic); typed(change.data); }
  for await (const chunk of client.runs.follow('x', 'log')) { typed(chunk.offset); typed(chunk.value); }
  await client.workflows.start('x', [1], { delay: '1h', queue: 'a', reason: 'b' });
  try { await client.me(); } catch (error) { if (WorkflowsHttpError.is(error, 'UNAUTHORIZED')) typed(error.details); }
  new WorkflowsClient({ baseUrl: '/workflows', headers: async () => new Headers({ a: 'b' }), fetch: window.fetch });
  // @ts-expect-error only code can give a transaction
  await client.workflows.start('x', [1], { manager: {} });
  // @ts-expect-error who acts the server knows
  await client.runs.cancel('x', { actor: 'me' });
  // @ts-expect-error there is no such status
  await client.runs.list({ status: ['DONE'] });
  // @ts-expect-error there is no such filter
  await client.runs.list({ nmae: 'x' });
  // @ts-expect-error there is no such topic
  client.feed({ topics: ['rusn'] });
  // @ts-expect-error times are texts
  run.createdAt.getTime();
}
`;

describe('the types of the client', () => {
  let folder = '';
  const tsc = (cwd: string, ...options: string[]): string => {
    try {
      return execFileSync(process.execPath, [join(ROOT, 'node_modules/typescript/bin/tsc'), ...options], {
        cwd,
        encoding: 'utf8',
      });
    } catch (error) {
      return (error as { stdout: string }).stdout;
    }
  };

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'client-types-'));
    const pack = join(folder, 'node_modules/nestjs-workflows');
    mkdirSync(pack, { recursive: true });
    copyFileSync(join(ROOT, 'package.json'), join(pack, 'package.json'));
    tsc(ROOT, '-p', 'tsconfig.build.json', '--emitDeclarationOnly', '--outDir', join(pack, 'dist'));
    writeFileSync(join(folder, 'page.ts'), PAGE);
  }, 120_000);
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it.each(['bundler', 'nodenext'])(
    'reach a page whole, found as by %s',
    (resolution) => {
      const config = {
        compilerOptions: {
          target: 'es2022',
          lib: ['es2023', 'dom', 'dom.iterable', 'dom.asynciterable'],
          module: resolution === 'bundler' ? 'esnext' : 'nodenext',
          moduleResolution: resolution,
          strict: true,
          noUncheckedIndexedAccess: true,
          noEmit: true,
          types: [],
          // As every bundler's template has it: declarations of the server speak of packages that a page does not install.
          skipLibCheck: true,
        },
        include: ['page.ts'],
      };
      writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify(config));
      expect(tsc(folder, '-p', '.')).toBe('');
    },
    60_000,
  );
});
