// A button with a menu of what is needed now and then. The menu itself (parts/menu-list.tsx) is large, and loaded when the button is first used.
import { lazy, Suspense, useState } from 'react';
import { MENU_BUTTON, type MenuProps } from './menu-item';

const MenuList = lazy(() => import('./menu-list'));

export function Menu(props: MenuProps) {
  const [isUsed, setUsed] = useState(false);
  const { label, icon } = props;
  const button = (
    <button
      type="button"
      aria-label={label}
      aria-haspopup="menu"
      aria-expanded={false}
      title={label}
      onClick={() => setUsed(true)}
      className={MENU_BUTTON}
    >
      {icon}
    </button>
  );
  return isUsed ? (
    <Suspense fallback={button}>
      <MenuList {...props} />
    </Suspense>
  ) : (
    button
  );
}
