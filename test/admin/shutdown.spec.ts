// What the admin routes do for a server that is to close while operators look at it.
import { once } from 'node:events';
import { connect } from 'node:net';
import { eventually } from '../support/eventually.js';
import { CREDENTIALS, startAdminApp } from './admin-app.js';

describe.each(['express', 'fastify'] as const)('the admin routes on %s, at shutdown', (adapter) => {
  // Browsers open such connections, Node takes them for busy ones, and a page that asks every few seconds would keep them for ever.
  it('end a connection that was opened before with its first answer', async () => {
    const admin = await startAdminApp({ adapter });
    const server = admin.app.getHttpServer();
    const isHere = once(server, 'connection');
    const { hostname, port, host } = new URL(admin.origin);
    const socket = connect(Number(port), hostname);
    try {
      await isHere;
      const closed = admin.close();
      await eventually(() => expect(server.listening).toBe(false));
      socket.write(`GET /ops/api/me HTTP/1.1\r\nHost: ${host}\r\nAuthorization: ${CREDENTIALS.authorization}\r\n\r\n`);
      const [answer] = (await once(socket, 'data')) as [Buffer];
      expect(answer.toString()).toMatch(/^connection: close\r$/im);
      await closed;
    } finally {
      socket.destroy();
    }
  });
});
