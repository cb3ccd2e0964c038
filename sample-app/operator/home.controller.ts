// The first page of the application is the console.
import { Controller, Get, Redirect } from '@nestjs/common';
import { CONSOLE_PATH } from './console-path.js';

@Controller()
export class HomeController {
  @Get()
  @Redirect(CONSOLE_PATH)
  open(): void {}
}
