// Light or dark: the operator's choice, or else the system's, on <html data-theme>. Applied before the first drawing.
import { isOneOf, listenToPreference, readPreference, usePreference } from '../parts/preference';

export type Theme = 'system' | 'light' | 'dark';

const isTheme = isOneOf('system', 'light', 'dark');
const system = matchMedia('(prefers-color-scheme: dark)');

export function useTheme(): [Theme, (theme: Theme) => void] {
  return usePreference<Theme>('theme', 'system', isTheme);
}

export function applyTheme(): void {
  const chosen = readPreference<Theme>('theme', 'system', isTheme);
  const isDark = chosen === 'system' ? system.matches : chosen === 'dark';
  document.documentElement.dataset.theme = isDark ? 'dark' : 'light';
}

export function followTheme(): void {
  applyTheme();
  system.addEventListener('change', applyTheme);
  listenToPreference('theme', applyTheme);
}
