/** Stops the server that global-setup.mjs started; another process that tests on it keeps it running. */
export default async function globalTeardown() {
  await globalThis.embeddedTestPostgres?.stop();
}
