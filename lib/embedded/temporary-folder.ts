/**
 * A folder under the system's temporary folder that other users can enter but not change, under a name that is the
 * same at the next start. For what the postgres user cannot reach inside the project.
 */
import { createHash } from 'node:crypto';
import { chmodSync, lstatSync, mkdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { EmbeddedPostgresError } from './embedded-postgres-error.js';
import { canReach, type RunUser } from './run-user.js';

export function safeTemporaryFolder(purpose: string, user: RunUser = {}): string {
  // TMPDIR may itself lie below a closed folder.
  const bases = [tmpdir(), '/var/tmp', '/tmp'];
  const base = bases.find((folder) => canReach(folder, user)) ?? tmpdir();
  const folder = join(base, `nestjs-workflows-${purpose}${process.getuid ? `-${process.getuid()}` : ''}`);
  try {
    mkdirSync(folder);
    chmodSync(folder, 0o755);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
  // Anybody may create names in /tmp. A folder prepared by somebody else would have us run or trust their files.
  const stat = lstatSync(folder);
  const foreign = process.getuid !== undefined && (stat.uid !== process.getuid() || (stat.mode & 0o022) !== 0);
  if (!stat.isDirectory() || foreign) {
    throw new EmbeddedPostgresError(
      'EMBEDDED_POSTGRES_FAILED',
      `${folder} belongs to somebody else or is writable for others, so it is not used. Remove it and start again.`,
    );
  }
  return folder;
}

/** Short name for a long path. */
export function pathDigest(path: string): string {
  return createHash('sha256').update(path).digest('hex').slice(0, 12);
}
