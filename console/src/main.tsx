// Boots the console in the page that the admin module serves.
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import './styles.css';
import { App } from './app';
import { followTheme } from './shell/theme';

followTheme();
// `//ops/runs` would be another host to every link.
if (location.pathname.startsWith('//'))
  history.replaceState(null, '', location.origin + location.pathname.replace(/^\/+/, '/') + location.search + location.hash);
const root = document.getElementById('root');
if (root !== null)
  createRoot(root).render(
    <StrictMode>
      <App />
    </StrictMode>,
  );
