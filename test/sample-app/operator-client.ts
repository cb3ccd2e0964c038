// The admin routes of a sample app that runs, as an operator of some name: signed in as a browser does it. For specs and for test/console.
import { WorkflowsClient } from '../../lib/http-client/index.js';

export interface RunningApp {
  /** Without a slash at its end. */
  readonly url: string;
}

/** The header `Cookie` of a session. */
export async function signIn({ url }: RunningApp, name: string, token: string): Promise<string> {
  const response = await fetch(`${url}/operator/sign-in`, {
    method: 'POST',
    redirect: 'manual',
    body: new URLSearchParams({ token, name }),
  });
  const [cookie] = response.headers.get('set-cookie')?.split(';') ?? [];
  if (cookie === undefined) throw new Error(`${url} gave no session: ${response.status} ${await response.text()}`);
  return cookie;
}

export async function operatorClient(app: RunningApp, name: string, token: string): Promise<WorkflowsClient> {
  return new WorkflowsClient({ baseUrl: `${app.url}/workflows`, headers: { cookie: await signIn(app, name, token) } });
}
