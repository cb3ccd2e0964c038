// The mail service. Its receipt is the mail that a real one would hand to SMTP.
import { randomUUID } from 'node:crypto';
import { Body, Controller, Post } from '@nestjs/common';
import { type Caller, FromCaller } from './caller.js';
import { Effects } from './effects.js';
import type { ReceiptBody } from './receipt.entity.js';

export interface MailRequest {
  to: string;
  subject: string;
  text: string;
}

@Controller('mails')
export class MailsController {
  constructor(private readonly effects: Effects) {}

  @Post()
  async send(@FromCaller() caller: Caller, @Body() { to, subject, text }: MailRequest): Promise<ReceiptBody> {
    return this.effects.once(caller, () => ({ id: randomUUID(), to, subject, text }));
  }
}
