// How times are shown, and light or dark: each button goes to the next choice, and says what is chosen.
import { Clock, Monitor, Moon, Sun } from 'lucide-react';
import { IconButton } from '../parts/button';
import { useTimeMode } from '../parts/time';
import type { TimeMode } from '../parts/time-text';
import { type Theme, useTheme } from './theme';

const NEXT_TIME: Record<TimeMode, TimeMode> = { local: 'utc', utc: 'relative', relative: 'local' };
const TIME_NAMES: Record<TimeMode, string> = { local: 'Local', utc: 'UTC', relative: 'Ago' };
const NEXT_THEME: Record<Theme, Theme> = { system: 'light', light: 'dark', dark: 'system' };
const THEME_ICONS = { system: Monitor, light: Sun, dark: Moon };

export function TimeSwitch() {
  const [mode, setMode] = useTimeMode();
  return (
    <button
      type="button"
      aria-label={`Times: ${TIME_NAMES[mode]}. Change`}
      onClick={() => setMode(NEXT_TIME[mode])}
      className="inline-flex h-8 items-center gap-1 rounded-md px-2 font-medium text-muted text-xs hover:bg-sunken hover:text-ink"
    >
      <Clock aria-hidden className="size-4" />
      <span className="hidden w-9 text-left sm:inline">{TIME_NAMES[mode]}</span>
    </button>
  );
}

export function ThemeSwitch() {
  const [theme, setTheme] = useTheme();
  const Icon = THEME_ICONS[theme];
  return <IconButton label={`Theme: ${theme}. Change`} icon={<Icon />} onClick={() => setTheme(NEXT_THEME[theme])} />;
}
