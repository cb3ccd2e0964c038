// Builds the console into dist/console, which the admin module serves. Everything in it is relative: the server tells the page by <base> where it is.
import { fileURLToPath } from 'node:url';
import tailwindcss from '@tailwindcss/vite';
import { defineConfig } from 'vite';

// For work on the console: `npx vite -c console/vite.config.ts` shows it against the API of an application that runs, such as the sample app.
const { CONSOLE_API = 'http://127.0.0.1:3000/workflows', CONSOLE_API_TOKEN } = process.env;

export default defineConfig({
  root: fileURLToPath(new URL('.', import.meta.url)),
  base: './',
  plugins: [
    tailwindcss(),
    // As the admin module does it.
    { name: 'base', apply: 'serve', transformIndexHtml: () => [{ tag: 'base', attrs: { href: '/' }, injectTo: 'head-prepend' }] },
  ],
  // Known before they are met: whoever works on a page is not thrown out of it by a reload.
  optimizeDeps: {
    include: [
      'react',
      'react-dom/client',
      'react/jsx-dev-runtime',
      'react/jsx-runtime',
      'react-json-view-lite',
      '@tanstack/react-query',
      '@tanstack/react-table',
      '@tanstack/react-virtual',
      '@cfworker/json-schema',
      'microdiff',
      'uplot',
      'wouter',
      'lucide-react',
      ...['combobox', 'csp-provider', 'dialog', 'menu', 'popover', 'tabs', 'toast', 'tooltip'].map(
        (part) => `@base-ui/react/${part}`,
      ),
    ],
  },
  server: {
    host: '127.0.0.1',
    proxy: {
      '/api': {
        target: new URL(CONSOLE_API).origin,
        rewrite: (path) => new URL(CONSOLE_API).pathname + path,
        ...(CONSOLE_API_TOKEN !== undefined && { headers: { authorization: `Bearer ${CONSOLE_API_TOKEN}` } }),
      },
    },
  },
  build: {
    outDir: process.env.CONSOLE_OUT_DIR ?? fileURLToPath(new URL('../dist/console', import.meta.url)),
    emptyOutDir: true,
    manifest: 'manifest.json',
    license: { fileName: 'licences.md' },
    // A data: url is no own request, but fonts and scripts must not come from one.
    assetsInlineLimit: 0,
    // What it would inject is an inline script.
    modulePreload: { polyfill: false },
    target: 'es2022',
    sourcemap: false,
    rolldownOptions: {
      // `use client` says nothing to a console that is all client.
      onLog: (level, log, handle) => (log.code === 'MODULE_LEVEL_DIRECTIVE' ? undefined : handle(level, log)),
    },
  },
});
