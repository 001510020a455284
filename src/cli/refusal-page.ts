/**
 * What `npm run dev` shows in the browser while the program cannot start. The address stays the
 * same. Each page is the reason, with a picture of each machine that is refused. Everything else is
 * a problem with status 503. The page loads itself anew when the next start answers.
 */
import { randomUUID } from 'node:crypto';
import type { RequestListener } from 'node:http';
import { type SvgNode, svgNode, svgText } from '#machines/drawing/svg-node.ts';

export interface Refusal {
  readonly reason: string;
  readonly pictures: readonly { readonly title: string; readonly light: SvgNode; readonly dark: SvgNode }[];
}

const STYLE = `
:root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif; }
body { margin: 0 auto; padding: 1.5rem; max-inline-size: 90rem; background: light-dark(#fff, #0d1117); color: light-dark(#1f2328, #e6edf3); }
h1 { font-size: 1.25rem; }
h2 { font-size: 1rem; }
pre { padding: 1rem; border: 1px solid light-dark(#b3261e, #ff9c93); border-radius: 0.5rem; white-space: pre-wrap; overflow-wrap: anywhere; }
.picture { overflow: auto; }
.dark { display: none; }
@media (prefers-color-scheme: dark) { .dark { display: block; } .light { display: none; } }
`;

/** While nothing listens, the next poll finds out. */
const SCRIPT = `
const start = document.documentElement.dataset.start;
setInterval(async () => {
  const answer = await fetch('/', { method: 'HEAD', cache: 'no-store' }).catch(() => undefined);
  if (answer !== undefined && answer.headers.get('Statechat-Start') !== start) location.reload();
}, 500);
`;

export function refusalListener(refusal: Refusal): RequestListener {
  // Pages find out by it that another start answers.
  const start = randomUUID();
  const page = `<!doctype html>${svgText(pageOf(refusal, start))}`;
  const problem = JSON.stringify({ type: 'about:blank', status: 503, code: 'unavailable', title: 'Cannot start', detail: refusal.reason });
  return (request, response) => {
    response.setHeader('Cache-Control', 'no-store');
    response.setHeader('Statechat-Start', start);
    if (request.url === '/refusal.js') return void response.setHeader('Content-Type', 'text/javascript').end(SCRIPT);
    response.statusCode = 503;
    if (!/\btext\/html\b/.test(request.headers.accept ?? ''))
      return void response.setHeader('Content-Type', 'application/problem+json').end(problem);
    response.setHeader('Content-Type', 'text/html; charset=utf-8');
    response.setHeader('Content-Security-Policy', "default-src 'none'; style-src 'unsafe-inline'; script-src 'self'; connect-src 'self'");
    response.end(page);
  };
}

function pageOf({ reason, pictures }: Refusal, start: string): SvgNode {
  const drawn = pictures.flatMap(({ title, light, dark }) => [
    svgNode('h2', {}, title),
    svgNode('div', { class: 'picture light' }, light),
    svgNode('div', { class: 'picture dark' }, dark),
  ]);
  return svgNode(
    'html',
    { lang: 'en', 'data-start': start },
    svgNode(
      'head',
      {},
      svgNode('meta', { charset: 'utf-8' }),
      svgNode('meta', { name: 'viewport', content: 'width=device-width' }),
      svgNode('title', {}, 'Statechat cannot start'),
      svgNode('style', {}, STYLE),
      // An element without an end of its own would hide the rest of the page.
      svgNode('script', { src: '/refusal.js', defer: 'defer' }, ' '),
    ),
    svgNode(
      'body',
      {},
      svgNode(
        'main',
        {},
        svgNode('h1', {}, 'Statechat cannot start'),
        svgNode('pre', {}, reason),
        svgNode('p', {}, 'Save the file again, and this page follows.'),
        ...drawn,
      ),
    ),
  );
}
