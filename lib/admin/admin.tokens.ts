// Injection tokens of the admin module; each mount has its own values.

/** ResolvedAdminOptions. */
export const ADMIN_OPTIONS = Symbol('nestjs-workflows:admin-options');
/** CanActivate[]: the host's guards, built. */
export const ADMIN_GUARDS = Symbol('nestjs-workflows:admin-guards');
/** The controller of the console's pages, as it is bound to the mount; absent without a console. */
export const CONSOLE_PAGES = Symbol('nestjs-workflows:console-pages');
