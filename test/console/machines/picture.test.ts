/** What the machines' page shows of a picture, where, and what a search finds. */
import elk from 'elkjs/lib/elk.bundled.js';
import { describe, expect, it } from 'vitest';
import { farNames } from '#console/machines/far-names.ts';
import { foundIn } from '#console/machines/found.ts';
import { fitted, moved, showing, zoomed } from '#console/machines/view-box.ts';
import { diagramOf } from '#machines/drawing/diagram.ts';
import { placeDiagram } from '#machines/drawing/layout.ts';
import { textWidth } from '#machines/drawing/text-width.ts';
import { graphOf } from '#machines/graph.ts';
import { sessionDefinitions } from '#machines/session/definition.ts';
import { TWENTY } from '../../machines/drawing/twenty.ts';

const SCREEN = { width: 400, height: 300 };
const PICTURE = { width: 2_000, height: 1_000 };

describe('the view', () => {
  const view = fitted(PICTURE, SCREEN, 0);

  it('has the whole picture in the middle, and never larger than it is', () => {
    expect(view).toEqual({ scale: 0.2, x: 0, y: -250 });
    expect(fitted({ width: 100, height: 100 }, SCREEN, 0)).toEqual({ scale: 1, x: -150, y: -100 });
    expect(fitted({ width: 100, height: SCREEN.height }, SCREEN, 50)).toEqual({
      scale: (SCREEN.height - 50) / SCREEN.height,
      x: expect.any(Number),
      y: 0,
    });
  });

  it('zooms around a point of the screen, within limits', () => {
    const at = { x: 100, y: 200 };
    const near = zoomed(view, 2, at);
    expect(near.scale).toBeCloseTo(0.4);
    expect([near.x + at.x / near.scale, near.y + at.y / near.scale]).toEqual([view.x + at.x / view.scale, view.y + at.y / view.scale]);
    expect([zoomed(view, 1e9, at).scale, zoomed(view, 1e-9, at).scale]).toEqual([4, 0.05]);
  });

  it('moves by pixels of the screen, and to a place that can be read there', () => {
    expect(moved(view, { x: 10, y: -20 })).toEqual({ scale: 0.2, x: 50, y: -350 });
    expect(showing({ x: 900, y: 400, width: 200, height: 200 }, SCREEN, view)).toEqual({ scale: 0.8, x: 750, y: 312.5 });
  });
});

describe('names from afar', async () => {
  const graph = graphOf({ id: 'large', version: 1, machine: TWENTY['150 states'] ?? expect.unreachable() });
  const picture = await placeDiagram(diagramOf(graph, { detail: 'overview' }), (input) => new elk.default().layout(input));
  const waiting = new Map([['g7.s3', 12]]);

  it('are none while the names of the picture can be read', () => {
    expect(farNames(picture, 0.7, waiting)).toEqual([]);
  });

  it.each([0.1, 0.15, 0.3, 0.5])('are as large as letters of the page at the scale %d, and none lies over another', (scale) => {
    const names = farNames(picture, scale, waiting);
    expect(names.map(({ id }) => id)).toEqual(expect.arrayContaining(['', 'g0', 'g5', 'g9']));
    expect(names.find(({ id }) => id === 'g7.s3')?.text).toBe('s3 (12)');
    for (const { size } of names) expect(size * scale).toBeCloseTo(12);
    const places = names.map(({ text, x, y, size }) => ({ left: x, right: x + textWidth(text, size), top: y - size, bottom: y }));
    const over = places.filter((a, at) =>
      places.slice(at + 1).some((b) => a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom),
    );
    expect(over).toEqual([]);
  });
});

describe('a search', async () => {
  const graph = graphOf(sessionDefinitions().at(-1) ?? expect.unreachable());
  const picture = await placeDiagram(diagramOf(graph, { detail: 'normal' }), (input) => new elk.default().layout(input));

  it('finds states by name, transitions by event, and text that was cut', () => {
    expect(foundIn(picture, ' waiting_agent ').map(({ text }) => text)).toEqual(['WAITING_AGENT']);
    expect(foundIn(picture, 'agentReturn').map(({ text }) => text)).toContain('after agentReturn');
    expect(foundIn(picture, 'replacesAnalysis').length).toBeGreaterThan(0);
    expect(foundIn(picture, '  ')).toEqual([]);
    expect(foundIn(picture, 'nothing like it')).toEqual([]);
  });

  it('leads to places in the picture', () => {
    for (const { place } of foundIn(picture, 'agent')) {
      expect(place.x).toBeGreaterThanOrEqual(0);
      expect(place.x + place.width).toBeLessThanOrEqual(picture.width);
    }
  });
});
