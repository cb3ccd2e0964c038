// All routes that the admin room declares, as requests: for the specs that ask every one of them the same question.
import type { AdminRoute } from '../../lib/admin/routes/admin-route.js';
import { routesOf } from '../../lib/admin/routes/bind-controller.js';
import { RESOURCES } from '../../lib/admin/routes/mount-controllers.js';

export interface DeclaredRoute extends AdminRoute {
  /** `GET runs/:id`: for messages. */
  label: string;
  /** Below `/api`, with `:parameters`. */
  fullPath: string;
}

export const EVERY_ROUTE: readonly DeclaredRoute[] = RESOURCES.flatMap(([resource, controller]) =>
  routesOf(controller).map(([, route]) => {
    const fullPath = [resource, route.path].filter(Boolean).join('/');
    return { ...route, fullPath, label: `${route.method} ${fullPath}` };
  }),
);

export const WRITES = EVERY_ROUTE.filter(({ method }) => method !== 'GET');
export const READS = EVERY_ROUTE.filter(({ method }) => method === 'GET');

/** Parameters that are not named get a text that no path has a special meaning for. */
export function pathOf({ fullPath }: DeclaredRoute, parameters: Readonly<Record<string, string>> = {}): string {
  return `/ops/api/${fullPath.replace(/:(\w+)/g, (_all, name: string) => encodeURIComponent(parameters[name] ?? 'nothing'))}`;
}

/** As a table for it.each: `%s` shows the label. */
export function byLabel(routes: readonly DeclaredRoute[]): Array<[label: string, route: DeclaredRoute]> {
  return routes.map((route) => [route.label, route]);
}
