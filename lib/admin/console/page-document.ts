// The HTML that the server itself writes: what goes into the head of the console, the steps to the address with a slash and to where one signs in, and
// notes that need neither script nor style. What comes from anywhere else stands in it as text.
import { createHash } from 'node:crypto';

/**
 * Where the mount is, seen from a page, as browsers resolve it: told by the depth of the page below the mount alone. So it holds under every prefix,
 * and behind proxies that change the path without telling. Undefined for the mount without a slash: how its last segment is called out there
 * nobody here knows.
 *
 * @param depth how many segments the page is below the mount
 */
export function baseOf(depth: number, endsWithSlash: boolean): string | undefined {
  const up = depth - 1 + (endsWithSlash ? 1 : 0);
  return up < 0 ? undefined : '../'.repeat(up) || './';
}

export function headOf(base: string, settings: object): string {
  return `<base href="${asText(base)}"><meta name="workflows-console" content="${asText(JSON.stringify(settings))}">`;
}

/** With the origin before it, a path that begins with two slashes is no other host. Where there is a slash already, it would go on for ever. */
const ADD_SLASH =
  "if(location.pathname.endsWith('/'))document.querySelector('p').hidden=false;" +
  "else location.replace(location.origin+location.pathname+'/'+location.search+location.hash)";

export const ADD_SLASH_SOURCE = sourceOf(ADD_SLASH);

/** Only the page knows its path as the browser sees it. With two slashes before it, it would be another host to whoever follows it. */
const SIGN_IN =
  "const{href,dataset}=document.querySelector('a'),to=new URL(href);" +
  "to.searchParams.set(dataset.parameter,location.pathname.replace(/^\\/+/,'/')+location.search);" +
  'location.replace(to.href)';

export const SIGN_IN_SOURCE = sourceOf(SIGN_IN);

/** @param lastSegment of the mount's path, for who has no scripts */
export function slashPage(lastSegment: string): string {
  return documentOf(
    'Workflows',
    `<p hidden>This address reached the application without the slash at its end. The proxy in front of it has to pass that on.</p>
<noscript><a href="./${asText(lastSegment)}/">Workflows</a></noscript>
<script>${ADD_SLASH}</script>`,
  );
}

/** Goes to where one signs in, with its own path in the parameter. The link is for who has no scripts. */
export function signInPage(signInUrl: string, parameter: string): string {
  return documentOf(
    'Sign in',
    `<p><a href="${asText(signInUrl)}" data-parameter="${asText(parameter)}">Sign in</a></p>
<script>${SIGN_IN}</script>`,
  );
}

export function notePage(title: string, ...lines: readonly string[]): string {
  return documentOf(title, [`<h1>${asText(title)}</h1>`, ...lines.map((line) => `<p>${asText(line)}</p>`)].join('\n'));
}

function documentOf(title: string, body: string): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<link rel="icon" href="data:,">
<title>${asText(title)}</title>
</head>
<body>
${body}
</body>
</html>
`;
}

/** As a policy allows it. */
function sourceOf(script: string): string {
  return `'sha256-${createHash('sha256').update(script).digest('base64')}'`;
}

function asText(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
