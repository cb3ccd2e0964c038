// An application whose database has fallen silent: what is refused all the same, at once and by type, was refused before any SQL.
import type { Type } from '@nestjs/common';
import { TcpProxy } from '../support/tcp-proxy.js';
import { createTestSchema } from '../support/test-database.js';
import { startApp, type WorkflowApp } from '../support/workflow-app.js';

/** A refusal is there before any timer can fire: it waits for nothing. */
const PATIENCE_MS = 250;

/** Afterwards no run and no line in the audit log may be there. */
export async function withSilentDatabase(providers: Type[], test: (app: WorkflowApp) => Promise<void>): Promise<void> {
  const schema = await createTestSchema();
  const proxy = await TcpProxy.start(schema.url);
  let app: WorkflowApp | undefined;
  try {
    app = await startApp(schema, { providers, workflowsOptions: { url: proxy.url, role: 'client' } });
    proxy.mute();
    await test(app);
    const { rows } = await schema.pool.query(
      'select (select count(*)::int from workflow_status) runs, (select count(*)::int from audit_log) audited',
    );
    expect(rows).toEqual([{ runs: 0, audited: 0 }]);
  } finally {
    proxy.heal();
    await app?.close();
    await proxy.close();
    await schema.dispose();
  }
}

/** What a call throws or rejects with. One that gets through or asks the database is reported as a text. */
export async function refusal(call: () => unknown): Promise<unknown> {
  let timer: NodeJS.Timeout | undefined;
  const silence = new Promise((resolve) => {
    timer = setTimeout(resolve, PATIENCE_MS, 'it asked the database');
  });
  const answer = (async () => call())().then(
    () => 'it was accepted',
    (error: unknown) => error,
  );
  const first = await Promise.race([answer, silence]);
  clearTimeout(timer);
  return first;
}

export type Call = (app: WorkflowApp) => unknown;

/** Each call is refused with its code; a line that differs shows what came instead. */
export async function expectCodes(app: WorkflowApp, table: Readonly<Record<string, readonly [Call, string]>>): Promise<void> {
  const found: Record<string, unknown> = {};
  for (const [what, [call]] of Object.entries(table)) {
    const error = await refusal(() => call(app));
    found[what] = error instanceof Error && 'code' in error ? error.code : error;
  }
  expect(found).toEqual(Object.fromEntries(Object.entries(table).map(([what, [, code]]) => [what, code])));
}
