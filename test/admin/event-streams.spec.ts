// What becomes of event streams whose clients do as clients do: leave before they are answered, ask many at once, read nothing, stay for ever.
import { createServer, type RequestListener, type Server } from 'node:http';
import { connect as connectHttp2, createServer as createHttp2Server, type Http2Server } from 'node:http2';
import { type AddressInfo, connect } from 'node:net';
import type { AdminAccess } from '../../lib/admin/access/admin-access.js';
import type { EventStream } from '../../lib/admin/replies/event-stream.js';
import { type EventStreamLimits, EventStreams } from '../../lib/admin/replies/event-streams.js';
import { WorkflowsAdminModule } from '../../lib/index.js';
import { eventually } from '../support/eventually.js';
import { type AdminApp, BearerGuard, CREDENTIALS, startAdminApp } from './admin-app.js';

const opened: EventStream[] = [];
const { open } = EventStreams.prototype;
beforeAll(() => {
  EventStreams.prototype.open = function (...args) {
    const stream = open.apply(this, args);
    opened.push(stream);
    return stream;
  };
});
afterAll(() => {
  EventStreams.prototype.open = open;
});
beforeEach(() => {
  opened.length = 0;
});
const stillOpen = () => opened.filter(({ isOpen }) => isOpen).length;

describe.each(['express', 'fastify'] as const)('an event stream on %s', (adapter) => {
  let admin: AdminApp;
  let decided: Promise<AdminAccess> = Promise.resolve('all');

  beforeAll(async () => {
    const imports = [WorkflowsAdminModule.forRoot({ path: 'ops', guards: [BearerGuard], access: () => decided })];
    admin = await startAdminApp({ adapter, imports });
  });
  afterAll(() => admin?.close());

  const connections = () =>
    new Promise<number>((resolve) =>
      admin.app.getHttpServer().getConnections((_error: unknown, count: number) => resolve(count)),
    );
  const port = () => (admin.app.getHttpServer().address() as AddressInfo).port;
  const get = (path: string, method = 'GET') =>
    `${method} /ops/api/${path} HTTP/1.1\r\nhost: x\r\nauthorization: ${CREDENTIALS.authorization}\r\n\r\n`;

  it('is closed when its client left before it was opened', async () => {
    const { runId } = await admin.workflows.start('orders.wait', []);
    for (const path of ['feed?topics=runs', `runs/${runId}/streams/log/follow`]) {
      let decide: (access: AdminAccess) => void = () => undefined;
      decided = new Promise((resolve) => {
        decide = resolve;
      });
      const before = opened.length;
      const socket = connect(port(), '127.0.0.1');
      socket.write(get(path));
      await eventually(async () => expect(await connections()).toBe(1));
      socket.destroy();
      await eventually(async () => expect(await connections()).toBe(0));
      decide('all');
      await eventually(() => expect(opened.length).toBe(before + 1));
      await eventually(() => expect(stillOpen()).toBe(0));
    }
    decided = Promise.resolve('all');
  });

  it('is closed with its connection, also when its answer waits behind others', async () => {
    const socket = connect(port(), '127.0.0.1').resume();
    socket.write(get('feed?topics=runs').repeat(20));
    // Express takes them one after the other.
    await eventually(() => expect(stillOpen()).toBeGreaterThan(0));
    socket.destroy();
    await eventually(async () => expect(await connections()).toBe(0));
    await eventually(() => expect(stillOpen()).toBe(0));
  });

  it('is not opened by HEAD, and the connection goes on', async () => {
    const socket = connect(port(), '127.0.0.1');
    let text = '';
    socket.on('data', (data) => {
      text += data.toString();
    });
    socket.write(get('feed?topics=runs', 'HEAD') + get('workflows'));
    await eventually(() => expect(text).toMatch(/^HTTP\/1.1 405 [\s\S]*HTTP\/1.1 200 [\s\S]*orders\.wait/));
    expect(opened).toEqual([]);
    socket.destroy();
  });

  it('is not opened for a page of another site', async () => {
    const response = await admin.fetch('/ops/api/feed?topics=runs', {
      headers: { ...CREDENTIALS, 'sec-fetch-site': 'cross-site' },
    });
    expect([response.status, await response.json()]).toMatchObject([403, { code: 'CROSS_SITE_REQUEST' }]);
  });
});

describe('the event streams of a mount', () => {
  let server: Server | Http2Server;
  let streams: EventStreams;
  let origin = '';

  /** Without an application: what a mount does with each request is to open a stream for it. */
  async function serve(limits: Partial<EventStreamLimits>, isHttp2 = false): Promise<void> {
    const host = { httpAdapter: { getType: () => 'express' } as never };
    streams = new EventStreams(host, { most: 10, longestMs: 60_000, ...limits });
    const listener: RequestListener = (_request, response) => {
      try {
        streams.open(response, true, 'r');
      } catch (error) {
        response.statusCode = 503;
        response.end((error as { code: string }).code);
      }
    };
    server = isHttp2 ? createHttp2Server(listener as never) : createServer(listener);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  }
  afterEach(async () => {
    streams.onModuleDestroy();
    await new Promise((resolve) => server.close(resolve));
  });

  it('are limited, and one that ends makes room', async () => {
    await serve({ most: 1 });
    const first = await fetch(origin);
    const second = await fetch(origin);
    expect([second.status, await second.text()]).toEqual([503, 'EVENT_STREAMS_FULL']);
    await first.body?.cancel();
    await eventually(async () => {
      const third = await fetch(origin);
      expect(third.status).toBe(200);
      await third.body?.cancel();
    });
  });

  it('end after their time, so that whoever comes back is asked anew', async () => {
    await serve({ longestMs: 20 });
    expect(await (await fetch(origin)).text()).toBe('retry: 1000\n\n');
    expect(streams.size).toBe(0);
  });

  it('end by themselves on HTTP/2, and leave the others of their connection alone', async () => {
    await serve({}, true);
    const session = connectHttp2(origin);
    const [first, second] = [session.request(), session.request()];
    for (const request of [first, second]) request.setEncoding('utf8').resume();
    await eventually(() => expect(opened.length).toBe(2));
    const ended = new Promise((resolve) => first.once('end', resolve));
    opened[0]?.end();
    await ended;
    await new Promise<void>((resolve, reject) => session.ping((error) => (error === null ? resolve() : reject(error))));
    expect([session.destroyed, second.destroyed, stillOpen()]).toEqual([false, false, 1]);
    second.close();
    await eventually(() => expect(stillOpen()).toBe(0));
    await new Promise<void>((resolve) => session.close(() => resolve()));
  });

  it('wait for a client that does not read, on HTTP/2 too', async () => {
    await serve({}, true);
    const session = connectHttp2(origin);
    const request = session.request();
    await eventually(() => expect(opened.length).toBe(1));
    const [stream] = opened as [EventStream];
    let isTaken = true;
    for (let i = 0; i < 100 && isTaken; i++) isTaken = stream.send({ data: 'x'.repeat(100_000) });
    expect(isTaken).toBe(false);
    let hasDrained = false;
    const drained = stream.drained().then(() => {
      hasDrained = true;
    });
    await new Promise<void>((resolve, reject) => session.ping((error) => (error === null ? resolve() : reject(error))));
    expect(hasDrained).toBe(false);
    request.resume();
    await drained;
    request.close();
    await new Promise<void>((resolve) => session.close(() => resolve()));
  });
});
