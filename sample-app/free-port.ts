// Finds a port to listen on when none was asked for.
import { createServer } from 'node:net';

const TRIES = 100;

/** The first port from `from` on that nobody listens on at 127.0.0.1. */
export async function firstFreePort(from: number): Promise<number> {
  for (let port = from; port < from + TRIES; port++) if (await isFree(port)) return port;
  throw new Error(`All ports from ${from} to ${from + TRIES - 1} are taken. Choose one with PORT=….`);
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once('error', (error: NodeJS.ErrnoException) => (error.code === 'EADDRINUSE' ? resolve(false) : reject(error)));
    probe.listen(port, '127.0.0.1', () => probe.close(() => resolve(true)));
  });
}
