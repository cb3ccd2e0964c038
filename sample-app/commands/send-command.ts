// Sends a command to a run, from a process of its own: `npm run command -- <runId> HOLD --reason 'operator hold' --actor ann`.
// It executes no runs (role `client`). The command is durable before the first line is printed; then it waits a while for what becomes of it.
import 'reflect-metadata';
import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { type SentCommand, WorkflowService, WorkflowsModule } from 'nestjs-workflows';
import { databaseUrl } from '../database.js';
import { settings } from '../settings.js';

const HELP = `Sends a command to a run of the sample app.

  npm run command -- <runId> HOLD | RESUME | STOP | RESET [options]

  --reason <text>    why; kept with the command
  --actor <name>     who; kept with the command                       default: operator
  --timeout <time>   STOP: how long winding down may take, e.g. 30s   default: what the workflow says
  --from <where>     RESET: checkpoints or start                      default: checkpoints
  --wait <seconds>   how long to wait for what becomes of it          default: 10

The run's id is the one that it was started with, or its uuid. DATABASE_URL and WORKFLOWS_SCHEMA are those of the app.
Exit code 0: the command was accepted. 1: it was not; the error says why.`;

const POLL_MS = 100;
const NEWEST = 50;

try {
  await main();
} catch (error) {
  const { code = 'ERROR', message } = error as { code?: string; message: string };
  console.error(`${code}: ${message.replace(/\s+/g, ' ')}`);
  process.exitCode = 1;
}

async function main(): Promise<void> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      reason: { type: 'string' },
      actor: { type: 'string', default: 'operator' },
      timeout: { type: 'string' },
      from: { type: 'string' },
      wait: { type: 'string', default: '10' },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  if (values.help) {
    console.log(HELP);
    return;
  }
  const [id, command, ...others] = positionals;
  const wait = Number(values.wait);
  if (id === undefined || command === undefined || others.length > 0 || !(wait >= 0))
    throw usage('Give the id of a run and a command, and --wait in seconds. See --help.');
  const { reason, actor, timeout } = values;
  const from = values.from as 'checkpoints' | 'start' | undefined;

  const workflows = await connect();
  try {
    const receipt = await workflows.service.sendCommand(id, command, { reason, actor, timeout, from });
    console.log(`${receipt.command} ${receipt.commandId} is sent to ${id}, which was ${receipt.state}.`);
    const { outcome } = receipt.outcome === null ? await settled(workflows.service, id, receipt.commandId, wait) : receipt;
    const status = await workflows.service.getRun(id).status;
    const became = outcome ?? `not applied yet, after ${wait} s: the process that has the run, or the next one, will do it`;
    console.log(`${receipt.command} is ${became}. The run is ${status}.`);
  } finally {
    await workflows.close();
  }
}

/** On the database of the sample app, which has made the tables: an older schema than this code's is refused. */
async function connect(): Promise<{ service: WorkflowService; close(): Promise<void> }> {
  @Module({
    imports: [
      WorkflowsModule.forRoot({
        url: await databaseUrl(),
        schema: settings.workflowsSchema,
        role: 'client',
        migrate: 'verify',
        connectTimeout: '5s',
      }),
    ],
  })
  class CommandModule {}
  const context = await NestFactory.createApplicationContext(CommandModule, { logger: false, abortOnError: false });
  return { service: context.get(WorkflowService), close: () => context.close() };
}

/** What the run was sent, with its outcome, or without one when that does not come in time. */
async function settled(
  workflows: WorkflowService,
  id: string,
  commandId: string,
  seconds: number,
): Promise<Pick<SentCommand, 'outcome'>> {
  const until = performance.now() + 1_000 * seconds;
  for (;;) {
    const sent = (await workflows.commands.list(id, { limit: NEWEST })).find((one) => one.commandId === commandId);
    if (sent?.outcome || performance.now() > until) return { outcome: sent?.outcome ?? null };
    await delay(POLL_MS);
  }
}

function usage(message: string): Error {
  return Object.assign(new Error(message), { code: 'USAGE' });
}
