// Reads server-sent events from bytes as they come, wherever they are cut: between the bytes of a character, between CR and LF, within a field.
// As https://html.spec.whatwg.org/multipage/server-sent-events.html says. Used by EventSourceReader.

export interface ServerSentEvent {
  /** The last id that the stream has given, by this event or one before; undefined: none yet. */
  id: string | undefined;
  /** `message` unless the stream says another. */
  event: string;
  data: string;
}

export class EventSourceParser {
  /** ms after which to reconnect, as the stream said last. */
  retryMs: number | undefined;
  /** Of the last event, also of one without data. */
  lastEventId: string | undefined;
  // Takes a byte order mark at the beginning away by itself.
  readonly #decoder = new TextDecoder();
  #line = '';
  #endedByCr = false;
  #id: string | undefined;
  #event = '';
  #data: string[] = [];

  /** The events that are complete by these bytes. One that is not ended by an empty line when the stream is over is none. */
  push(bytes: Uint8Array): ServerSentEvent[] {
    const text = this.#decoder.decode(bytes, { stream: true });
    const events: ServerSentEvent[] = [];
    let from = 0;
    for (let i = 0; i < text.length; i++) {
      const char = text[i];
      if (char !== '\n' && char !== '\r') {
        this.#endedByCr = false;
        continue;
      }
      const isRestOfCrLf = char === '\n' && this.#endedByCr;
      this.#endedByCr = char === '\r';
      if (!isRestOfCrLf) {
        const event = this.#read(this.#line + text.slice(from, i));
        this.#line = '';
        if (event !== undefined) events.push(event);
      }
      from = i + 1;
    }
    this.#line += text.slice(from);
    return events;
  }

  #read(line: string): ServerSentEvent | undefined {
    if (line === '') return this.#dispatch();
    const colon = line.indexOf(':');
    const field = colon === -1 ? line : line.slice(0, colon);
    const value = colon === -1 ? '' : line.slice(line[colon + 1] === ' ' ? colon + 2 : colon + 1);
    // A line that begins with a colon is a comment: its field is the empty text.
    if (field === 'data') this.#data.push(value);
    else if (field === 'event') this.#event = value;
    else if (field === 'id' && !value.includes('\0')) this.#id = value;
    else if (field === 'retry' && /^\d{1,9}$/.test(value)) this.retryMs = Number(value);
    return undefined;
  }

  #dispatch(): ServerSentEvent | undefined {
    const data = this.#data;
    const event = this.#event || 'message';
    this.#data = [];
    this.#event = '';
    this.lastEventId = this.#id;
    return data.length === 0 ? undefined : { id: this.lastEventId, event, data: data.join('\n') };
  }
}
