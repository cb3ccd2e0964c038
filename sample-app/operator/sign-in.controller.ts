// How a browser becomes an operator's: by the link that the application prints, or by the token on a small page. Both give it a session, and lead to the
// console, or to the path `to` of this application.
import type { ServerResponse } from 'node:http';
import { Body, Controller, Get, Post, Query, Res } from '@nestjs/common';
import { readPage } from '../page.js';
import { type Fields, fieldsOf, textField } from '../request-fields.js';
import { ownPath } from './console-path.js';
import { sessionCookie } from './operator-session.js';
import { isOperatorToken } from './operator-token.js';

/** The token may be in the address: it is neither kept nor told on. */
const PRIVATE = { 'cache-control': 'no-store', 'referrer-policy': 'no-referrer' };

const HTML = { 'content-type': 'text/html; charset=utf-8' };

@Controller('operator/sign-in')
export class SignInController {
  @Get()
  async open(@Query() { token, to }: Fields, @Res() response: ServerResponse) {
    if (token === undefined) await show(response);
    else if (isToken(token)) await goOn(response, 'operator', ownPath(to));
    else await show(response, { isRefused: true });
  }

  /** The page posts to its own address, so `to` stays in the query. */
  @Post()
  async enter(@Query() { to }: Fields, @Body() body: unknown, @Res() response: ServerResponse) {
    const { token, name } = fieldsOf(body);
    if (!isToken(token)) return show(response, { isRefused: true });
    const cookie = sessionCookie(name === undefined || name === '' ? 'operator' : textField('name', name));
    response.writeHead(303, { ...PRIVATE, location: ownPath(to), 'set-cookie': cookie }).end();
  }
}

function isToken(token: unknown): boolean {
  return typeof token === 'string' && isOperatorToken(token);
}

/**
 * From a page of this application: after a click in a page of another site, such as a mail, a redirect counts as asked for by that site, and the browser
 * would not send the session with it.
 */
async function goOn(response: ServerResponse, name: string, path: string): Promise<void> {
  const page = await readPage('operator/signed-in.html');
  const target = path.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
  response
    .writeHead(200, { ...PRIVATE, ...HTML, 'set-cookie': sessionCookie(name) })
    .end(page.replaceAll('{{path}}', () => target));
}

async function show(response: ServerResponse, { isRefused = false } = {}): Promise<void> {
  const page = await readPage('operator/sign-in.html');
  response.writeHead(isRefused ? 401 : 200, { ...PRIVATE, ...HTML }).end(isRefused ? page.replace(' hidden>', '>') : page);
}
