// One file of the built console, kept in memory: compressed once for each encoding that clients ask for, and not sent to whoever has it already.
// Read by console-files.ts, answered by ConsoleSite.
import { createHash } from 'node:crypto';
import { extname } from 'node:path';
import { promisify } from 'node:util';
import { brotliCompress, gzip, constants as zlib } from 'node:zlib';
import type { WebAnswer } from '../replies/web-answer.js';

type Encoding = 'br' | 'gzip';

const TYPES: Readonly<Record<string, string>> = {
  '.css': 'text/css; charset=utf-8',
  '.gif': 'image/gif',
  '.html': 'text/html; charset=utf-8',
  '.ico': 'image/x-icon',
  '.jpg': 'image/jpeg',
  '.js': 'text/javascript; charset=utf-8',
  '.json': 'application/json; charset=utf-8',
  '.map': 'application/json; charset=utf-8',
  '.md': 'text/plain; charset=utf-8',
  '.png': 'image/png',
  '.svg': 'image/svg+xml; charset=utf-8',
  '.txt': 'text/plain; charset=utf-8',
  '.wasm': 'application/wasm',
  '.webp': 'image/webp',
  '.woff2': 'font/woff2',
};
const IS_TEXT = /charset=utf-8$|^application\/wasm$/;
/** Smaller ones fit into one packet anyway. */
const WORTH_IT = 1_024;

const compress: Record<Encoding, (body: Buffer) => Promise<Buffer>> = {
  // The best there is would take seconds of the first visitor, for 2 % less.
  br: (body) => promisify(brotliCompress)(body, { params: { [zlib.BROTLI_PARAM_QUALITY]: 9 } }),
  gzip: (body) => promisify(gzip)(body, { level: 9 }),
};

export class ConsoleFile {
  readonly #type: string;
  readonly #hash: string;
  readonly #isText: boolean;
  readonly #compressed = new Map<Encoding, Promise<Buffer>>();

  constructor(
    readonly name: string,
    private readonly body: Buffer,
  ) {
    this.#type = TYPES[extname(name).toLowerCase()] ?? 'application/octet-stream';
    this.#hash = createHash('sha256').update(body).digest('base64url').slice(0, 27);
    this.#isText = IS_TEXT.test(this.#type) && body.length >= WORTH_IT;
  }

  /** @param headers of the request */
  async answer(headers: Readonly<Record<string, string | string[] | undefined>>): Promise<WebAnswer> {
    const encoding = this.#isText ? encodingFor(String(headers['accept-encoding'] ?? '')) : undefined;
    // Another encoding is another text to a cache.
    const etag = `"${this.#hash}${encoding === undefined ? '' : `-${encoding}`}"`;
    const about = {
      'content-type': this.#type,
      // The name changes with the content. Private: who may have it is for the guards to say.
      'cache-control': 'private, max-age=31536000, immutable',
      etag,
      ...(this.#isText && { vary: 'accept-encoding' }),
    };
    if (isAmong(String(headers['if-none-match'] ?? ''), etag)) return { status: 304, headers: about, body: '' };
    if (encoding === undefined) return { status: 200, headers: about, body: this.body };
    return { status: 200, headers: { ...about, 'content-encoding': encoding }, body: await this.#as(encoding) };
  }

  #as(encoding: Encoding): Promise<Buffer> {
    let compressed = this.#compressed.get(encoding);
    if (compressed === undefined) {
      compressed = compress[encoding](this.body);
      this.#compressed.set(encoding, compressed);
    }
    return compressed;
  }
}

/** The smallest that is welcome: RFC 9110, 12.5.3. */
function encodingFor(accepted: string): Encoding | undefined {
  const weights = new Map(
    accepted.split(',').map((part): [string, number] => {
      const [coding = '', ...parameters] = part
        .trim()
        .toLowerCase()
        .split(/\s*;\s*/);
      const weight = parameters.find((parameter) => parameter.startsWith('q='))?.slice(2);
      return [coding, weight === undefined ? 1 : Number(weight)];
    }),
  );
  return (['br', 'gzip'] as const).find((encoding) => (weights.get(encoding) ?? weights.get('*') ?? 0) > 0);
}

/** Proxies that change the encoding make entity tags weak. */
function isAmong(ifNoneMatch: string, etag: string): boolean {
  return ifNoneMatch.split(',').some((tag) => ['*', etag].includes(tag.trim().replace(/^W\//, '')));
}
