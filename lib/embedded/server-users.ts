/**
 * Who uses the server: one file per user in the folder `users/`. It makes one rule hold between processes that know
 * nothing of each other: the last one that leaves stops the server. Used by `startEmbeddedPostgres`; the exit guard does
 * the same as `leave` for a process that died.
 *
 * There is no lock, because a lock needs breaking after a crash. The file system decides: a folder can be removed only
 * while it is empty, and a file can be made only in a folder that exists. So whoever removes `users/` is alone and stops
 * the server, and whoever gets a file into it in time keeps the server running. A running server without `users/` is
 * one that is about to stop.
 */
import { randomBytes } from 'node:crypto';
import { mkdir, readdir, rm, rmdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isIdentityAlive, ownIdentity } from './process-identity.js';

export class ServerUsers {
  /** The file of this user. */
  readonly file: string;

  constructor(readonly folder: string) {
    this.file = join(folder, `${ownIdentity()}.${randomBytes(4).toString('hex')}`);
  }

  /** Before starting a server. Idempotent. */
  async open(): Promise<void> {
    do {
      await mkdir(this.folder, { recursive: true });
    } while (!(await this.join()));
  }

  /** Before using a running server; false when that server is being stopped. Idempotent. */
  async join(): Promise<boolean> {
    try {
      await writeFile(this.file, '');
      return true;
    } catch (error) {
      if (code(error) === 'ENOENT') return false;
      throw error;
    }
  }

  /** True when nobody else is left: the caller has to stop the server. Idempotent. */
  async leave(): Promise<boolean> {
    await rm(this.file, { force: true });
    await this.removeDead();
    try {
      await rmdir(this.folder);
      return true;
    } catch (error) {
      if (['ENOTEMPTY', 'EEXIST', 'ENOENT', 'EPERM'].includes(code(error) ?? '')) return false;
      throw error;
    }
  }

  private async removeDead(): Promise<void> {
    const names = await readdir(this.folder).catch(() => []);
    for (const name of names) {
      if (!isIdentityAlive(name)) await rm(join(this.folder, name), { force: true });
    }
  }
}

function code(error: unknown): string | undefined {
  return (error as NodeJS.ErrnoException).code;
}
