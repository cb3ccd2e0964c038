// One chunk of work: a slow hash over the result of the chunk before. The last digest of a run depends on every chunk, so two runs with
// the same input end with the same digest only if none was skipped or done twice: interrupt one of them and compare.
import { pbkdf2 } from 'node:crypto';
import { promisify } from 'node:util';
import { Injectable } from '@nestjs/common';
import { Step } from 'nestjs-workflows';

const slowHash = promisify(pbkdf2);
const ITERATIONS = 600_000;

export interface Chunk {
  digest: string;
  /** How long the hashing took. */
  ms: number;
}

@Injectable()
export class ChunkSteps {
  /** Hashes on libuv's thread pool: the event loop stays free for heartbeats and other runs. */
  @Step({ name: 'demo.chunk', retry: { maxAttempts: 3 }, timeout: '30s' })
  async hash(text: string, previousDigest: string): Promise<Chunk> {
    const began = performance.now();
    const digest = await slowHash(text, previousDigest, ITERATIONS, 16, 'sha256');
    return { digest: digest.toString('hex'), ms: Math.round(performance.now() - began) };
  }
}
