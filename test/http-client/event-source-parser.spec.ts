// Server-sent events are read as the standard says, wherever the bytes are cut.
import fc from 'fast-check';
import { EventSourceParser, type ServerSentEvent } from '../../lib/http-client/event-source-parser.js';

const bytes = (text: string) => new TextEncoder().encode(text);

function parse(text: string, parser = new EventSourceParser()): ServerSentEvent[] {
  return parser.push(bytes(text));
}

describe('a parser of server-sent events', () => {
  const cases: Array<[what: string, text: string, events: ServerSentEvent[]]> = [
    [
      'reads an event with all its fields',
      'event: chunk\nid: 7\ndata: {"a":1}\n\n',
      [{ event: 'chunk', id: '7', data: '{"a":1}' }],
    ],
    ['calls an event without a name a message', 'data: x\n\n', [{ event: 'message', id: undefined, data: 'x' }]],
    ['joins the lines of data', 'data: a\ndata: b\ndata:\n\n', [{ event: 'message', id: undefined, data: 'a\nb\n' }]],
    ['takes one blank after the colon away, and no more', 'data:  a\n\n', [{ event: 'message', id: undefined, data: ' a' }]],
    ['takes a field without a colon for an empty one', 'data\n\n', [{ event: 'message', id: undefined, data: '' }]],
    [
      'leaves comments and unknown fields out',
      ': still here\nfoo: bar\ndata: x\n\n',
      [{ event: 'message', id: undefined, data: 'x' }],
    ],
    [
      'ends lines at CR, LF and CRLF',
      'data: a\rdata: b\r\ndata: c\n\r\n',
      [{ event: 'message', id: undefined, data: 'a\nb\nc' }],
    ],
    ['gives nothing for an event without data', 'event: x\n\ndata: y\n\n', [{ event: 'message', id: undefined, data: 'y' }]],
    ['gives nothing for an event that is not ended', 'data: x\n', []],
    [
      'keeps the id for the events that follow',
      'id: 1\ndata: a\n\ndata: b\n\nid\ndata: c\n\n',
      [
        { event: 'message', id: '1', data: 'a' },
        { event: 'message', id: '1', data: 'b' },
        { event: 'message', id: '', data: 'c' },
      ],
    ],
    ['ignores an id with NUL', 'id: 1\nid: 2\u00003\ndata: a\n\n', [{ event: 'message', id: '1', data: 'a' }]],
    ['takes a byte order mark at the beginning away', '\uFEFFdata: a\n\n', [{ event: 'message', id: undefined, data: 'a' }]],
    [
      'does not end lines at other separators',
      'data: a\u2028b\u0085c\n\n',
      [{ event: 'message', id: undefined, data: 'a\u2028b\u0085c' }],
    ],
  ];
  it.each(cases)('%s', (_what, text, events) => {
    expect(parse(text)).toEqual(events);
  });

  it('keeps how soon to come back, and only whole numbers of it', () => {
    const parser = new EventSourceParser();
    parse('retry: 250\n\n', parser);
    expect(parser.retryMs).toBe(250);
    parse('retry: soon\nretry: 1.5\nretry: -1\nretry:\n\n', parser);
    expect(parser.retryMs).toBe(250);
  });

  it('keeps the id of an event without data', () => {
    const parser = new EventSourceParser();
    expect(parse('id: 12\n\n', parser)).toEqual([]);
    expect(parser.lastEventId).toBe('12');
  });

  it('does not take up an id before its event is complete', () => {
    const parser = new EventSourceParser();
    parse('id: 1\ndata: a\n\nid: 2\ndata: b\n', parser);
    expect(parser.lastEventId).toBe('1');
  });

  it('reads the same however the bytes are cut', () => {
    const line = fc.constantFrom(
      ...[
        'data: {"a":1}',
        'data: Größe 😀 ✓',
        'data',
        'data:x:y',
        'event: chunk',
        'id: 42',
        'id',
        ': note',
        'retry: 9',
        'foo: bar',
        '',
      ],
    );
    const lines = fc.array(fc.tuple(line, fc.constantFrom('\n', '\r\n', '\r')), { maxLength: 40 });
    fc.assert(
      fc.property(lines, fc.array(fc.nat(60), { maxLength: 60 }), (given, cuts) => {
        // CR and an empty line ended by LF are CRLF when they meet: then they are one end, cut or not.
        const whole = bytes(given.map(([text, end]) => text + end).join(''));
        const once = new EventSourceParser();
        const expected = once.push(whole);
        const pieces = new EventSourceParser();
        const found: ServerSentEvent[] = [];
        let from = 0;
        for (const cut of cuts) {
          found.push(...pieces.push(whole.subarray(from, from + cut)));
          from += cut;
        }
        found.push(...pieces.push(whole.subarray(from)));
        expect(found).toEqual(expected);
        expect([pieces.retryMs, pieces.lastEventId]).toEqual([once.retryMs, once.lastEventId]);
      }),
      { numRuns: 500 },
    );
  });

  it('reads the same byte by byte', () => {
    const text = 'id: 1\r\ndata: Grüße 😀\r\n\r\nevent: end\r\ndata: {}\r\n\r\n';
    const parser = new EventSourceParser();
    expect([...bytes(text)].flatMap((byte) => parser.push(Uint8Array.of(byte)))).toEqual([
      { event: 'message', id: '1', data: 'Grüße 😀' },
      { event: 'end', id: '1', data: '{}' },
    ]);
  });
});
