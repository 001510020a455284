/**
 * Build of the web pages, one HTML entry a page, into console/dist. The server serves
 * `dist/start/index.html` at /, `dist/chat/index.html` at /chat and `dist/pages/` at /pages.
 */
import { fileURLToPath } from 'node:url';
import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

export default defineConfig({
  root: here('.'),
  publicDir: false,
  plugins: [react()],
  build: {
    outDir: here('dist'),
    emptyOutDir: true,
    assetsDir: 'pages',
    // The pages' CSP allows neither inline scripts nor data URLs for scripts and fonts.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
    target: 'es2023',
    rollupOptions: { input: { start: here('start/index.html'), chat: here('chat/index.html') } },
  },
  server: {
    // `vite --config console/vite.config.ts` beside a running server, for work on the pages.
    proxy: { '/channels': 'http://127.0.0.1:3000', '/start.json': 'http://127.0.0.1:3000' },
  },
});
