// What a menu is made of. Used by menu.tsx, and by menu-list.tsx, which is loaded later.
import type { ReactNode } from 'react';

export interface MenuItem {
  label: string;
  /** Why it can't be used now. */
  why?: string | undefined;
  act(): void;
}

export interface MenuProps {
  label: string;
  icon: ReactNode;
  items: readonly MenuItem[];
}

export const MENU_BUTTON =
  'inline-flex size-8 items-center justify-center rounded-md border border-line-strong bg-surface text-ink hover:bg-sunken [&>svg]:size-4';
