/**
 * A child process of the specs: an application that starts the embedded server.
 * Arguments: data folder, and what it does then: `wait`, `end` (falls off its end), `stop` (stops it first), `nest`.
 */
import 'reflect-metadata';
import { Module, type OnApplicationShutdown } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { startEmbeddedPostgres } from '../../lib/embedded/index.js';
import { query } from './server-folder.js';

const [dataDir, mode] = process.argv.slice(2);
const server = await startEmbeddedPostgres({ dataDir });

@Module({})
class DrainingModule implements OnApplicationShutdown {
  async onApplicationShutdown(): Promise<void> {
    for (let i = 1; i <= 5; i += 1) {
      await query(server.url, 'select pg_sleep(0.05)');
    }
    console.log('drained');
  }
}

if (mode === 'nest') {
  const app = await NestFactory.createApplicationContext(DrainingModule, { logger: false });
  app.enableShutdownHooks();
}
if (mode === 'stop') await server.stop();
if (mode === 'wait' || mode === 'nest') setInterval(() => undefined, 60_000);
console.log(`ready ${server.url}`);
