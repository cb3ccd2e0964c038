// Streams of runs, written in one process and read in another: how many chunks a second, and how long one takes to the reader. Exits non-zero
// when a chunk is missing, double or out of order, at fewer than --min-rate chunks written a second, or above --max-latency ms (p50).
//
//   npm run build && node bench/streams.mjs [--count=100000] [--beats=500] [--repeat=3] [--json]
//
// Database as in run.mjs.
import 'reflect-metadata';
import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { Inject, Injectable, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { Workflow, WorkflowContext, WorkflowService, WorkflowsModule } from '../dist/lib/index.js';

const { values: flags } = parseArgs({
  options: {
    count: { type: 'string', default: '100000' },
    beats: { type: 'string', default: '500' },
    repeat: { type: 'string', default: '3' },
    'min-rate': { type: 'string', default: '20000' },
    'max-latency': { type: 'string', default: '20' },
    json: { type: 'boolean', default: false },
    child: { type: 'string' },
  },
});
const BEAT_MS = 20;
/** The same in all processes of this machine. */
const now = () => performance.timeOrigin + performance.now();

class StreamWorkflows {
  constructor(context) {
    this.context = context;
  }

  async fromStep(count) {
    return this.context.step('write', () => this.writeAll(count));
  }

  async fromBody(count) {
    return this.writeAll(count);
  }

  async writeAll(count) {
    const stream = this.context.stream();
    for (let i = 0; i < count; i++) await stream.write(chunkOf(i));
    await stream.close();
  }

  async beats(count) {
    await this.context.step('beat', async () => {
      const stream = this.context.stream();
      for (let i = 0; i < count; i++) {
        await new Promise((resolve) => setTimeout(resolve, BEAT_MS));
        await stream.write({ n: i, at: now() });
      }
    });
  }
}
Injectable()(StreamWorkflows);
Inject(WorkflowContext)(StreamWorkflows, undefined, 0);
for (const name of ['fromStep', 'fromBody', 'beats']) {
  const descriptor = Object.getOwnPropertyDescriptor(StreamWorkflows.prototype, name);
  Workflow({ name })(StreamWorkflows.prototype, name, descriptor);
  Object.defineProperty(StreamWorkflows.prototype, name, descriptor);
}

/** About a line of text, as an LLM or a log gives it. */
function chunkOf(n) {
  return { n, text: 'the quick brown fox jumps over the lazy dog' };
}

async function open({ url, schema, role }) {
  class BenchModule {}
  Module({ imports: [WorkflowsModule.forRoot({ url, schema, role })], providers: [StreamWorkflows] })(BenchModule);
  const application = await NestFactory.createApplicationContext(BenchModule, { logger: ['warn', 'error', 'fatal'] });
  return { application, service: application.get(WorkflowService) };
}

/** Does what it is told, one thing at a time. */
async function child(options) {
  const { application, service } = await open(options);
  const tasks = {
    async write({ name, count }) {
      const began = now();
      const run = await service.start(name, [count]);
      process.send({ started: run.runId });
      await run.returnValue;
      return { began, ended: now() };
    },
    async read({ runId, count }) {
      let next = 0;
      let first;
      const latencies = [];
      for await (const chunk of service.getRun(runId).stream()) {
        first ??= now();
        if (chunk.n !== next) throw new Error(`LOST: chunk ${chunk.n} came in place of ${next}`);
        if (chunk.at !== undefined) latencies.push(now() - chunk.at);
        next++;
      }
      if (next !== count) throw new Error(`LOST: ${next} of ${count} chunks`);
      return { first, ended: now(), latencies };
    },
  };
  process.on('message', ({ task, ...rest }) => {
    if (task === 'close') {
      void application.close().then(() => process.disconnect());
      return;
    }
    tasks[task](rest).then(
      (result) => process.send({ result }),
      (error) => process.send({ error: error.message }),
    );
  });
  process.send({ ready: true });
}

/** A child as its parent sees it. */
class Peer {
  #process;
  #waiting = new Map();

  constructor(options) {
    this.#process = fork(fileURLToPath(import.meta.url), ['--child', JSON.stringify(options)]);
    this.#process.on('message', (message) => {
      const [kind] = Object.keys(message);
      const { resolve, reject } = this.#waiting.get(kind === 'error' ? 'result' : kind) ?? {};
      if (kind === 'error') reject?.(new Error(message.error));
      else resolve?.(message[kind]);
    });
    this.exited = new Promise((resolve) => {
      this.#process.once('exit', resolve);
    });
  }

  next(kind) {
    return new Promise((resolve, reject) => {
      this.#waiting.set(kind, { resolve, reject });
      this.exited.then((code) => reject(new Error(`a process ended with ${code}`)));
    });
  }

  tell(task, rest = {}) {
    this.#process.send({ task, ...rest });
  }

  async close() {
    this.tell('close');
    await this.exited;
  }
}

