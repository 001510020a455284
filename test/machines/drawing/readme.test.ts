/** The README's picture is the machine that sessions run. */
import { readFileSync } from 'node:fs';
import elk from 'elkjs/lib/elk.bundled.js';
import { expect, it } from 'vitest';
import { diagramOf } from '#machines/drawing/diagram.ts';
import { placeDiagram } from '#machines/drawing/layout.ts';
import { svgOf } from '#machines/drawing/svg.ts';
import { svgText } from '#machines/drawing/svg-node.ts';
import { THEMES } from '#machines/drawing/themes.ts';
import { graphOf } from '#machines/graph.ts';
import { sessionDefinitions } from '#machines/session/definition.ts';

it.each([
  ['light', 'session.svg'],
  ['dark', 'session-dark.svg'],
] as const)('is up to date, in the %s theme', async (theme, file) => {
  const newest = sessionDefinitions().at(-1) ?? expect.unreachable();
  const graph = graphOf(newest);
  const picture = await placeDiagram(diagramOf(graph, { detail: 'overview' }), (input) => new elk.default().layout(input));
  const title = `${graph.id}@${graph.version}`;
  const drawn = `${svgText(svgOf(picture, { theme: THEMES[theme], title, lit: new Set() }))}\n`;
  const kept = readFileSync(new URL(`../../../docs/images/${file}`, import.meta.url), 'utf8');
  expect(kept === drawn, `run: npx statechat draw session --detail overview --theme ${theme} > docs/images/${file}`).toBe(true);
});
