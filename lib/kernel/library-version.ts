// The version of this package, as diagnostics show it. A constant, because what is published has no package.json beside every file that could
// be read without knowing how it was bundled; test/cluster/diagnostics.spec.ts holds it to package.json.
export const LIBRARY_VERSION = '0.1.0';
