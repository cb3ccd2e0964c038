// The sample's stories, in a really started app: read while they are written, and after.
import { eventually } from '../support/eventually.js';
import { BuiltSampleApp } from './built-sample-app.js';

interface ServerEvent {
  event?: string;
  id: string;
  data: { place: number; word: string };
}

describe('a story', () => {
  let app: BuiltSampleApp;

  beforeAll(async () => {
    app = await BuiltSampleApp.build();
    await app.start({ WORKFLOWS_LEASE: '2s' });
  }, 60_000);

  afterAll(() => app?.dispose());

  /** @param pace seconds between two words */
  async function start(pace: number): Promise<string> {
    const { status, body } = await app.post<{ id: string }>('/stories', { topic: 'a lighthouse', pace });
    expect(status).toBe(201);
    return body.id;
  }

  /** Ends with the answer. */
  async function* events(id: string, lastEventId?: string): AsyncGenerator<ServerEvent> {
    const headers = lastEventId === undefined ? undefined : { 'last-event-id': lastEventId };
    const response = await app.fetch(`/stories/${id}/words`, { headers });
    expect(response.headers.get('content-type')).toMatch('text/event-stream');
    let rest = '';
    for await (const text of (response.body as ReadableStream<Uint8Array>).pipeThrough(new TextDecoderStream())) {
      const whole = (rest + text).split('\n\n');
      rest = whole.pop() ?? '';
      for (const lines of whole) if (lines.trim() !== '') yield parse(lines);
    }
  }

  async function read(of: AsyncGenerator<ServerEvent>, count = Number.POSITIVE_INFINITY): Promise<ServerEvent[]> {
    const taken: ServerEvent[] = [];
    for await (const event of of) if (taken.push(event) === count) break;
    return taken;
  }

  async function textOf(id: string): Promise<string> {
    return (await app.fetch(`/stories/${id}/text`)).text();
  }

  it('comes word by word, in order, as server-sent events', async () => {
    const id = await start(0.005);
    const all = await read(events(id));
    const words = all.slice(0, -1);
    expect(all.at(-1)?.event).toBe('end');
    expect(words.map((event) => event.id)).toEqual(words.map((_, i) => String(i)));
    expect(words.map(({ data }) => data.place)).toEqual(words.map((_, i) => i));
    const text = words.map(({ data }) => data.word).join(' ');
    expect(text).toMatch(/^Nobody in the valley had ever asked for a lighthouse\. .* save their work more often\.$/);
    expect(await app.get(`/stories/${id}`)).toEqual({
      status: 200,
      body: { id, status: 'SUCCESS', result: { words: words.length } },
    });
  });

  it('goes on after the last word that a reader has', async () => {
    const id = await start(0.02);
    const before = await read(events(id), 10);
    const lastId = before.at(-1)?.id as string;
    const after = await read(events(id, lastId));
    const places = [...before, ...after.slice(0, -1)].map(({ data }) => data.place);
    expect(places).toEqual(places.map((_, i) => i));
    expect([lastId, after[0]?.id]).toEqual(['9', '10']);
  });

  it('is sent as plain text while it is written, by the request that starts it', async () => {
    const id = 'STORY-text';
    const response = await app.fetch('/stories/text', {
      method: 'POST',
      body: new URLSearchParams({ id, topic: 'a lighthouse', pace: '0.02' }),
    });
    expect(response.headers.get('content-type')).toBe('text/plain; charset=utf-8');
    const text: string[] = [];
    for await (const part of (response.body as ReadableStream<Uint8Array>).pipeThrough(new TextDecoderStream())) {
      if (text.length === 0) expect(await app.get(`/stories/${id}`)).not.toMatchObject({ body: { status: 'SUCCESS' } });
      text.push(part);
    }
    expect(text.length).toBeGreaterThan(1);
    expect(text.join('')).toBe(await textOf(id));
  });

  it('is written to its end though its reader hangs up', async () => {
    const id = await start(0.01);
    await read(events(id), 3);
    await eventually(async () => expect(await app.get(`/stories/${id}`)).toMatchObject({ body: { status: 'SUCCESS' } }));
  });

  it('is continued by the next process when one is killed, and the text has no word twice', async () => {
    const id = await start(0.03);
    const before = await read(events(id), 14);
    await app.end('SIGKILL');
    await app.start({ WORKFLOWS_LEASE: '2s' });
    const after = await read(events(id, before.at(-1)?.id));
    const words: string[] = [];
    for (const { event, data } of [...before, ...after]) if (event === undefined) words[data.place] = data.word;
    expect(await textOf(id)).toBe(`${words.join(' ')}\n`);
    expect(await textOf(await start(0))).toBe(await textOf(id));
  }, 60_000);

  it('lets its readers go when the application stops, with the id to come back with', async () => {
    const id = await start(0.05);
    const before = await read(events(id), 3);
    const reading = read(events(id, before.at(-1)?.id));
    await eventually(async () => expect(await app.get(`/stories/${id}`)).toMatchObject({ body: { status: 'RUNNING' } }));
    expect(await app.end('SIGINT')).toEqual({ code: 0, signal: null });
    const last = await reading;
    expect(last.map(({ event, id }) => [event, id])).toEqual(last.map((_, i) => [undefined, String(i + 3)]));
    await app.start();
  });

  it('refuses what is no story, or not there', async () => {
    expect(await app.post('/stories', { pace: 1 })).toMatchObject({ status: 400 });
    for (const path of ['/stories/STORY-none', '/stories/STORY-none/words', '/stories/STORY-none/text'])
      expect(await app.get(path)).toMatchObject({ status: 404, body: { code: 'RUN_NOT_FOUND' } });
  });
});

function parse(lines: string): ServerEvent {
  const fields = lines.split('\n').map((line) => line.split(/: (.*)/, 2));
  const { data = 'null', ...rest } = Object.fromEntries(fields) as Record<string, string>;
  return { ...rest, data: JSON.parse(data) } as ServerEvent;
}
