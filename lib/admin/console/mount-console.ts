// Binds the controllers of the console to a mount: the same guard as the API, its own way to say no, not in the OpenAPI document.
import { RequestMapping, RequestMethod, type Type } from '@nestjs/common';
import type { AbstractHttpAdapter } from '@nestjs/core';
import type { ResolvedMount } from '../admin-options.js';
import { AdminExceptionFilter } from '../replies/admin-exception.filter.js';
import { bindController, routesOf } from '../routes/bind-controller.js';
import { hideResource } from '../routes/open-api.js';
import { AssetsController } from './assets.controller.js';
import { PageExceptionFilter } from './page-exception.filter.js';
import { PagesController } from './pages.controller.js';

const ASSETS = 'assets';

/** All that stands directly below a mount with a console, beside its API. */
export const CONSOLE_SEGMENTS: ReadonlySet<string> = new Set([
  ASSETS,
  ...routesOf(PagesController).flatMap(([, { path }]) => (path ? path.split('/', 1) : [])),
]);

export interface MountedConsole {
  readonly pages: Type;
  readonly assets: Type;
}

export function mountConsole({ path, decorators }: Pick<ResolvedMount, 'path' | 'decorators'>): MountedConsole {
  const pages = bindController(PagesController, { path, decorators, filter: PageExceptionFilter });
  const assets = bindController(AssetsController, { path: `${path}/${ASSETS}`, decorators, filter: AdminExceptionFilter });
  for (const controller of [pages, assets]) hideResource(controller);
  return { pages, assets };
}

/**
 * To be called when the HTTP adapter is known and Nest has not made its routes yet. A router for which `/runs/` is another path than `/runs` gets both;
 * one that takes them as one refuses a second route.
 */
export function routeSlashes({ prototype }: Type, adapter: AbstractHttpAdapter): void {
  for (const [name, { path = '' }] of routesOf(PagesController)) {
    // Nest takes one slash off the end of every path.
    const paths = tellsSlashesApart(adapter) ? [path || '/', `${path}//`] : path || '/';
    const descriptor = Object.getOwnPropertyDescriptor(prototype, name) as PropertyDescriptor;
    RequestMapping({ path: paths, method: RequestMethod.GET })(prototype, name, descriptor);
  }
}

function tellsSlashesApart(adapter: AbstractHttpAdapter): boolean {
  const instance = adapter.getInstance();
  if (adapter.getType() !== 'fastify') return instance.enabled?.('strict routing') === true;
  const { ignoreTrailingSlash, routerOptions } = instance.initialConfig;
  return (routerOptions?.ignoreTrailingSlash ?? ignoreTrailingSlash) !== true;
}
