// Mounts the REST routes and the console for operators inside the application, behind the application's own guards. It opens no port and sends no CORS
// headers.
// Can be mounted several times, at different paths and with different guards.
import {
  type DynamicModule,
  Inject,
  Logger,
  Module,
  type NestModule,
  type OnModuleInit,
  Optional,
  type Provider,
  type Type,
} from '@nestjs/common';
import { HttpAdapterHost, ModulesContainer } from '@nestjs/core';
import { collectGuards } from './access/admin-guard.js';
import { ADMIN_GUARDS, ADMIN_OPTIONS, CONSOLE_PAGES } from './admin.tokens.js';
import {
  type AdminAccessOptions,
  isClass,
  type ResolvedAdminOptions,
  type ResolvedMount,
  resolveAccess,
  resolveAdminOptions,
  resolveAsyncMount,
  type WorkflowsAdminAsyncOptions,
  type WorkflowsAdminOptions,
} from './admin-options.js';
import { ConsoleSite } from './console/console-site.js';
import { mountConsole, routeSlashes } from './console/mount-console.js';
import { refuseOverlap } from './mount-paths.js';
import { AdminReply } from './replies/admin-reply.js';
import { EventStreams } from './replies/event-streams.js';
import { LastAnswers } from './replies/last-answers.js';
import { sendWebAnswer } from './replies/web-answer.js';
import { ANSWERER, type Answerer } from './routes/bind-controller.js';
import { mountControllers } from './routes/mount-controllers.js';

@Module({})
export class WorkflowsAdminModule implements NestModule, OnModuleInit {
  constructor(
    @Inject(ADMIN_OPTIONS) private readonly options: ResolvedAdminOptions,
    @Inject(ModulesContainer) private readonly modules: ModulesContainer,
    @Inject(HttpAdapterHost) private readonly host: HttpAdapterHost,
    @Optional() @Inject(CONSOLE_PAGES) private readonly pages?: Type,
  ) {}

  /**
   * ```ts
   * WorkflowsAdminModule.forRoot({ path: 'workflows', guards: [OperatorGuard], access: (request) => request.user.role })
   * ```
   * @throws AdminGuardsRequiredError with neither guards nor access; InsecureAdminError; InvalidAdminOptionError; UnknownOptionError
   */
  static forRoot(options: WorkflowsAdminOptions): DynamicModule {
    const resolved = resolveAdminOptions(options);
    return defineModule(resolved, { provide: ADMIN_OPTIONS, useValue: resolved });
  }

  /**
   * The same with `access`, `insecure` and `maxBodyBytes` from a factory. Path, guards and decorators have to be known before anything is
   * injected; what of a guard depends on configuration belongs into a guard class, which Nest builds with its dependencies.
   *
   * @throws InvalidAdminOptionError, UnknownOptionError; those of what the factory gives, AdminGuardsRequiredError too, come at boot
   */
  static forRootAsync(options: WorkflowsAdminAsyncOptions): DynamicModule {
    const mount = resolveAsyncMount(options);
    const make = options.useFactory as (...args: unknown[]) => AdminAccessOptions | Promise<AdminAccessOptions>;
    return defineModule(mount, {
      provide: ADMIN_OPTIONS,
      useFactory: async (...args: unknown[]) => resolveAccess(mount, await make(...args)),
      inject: options.inject ?? [],
    });
  }

  /** Nest calls it between the choice of an HTTP adapter and its routes. */
  configure(): void {
    if (this.pages !== undefined) routeSlashes(this.pages, this.host.httpAdapter);
  }

  /** @throws AdminPathTakenError */
  onModuleInit(): void {
    const { path, insecure } = this.options;
    for (const { metatype, instance } of this.modules.values()) {
      if (metatype !== WorkflowsAdminModule || (instance as unknown) === this) continue;
      refuseOverlap((instance as unknown as WorkflowsAdminModule).options, this.options);
    }
    if (insecure)
      new Logger('WorkflowsAdmin').warn(
        `/${path}/api is open to everybody (insecure: true). Give guards before others can reach it.`,
      );
  }
}

function defineModule(mount: ResolvedMount, options: Provider): DynamicModule {
  const { guards, imports } = mount;
  const classes = [...new Set(guards.filter(isClass))];
  const site = mount.console === undefined ? undefined : mountConsole(mount);
  return {
    module: WorkflowsAdminModule,
    imports,
    controllers: [...mountControllers(mount), ...(site === undefined ? [] : [site.pages, site.assets])],
    providers: [
      options,
      ...classes,
      {
        provide: ADMIN_GUARDS,
        useFactory: (...built: unknown[]) => collectGuards(guards, new Map(classes.map((one, i) => [one, built[i]]))),
        inject: classes,
      },
      AdminReply,
      LastAnswers,
      { provide: EventStreams, useFactory: (host: HttpAdapterHost) => new EventStreams(host), inject: [HttpAdapterHost] },
      { provide: ANSWERER, useFactory: makeAnswerer, inject: [AdminReply, EventStreams, HttpAdapterHost] },
      ...(site === undefined ? [] : [ConsoleSite, { provide: CONSOLE_PAGES, useValue: site.pages }]),
    ],
  };
}

function makeAnswerer(reply: AdminReply, streams: EventStreams, host: HttpAdapterHost): Answerer {
  return {
    reply: ({ access, requestId }, response, answer, status) =>
      reply.send(response, answer, { status, showsPayloads: access.payloads, requestId }),
    stream: ({ access, requestId }, response) => streams.open(response, access.payloads, requestId),
    show: (response, answer) => sendWebAnswer(host, response, answer),
  };
}
