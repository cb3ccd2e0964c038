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

@Controller('operator/sign-in')
export class SignInController {
  @Get()
  async open(@Query() { token, to }: Fields, @Res() response: ServerResponse) {
    if (token === undefined) await show(response);
    else await signIn(response, token, 'operator', to);
  }

  /** The page posts to its own address, so `to` stays in the query. */
  @Post()
  async enter(@Query() { to }: Fields, @Body() body: unknown, @Res() response: ServerResponse) {
    const { token, name } = fieldsOf(body);
    await signIn(response, token, name === undefined || name === '' ? 'operator' : textField('name', name), to);
  }
}

async function signIn(response: ServerResponse, token: unknown, name: string, to: unknown): Promise<void> {
  if (typeof token !== 'string' || !isOperatorToken(token)) return show(response, { isRefused: true });
  response.writeHead(303, { ...PRIVATE, location: ownPath(to), 'set-cookie': sessionCookie(name) }).end();
}

async function show(response: ServerResponse, { isRefused = false } = {}): Promise<void> {
  const page = await readPage('operator/sign-in.html');
  response
    .writeHead(isRefused ? 401 : 200, { ...PRIVATE, 'content-type': 'text/html; charset=utf-8' })
    .end(isRefused ? page.replace(' hidden>', '>') : page);
}
