// Which mounts can't stand beside each other: those at one path, and those below another where that one has pages, files or routes of its own. Which of
// them would answer, and behind whose guards, would depend on the order of modules; Fastify would not boot. Used by WorkflowsAdminModule at boot.
import { AdminPathTakenError } from './admin.errors.js';
import type { ResolvedMount } from './admin-options.js';
import { CONSOLE_SEGMENTS } from './console/mount-console.js';
import { API_SEGMENT } from './routes/mount-controllers.js';

type Mount = Pick<ResolvedMount, 'path' | 'console'>;

/** @throws AdminPathTakenError */
export function refuseOverlap(one: Mount, other: Mount): void {
  const [outer, inner] = one.path.length <= other.path.length ? [one, other] : [other, one];
  // Routers ignore case unless told otherwise.
  const [above, below] = [outer.path.toLowerCase(), inner.path.toLowerCase()];
  if (above === below) throw new AdminPathTakenError(outer.path);
  if (!below.startsWith(`${above}/`)) return;
  const [segment = ''] = below.slice(above.length + 1).split('/', 1);
  const isTaken = segment === API_SEGMENT || (outer.console !== undefined && CONSOLE_SEGMENTS.has(segment));
  if (isTaken) throw new AdminPathTakenError(outer.path, inner.path);
}
