// Boots the sample app: `npm start`. Ctrl-C drains it: steps that run are awaited, and their runs go on at the next start.
import 'reflect-metadata';
import { NestFactory } from '@nestjs/core';
import { AppModule } from './app.module.js';
import { firstFreePort } from './free-port.js';
import { operatorToken } from './operator/operator-token.js';
import { settings } from './settings.js';
import { whatToTry } from './what-to-try.js';

const app = await NestFactory.create(AppModule);
// Exit code 0 after a clean shutdown. Nest would repeat the signal, which ends the process with 130.
app.enableShutdownHooks(['SIGINT', 'SIGTERM'], { useProcessExit: true });
await app.init();
await app.listen(settings.port ?? (await firstFreePort(3000)), '127.0.0.1');
console.log(whatToTry(await app.getUrl(), operatorToken));
