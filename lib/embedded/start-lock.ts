/**
 * At most one process of this machine at a time creates a cluster or starts a server in a folder. Used by `startEmbeddedPostgres`.
 *
 * The lock of a process that died is never broken, because two processes could break it at once, the second one the
 * new lock of the first. Instead, whoever finds a dead holder goes on to a lock named after it, and so on: each name
 * has one holder, and the first living one holds the lock. A dead name stays behind; that takes a kill within the
 * second of a start, and costs a few bytes.
 */
import { createHash, randomBytes } from 'node:crypto';
import { readlink, rm, symlink } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { isIdentityAlive, ownIdentity } from './process-identity.js';

const RETRY_MS = 25;

export class StartLock {
  private constructor(private readonly path: string) {}

  /** Undefined while another one holds it. */
  static async tryAcquire(folder: string): Promise<StartLock | undefined> {
    const self = `${ownIdentity()}.${randomBytes(4).toString('hex')}`;
    for (let name = 'start-lock'; ; ) {
      const path = join(folder, name);
      const holder = await take(path, self);
      if (holder === self) return new StartLock(path);
      if (holder === undefined || isIdentityAlive(holder)) return undefined;
      name = `start-lock-${createHash('sha256').update(`${name} ${holder}`).digest('hex').slice(0, 16)}`;
    }
  }

  /** Waits for it; undefined when `deadline` (of `performance.now()`) passes. */
  static async acquire(folder: string, deadline: number): Promise<StartLock | undefined> {
    for (;;) {
      const lock = await StartLock.tryAcquire(folder);
      if (lock !== undefined || performance.now() > deadline) return lock;
      await delay(RETRY_MS);
    }
  }

  async release(): Promise<void> {
    await rm(this.path, { force: true });
  }
}

/** Returns the holder; undefined when it let go just now. A symbolic link appears together with its content, a file does not. */
async function take(path: string, self: string): Promise<string | undefined> {
  try {
    await symlink(self, path, 'junction');
    return self;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
  return readlink(path).then(basename, () => undefined);
}