async function measure(writer, reader, name, count) {
  const started = writer.next('started');
  const written = writer.next('result');
  writer.tell('write', { name, count });
  const runId = await started;
  const read = reader.next('result');
  reader.tell('read', { runId, count });
  const [write, reading] = await Promise.all([written, read]);
  return { write, reading, runId };
}

async function main() {
  const { BenchDatabase, openServer } = await import('./database.mjs');
  const count = Number(flags.count);
  const beats = Number(flags.beats);
  const server = await openServer();
  const database = new BenchDatabase(server.url);
  const schema = database.newSchema('streams');
  const median = (values) => [...values].sort((a, b) => a - b)[values.length >> 1];
  try {
    const writer = new Peer({ url: server.url, schema, role: 'all' });
    await writer.next('ready');
    const reader = new Peer({ url: server.url, schema, role: 'client' });
    await reader.next('ready');
    const figures = {};
    for (const name of ['fromStep', 'fromBody']) {
      await measure(writer, reader, name, Math.ceil(count / 10));
      const rates = { written: [], read: [] };
      for (let i = 0; i < Number(flags.repeat); i++) {
        await database.settle();
        const { write, reading, runId } = await measure(writer, reader, name, count);
        rates.written.push((count / (write.ended - write.began)) * 1_000);
        rates.read.push((count / (reading.ended - write.began)) * 1_000);
        const [row] = await database.query(
          `select count(*)::int chunks, max(chunk_offset) last from ${schema}.streams where workflow_id = $1`,
          [runId],
        );
        if (row.chunks !== count + 1 || row.last !== count) throw new Error(`LOST: ${row.chunks} rows, last ${row.last}`);
      }
      figures[name] = { written: Math.round(median(rates.written)), read: Math.round(median(rates.read)) };
      console.log(
        `${name}: ${count} chunks, all read in order: ${figures[name].written}/s written, ${figures[name].read}/s from the first write to the last read`,
      );
    }
    await measure(writer, reader, 'beats', 50);
    const { reading } = await measure(writer, reader, 'beats', beats);
    const sorted = reading.latencies.sort((a, b) => a - b);
    figures.latency = { p50: sorted[sorted.length >> 1], p99: sorted[Math.floor(sorted.length * 0.99)], max: sorted.at(-1) };
    const { p50, p99, max } = figures.latency;
    console.log(
      `write → read, a chunk every ${BEAT_MS} ms: p50 ${p50.toFixed(1)} ms, p99 ${p99.toFixed(1)} ms, max ${max.toFixed(1)} ms`,
    );
    if (flags.json) console.log(JSON.stringify(figures));
    await Promise.all([writer.close(), reader.close()]);
    if (Math.min(figures.fromStep.written, figures.fromBody.written) < Number(flags['min-rate'])) {
      console.error(`wanted: at least ${flags['min-rate']} chunks/s`);
      process.exitCode = 1;
    }
    if (p50 >= Number(flags['max-latency'])) {
      console.error(`wanted: p50 below ${flags['max-latency']} ms`);
      process.exitCode = 1;
    }
  } finally {
    await database.drop(schema);
    await database.close();
    await server.stop();
  }
}

if (flags.child !== undefined) await child(JSON.parse(flags.child));
else
  await main().catch((error) => {
    console.error(error.message);
    process.exit(1);
  });
