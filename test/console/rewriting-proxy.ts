/**
 * A reverse proxy that shows an application's mount under another path and tells nobody: `/tools/wf/…` is `/api/v1/ops/…` behind it.
 * Streams what it gets, as event streams need it, and lets the Host header through, as the admin routes ask of proxies.
 */
import { createServer, request, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface RewritingProxy {
  /** `http://127.0.0.1:<port>` */
  origin: string;
  /** What event streams that are open now still say is lost, and nobody is told: as by a network that has gone. */
  silenceStreams(): void;
  /** Those that are open, by what was asked for. */
  streams(): string[];
  close(): Promise<void>;
}

/** Both paths with neither a slash at the end nor anything but the mount below it. */
export async function startRewritingProxy(target: string, from: string, to: string, ownPort = 0): Promise<RewritingProxy> {
  const { hostname, port } = new URL(target);
  const streams = new Map<() => void, string>();
  const server = createServer((incoming, answer) => {
    const url = incoming.url ?? '';
    const rest = url.slice(from.length);
    if (!url.startsWith(from) || !/^([/?]|$)/.test(rest)) {
      answer.writeHead(404).end('Not behind this proxy.');
      return;
    }
    const { method, headers } = incoming;
    const outgoing = request({ hostname, port, method, path: to + rest, headers }, (reply) => {
      answer.writeHead(reply.statusCode ?? 502, reply.headers);
      answer.flushHeaders();
      reply.pipe(answer);
      if (reply.headers['content-type']?.startsWith('text/event-stream')) {
        const silence = () => reply.unpipe(answer).resume();
        streams.set(silence, rest);
        answer.on('close', () => streams.delete(silence));
      }
      reply.on('error', () => answer.destroy());
    });
    outgoing.on('error', () => {
      if (answer.headersSent) answer.destroy();
      else answer.writeHead(502).end();
    });
    answer.on('close', () => outgoing.destroy());
    incoming.pipe(outgoing);
  });
  await new Promise<void>((resolve) => server.listen(ownPort, '127.0.0.1', resolve));
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    silenceStreams: () => {
      for (const silence of streams.keys()) silence();
    },
    streams: () => [...streams.values()],
    close: () => close(server),
  };
}

async function close(server: Server): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  server.closeAllConnections();
  await closed;
}
