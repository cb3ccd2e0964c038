// Mounts the REST routes for operators inside the application, behind the application's own guards. It opens no port and sends no CORS headers.
// Can be mounted several times, at different paths and with different guards.
import { type DynamicModule, Inject, Logger, Module, type OnModuleInit } from '@nestjs/common';
import { ModulesContainer } from '@nestjs/core';
import { AdminPathTakenError } from './admin.errors.js';
import { ADMIN_GUARDS, ADMIN_OPTIONS } from './admin.tokens.js';
import { collectGuards } from './admin-guard.js';
import { isClass, type ResolvedAdminOptions, resolveAdminOptions, type WorkflowsAdminOptions } from './admin-options.js';
import { AdminReply } from './admin-reply.js';
import { mountControllers } from './controllers/mount-controllers.js';

type MountOptions = Pick<ResolvedAdminOptions, 'path' | 'insecure'>;

@Module({})
export class WorkflowsAdminModule implements OnModuleInit {
  constructor(
    @Inject(ADMIN_OPTIONS) private readonly options: MountOptions,
    @Inject(ModulesContainer) private readonly modules: ModulesContainer,
  ) {}

  /**
   * ```ts
   * WorkflowsAdminModule.forRoot({ path: 'workflows', guards: [OperatorGuard] })
   * ```
   * There is no forRootAsync: routes and guards have to be known before anything is injected. What depends on configuration belongs into a
   * guard class, which Nest builds with its dependencies.
   *
   * @throws AdminGuardsRequiredError without guards; InsecureAdminError; InvalidAdminOptionError; UnknownOptionError
   */
  static forRoot(options: WorkflowsAdminOptions): DynamicModule {
    const { path, insecure, guards, imports } = resolveAdminOptions(options);
    const mount: MountOptions = { path, insecure };
    const classes = [...new Set(guards.filter(isClass))];
    return {
      module: WorkflowsAdminModule,
      imports,
      controllers: mountControllers(path),
      providers: [
        { provide: ADMIN_OPTIONS, useValue: mount },
        ...classes,
        {
          provide: ADMIN_GUARDS,
          useFactory: (...built: unknown[]) => collectGuards(guards, new Map(classes.map((one, i) => [one, built[i]]))),
          inject: classes,
        },
        AdminReply,
      ],
    };
  }

  /** @throws AdminPathTakenError */
  onModuleInit(): void {
    const { path, insecure } = this.options;
    for (const { metatype, instance } of this.modules.values()) {
      if (metatype !== WorkflowsAdminModule || (instance as unknown) === this) continue;
      // Routers ignore case unless told otherwise.
      const other = (instance as unknown as WorkflowsAdminModule).options;
      if (other.path.toLowerCase() === path.toLowerCase()) throw new AdminPathTakenError(path);
    }
    if (insecure)
      new Logger('WorkflowsAdmin').warn(
        `/${path}/api is open to everybody (insecure: true). Give guards before others can reach it.`,
      );
  }
}
