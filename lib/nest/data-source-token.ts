// The injection token under which @nestjs/typeorm keeps a DataSource; computed here, so that the package need not be installed.
import { DataSource } from 'typeorm';

export function dataSourceToken(name: string): string | typeof DataSource {
  return name === 'default' ? DataSource : `${name}DataSource`;
}
