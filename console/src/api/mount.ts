// Where the console is: what the server wrote into the page (<base>, and its settings). Used by the client and the router.

/** Path of the mount as the browser sees it, with a slash at its end, behind any prefix or proxy. */
export const MOUNT_PATH = new URL(document.baseURI).pathname;

/** What wouter puts before every path: the mount without its last slash. */
export const ROUTER_BASE = MOUNT_PATH.replace(/\/$/, '');

interface Settings {
  /** Where operators sign in. */
  signInUrl?: string;
}

export const SETTINGS: Settings = readSettings();

function readSettings(): Settings {
  const text = document.querySelector('meta[name="workflows-console"]')?.getAttribute('content');
  try {
    return text ? (JSON.parse(text) as Settings) : {};
  } catch {
    return {};
  }
}
