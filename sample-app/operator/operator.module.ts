// Operators: how a browser signs in, and what it is shown first. The guards that let them in need nothing of it.
import { Module } from '@nestjs/common';
import { HomeController } from './home.controller.js';
import { SignInController } from './sign-in.controller.js';

@Module({ controllers: [HomeController, SignInController] })
export class OperatorModule {}
