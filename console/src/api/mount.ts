// Where the console is: what the server wrote into the page (<base>, and its settings). Used by the client, the router and ErrorNote.

/** Path of the mount as the browser sees it, with a slash at its end, behind any prefix or proxy. */
export const MOUNT_PATH = new URL(document.baseURI).pathname.replace(/^\/+/, '/');

/** What wouter puts before every path: the mount without its last slash. */
export const ROUTER_BASE = MOUNT_PATH.replace(/\/$/, '');

interface Settings {
  /** Where operators sign in. */
  signInUrl?: string;
  /** The parameter of that address in which this page's own goes along. */
  returnParameter?: string;
}

const SETTINGS: Settings = readSettings();

/** Where one signs in, and then comes back to the address as it is now. Undefined: the application did not say. */
export function signInAddress(): string | undefined {
  const { signInUrl, returnParameter } = SETTINGS;
  if (signInUrl === undefined || returnParameter === undefined) return signInUrl;
  const url = new URL(signInUrl, location.origin);
  url.searchParams.set(returnParameter, location.pathname + location.search);
  return url.href;
}

function readSettings(): Settings {
  const text = document.querySelector('meta[name="workflows-console"]')?.getAttribute('content');
  try {
    return text ? (JSON.parse(text) as Settings) : {};
  } catch {
    return {};
  }
}
