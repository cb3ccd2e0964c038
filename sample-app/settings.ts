// What the sample app takes from the environment, read once. Everything has a default: `npm start` needs nothing.

const { PORT, DATABASE_URL, WORKFLOWS_SCHEMA, WORKFLOWS_LEASE, OPERATOR_TOKEN } = process.env;

export const settings = {
  /** PORT; without it the first free port from 3000 on. */
  port: PORT ? Number(PORT) : undefined,
  /** DATABASE_URL; without it Postgres is started from npm, with its data in `dataDir`. */
  databaseUrl: DATABASE_URL || undefined,
  dataDir: '.data/sample-postgres',
  /**
   * WORKFLOWS_SCHEMA puts the tables of the library and of the sample into one schema of that name, so that a test, or a repeated
   * demo, starts from nothing. Without it each is where it is in most applications.
   */
  workflowsSchema: WORKFLOWS_SCHEMA || 'workflows',
  appSchema: WORKFLOWS_SCHEMA || 'public',
  /** WORKFLOWS_LEASE, such as '3s': how soon the runs of a dead process go on in another one. */
  leaseDuration: WORKFLOWS_LEASE || undefined,
  /** OPERATOR_TOKEN; without it a new one is made at each start and printed. */
  operatorToken: OPERATOR_TOKEN || undefined,
};
