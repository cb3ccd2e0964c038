// Injection tokens of the admin module; each mount has its own values.

/** ResolvedAdminOptions. */
export const ADMIN_OPTIONS = Symbol('nestjs-workflows:admin-options');
/** CanActivate[]: the host's guards, built. */
export const ADMIN_GUARDS = Symbol('nestjs-workflows:admin-guards');
