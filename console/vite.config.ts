/**
 * Build of the web pages, one HTML entry a page, into console/dist. The server serves
 * `dist/start/index.html` at /, `dist/chat/index.html` at /chat, `dist/inbox/index.html` at
 * /console, `dist/machines/index.html` at /machines, `dist/analytics/index.html` at
 * /console/analytics, `dist/api/index.html` at /api/docs and `dist/pages/` at /pages.
 */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import react from '@vitejs/plugin-react';
import { defineConfig, type Plugin } from 'vite';

const SERVER = 'http://127.0.0.1:3000';
const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

/** What the heads of all pages begin with. Its links are those of a page's folder. */
const pageHead: Plugin = {
  name: 'page-head',
  transformIndexHtml: {
    order: 'pre',
    handler: (html) => html.replace('<!-- page/head.html -->', readFileSync(here('page/head.html'), 'utf8')),
  },
};

export default defineConfig({
  root: here('.'),
  publicDir: false,
  plugins: [react(), pageHead],
  build: {
    outDir: here('dist'),
    emptyOutDir: true,
    assetsDir: 'pages',
    // The pages' CSP allows neither inline scripts nor data URLs for scripts and fonts.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
    target: 'es2023',
    rollupOptions: {
      input: {
        start: here('start/index.html'),
        chat: here('chat/index.html'),
        inbox: here('inbox/index.html'),
        machines: here('machines/index.html'),
        analytics: here('analytics/index.html'),
        api: here('api/index.html'),
      },
    },
  },
  server: {
    // `vite --config console/vite.config.ts` beside a running server, for work on the pages.
    proxy: {
      '/channels': SERVER,
      '/start.json': SERVER,
      '/api': SERVER,
      '/console/auth': SERVER,
      '/console/ws': { target: SERVER, ws: true },
    },
  },
});
