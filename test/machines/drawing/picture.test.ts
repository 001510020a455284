/** Pictures of the built-in machines, of twenty hard ones, and of generated ones. */
import elk from 'elkjs/lib/elk.bundled.js';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { analysisSessionDefinition } from '#machines/analysis-session/definition.ts';
import { type Box, type Column, type Detail, diagramOf } from '#machines/drawing/diagram.ts';
import { type LayoutEngine, placeDiagram } from '#machines/drawing/layout.ts';
import { svgOf } from '#machines/drawing/svg.ts';
import { svgText } from '#machines/drawing/svg-node.ts';
import { THEMES } from '#machines/drawing/themes.ts';
import { graphOf, type MachineGraph } from '#machines/graph.ts';
import { sessionDefinitions } from '#machines/session/definition.ts';
import { buildMachine } from '../../actors/testing/any-machine/build.ts';
import { runsOf } from '../../actors/testing/any-machine/runs.ts';
import { machines } from '../../actors/testing/any-machine/specs.ts';
import { overlapsOf } from './overlaps.ts';
import { TWENTY } from './twenty.ts';

const engine: LayoutEngine = (input) => new elk.default().layout(input);
const place = (graph: MachineGraph, detail: Detail) => placeDiagram(diagramOf(graph, { detail }), engine);

const builtIn = [...sessionDefinitions(), analysisSessionDefinition].map(
  (definition) => [`${definition.id}@${definition.version}`, graphOf(definition)] as const,
);
const hard = Object.entries(TWENTY).map(([name, machine]) => [name, graphOf({ id: machine.id, version: 1, machine })] as const);
const all = [...builtIn, ...hard];

describe.each(all)('the picture of %s', (_, graph) => {
  it.each(['overview', 'normal', 'full'] as const)('has nothing that lies over anything else, with the detail %s', async (detail) => {
    expect(overlapsOf(await place(graph, detail))).toEqual([]);
  });

  it('shows each state and each transition once', async () => {
    const { boxes, arrows } = await place(graph, 'normal');
    const own = boxes.filter(({ box }) => !box.id.includes('▸'));
    expect(own.map(({ box }) => box.id).toSorted()).toEqual(graph.nodes.map(({ id }) => id).toSorted());
    const rows = [
      ...own.flatMap(({ box }) => rowsOf(box.columns)),
      ...arrows.filter(({ arrow }) => !arrow.id.includes('▸')).flatMap(({ arrow }) => rowsOf(arrow.columns)),
    ];
    expect(rows.toSorted()).toEqual(graph.edges.map(({ id }) => id).toSorted());
  });

  it('has no markup but its own', async () => {
    const svg = svgText(svgOf(await place(graph, 'full'), { theme: THEMES.dark, title: graph.id }));
    expect(new Set([...svg.matchAll(/<\/?([^\s>/]*)/g)].map(([, name]) => name))).toEqual(
      new Set([...svg.matchAll(/<(svg|g|title|rect|text|path|circle)\b/g)].map(([, name]) => name)),
    );
    expect(svg).not.toMatch(/&(?!amp;|lt;|gt;|quot;|#39;)/);
  });
});

function rowsOf(columns: readonly Column[]): readonly string[] {
  return columns.flatMap(({ rows }) => rows.flatMap(({ edge }) => edge ?? []));
}

describe('the picture of any machine', () => {
  it('has nothing that lies over anything else, and each transition once', async () => {
    await fc.assert(
      fc.asyncProperty(machines, async (spec) => {
        const graph = graphOf({ id: 'any', version: 1, machine: buildMachine(spec) });
        expect(overlapsOf(await place(graph, 'normal'))).toEqual([]);
      }),
      runsOf('pictures', 40),
    );
  });
});

describe('states that no arrow puts in an order', () => {
  it('stand in the order of their machine, from left to right and from top to bottom', async () => {
    for (const [name, parent] of [
      ['parallel', ''],
      ['parallel in parallel', 's1.'],
      ['wide', ''],
    ] as const) {
      const { boxes } = await place(graphOf({ id: name, version: 1, machine: TWENTY[name] ?? expect.unreachable() }), 'normal');
      const inRows = boxes
        .filter(({ box }) => box.id.startsWith(`${parent}s`) && !box.id.slice(parent.length).includes('.'))
        .toSorted((one, other) => one.y - other.y || one.x - other.x);
      expect(inRows.map(({ box }) => Number(box.id.slice(parent.length + 1)))).toEqual(inRows.map((_, index) => index));
    }
  });
});

describe('a machine that runs in a state', () => {
  const family = graphOf({ id: 'family', version: 1, machine: TWENTY['children in place'] ?? expect.unreachable() });
  const idsOf = (box: Box): readonly string[] => [box.id, ...box.children.flatMap(idsOf)];

  it('opens in its place, and closes', () => {
    const open = idsOf(diagramOf(family, { detail: 'normal' }).root);
    expect(open).toEqual(expect.arrayContaining(['one▸first/', 'one▸first/a', 'two▸second/x▸inner/b']));
    const closed = idsOf(diagramOf(family, { detail: 'normal', isOpen: (id) => id === 'two▸second/' }).root);
    expect(closed.filter((id) => id.includes('▸'))).toEqual(['two▸second/', 'two▸second/x']);
  });
});
