/**
 * The picture, its SVG, Mermaid and the outline of any machine say what the machine says. Each
 * transition is there once, none is invented, and the lit states are those of the snapshot.
 */

import elk from 'elkjs/lib/elk.bundled.js';
import * as fc from 'fast-check';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { type AnyStateMachine, createActor, SimulatedClock } from 'xstate';
import { activeNodes, isMachineSnapshot } from '#actors/interpreter/xstate-internals/machine-snapshots.ts';
import { litStates } from '#machines/drawing/active.ts';
import { diagramOf } from '#machines/drawing/diagram.ts';
import { placeDiagram } from '#machines/drawing/layout.ts';
import { mermaidOf } from '#machines/drawing/mermaid.ts';
import { type OutlineItem, outlineOf } from '#machines/drawing/outline.ts';
import { svgOf } from '#machines/drawing/svg.ts';
import { type SvgNode, svgText } from '#machines/drawing/svg-node.ts';
import { THEMES } from '#machines/drawing/themes.ts';
import { transitionText } from '#machines/drawing/words.ts';
import { graphOf, type MachineGraph, type StateGraph } from '#machines/graph.ts';
import { buildMachine } from '../../actors/testing/any-machine/build.ts';
import { runsOf } from '../../actors/testing/any-machine/runs.ts';
import { machines, scripts } from '../../actors/testing/any-machine/specs.ts';
import { OUTLINE_WORDS } from './outline-words.ts';

// XState warns of each event to a child that has stopped.
beforeEach(() => vi.spyOn(console, 'warn').mockImplementation(() => {}));
afterEach(() => vi.restoreAllMocks());

/** Of the machine, and of each machine that opens in its place. */
function shown(graph: MachineGraph, whole: StateGraph = graph, around: readonly string[] = []): readonly StateGraph[] {
  const inside = whole.nodes.flatMap(({ invokes }) =>
    invokes.flatMap(({ machine }) => {
      const child = graph.children.find(({ name }) => name === machine);
      return child === undefined || around.includes(child.name) ? [] : shown(graph, child, [...around, child.name]);
    }),
  );
  return [whole, ...inside];
}

const attributeOf = (name: string) => (svg: SvgNode) =>
  [...svgText(svg).matchAll(new RegExp(` ${name}="([^"]*)"`, 'g'))].map(([, value = '']) =>
    value.replaceAll('&amp;', '&').replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&quot;', '"').replaceAll('&#39;', "'"),
  );

const all = (item: OutlineItem): readonly OutlineItem[] => [item, ...item.children.flatMap(all)];

/** What Mermaid reads as text. */
const plain = (text: string): string => text.replaceAll(/#(\d+);/g, (_, code: string) => String.fromCodePoint(Number(code)));
const spaced = (text: string): string => text.replaceAll(/\s+/g, ' ');

it('have each transition of any machine once, and no other', async () => {
  await fc.assert(
    fc.asyncProperty(machines, async (spec) => {
      const graph = graphOf({ id: 'any', version: 1, machine: buildMachine(spec) });
      const graphs = shown(graph);
      const edges = graphs.flatMap((one) => one.edges.map(({ id }) => id)).toSorted();

      const picture = await placeDiagram(diagramOf(graph, { detail: 'full' }), (input) => new elk.default().layout(input));
      expect(attributeOf('data-edge')(svgOf(picture, { theme: THEMES.light, title: 'any' })).toSorted()).toEqual(edges);

      const items = all(outlineOf(graph, { words: OUTLINE_WORDS }));
      expect(items).toHaveLength(graphs.reduce((sum, { nodes }) => sum + nodes.length, 0));
      const told = items.flatMap(({ lines }) => lines.filter((line) => / — (stays|again|to )/.test(line)));
      const wanted = graphs.flatMap((one) => one.edges.map((edge) => transitionText(edge, true)));
      expect(told.map((line) => line.replace(/ — (stays|again|to ).*$/, '')).toSorted()).toEqual(wanted.toSorted());

      // Mermaid has the machine alone. States are numbered in the order of the graph.
      const lines = mermaidOf(graph).split('\n');
      const nodeAt = (name: string | undefined) => graph.nodes[Number(name)]?.id;
      const arrows = lines.flatMap((line) => {
        const [, from, to, text] = /^ *s(\d+) --> s(\d+) : (.*)$/.exec(line) ?? [];
        return text === undefined ? [] : [`${nodeAt(from)} → ${nodeAt(to)} ${plain(text)}`];
      });
      const leading = graph.edges.flatMap((edge) =>
        edge.to.filter((to) => to !== edge.from).map((to) => `${edge.from} → ${to} ${spaced(transitionText(edge, true))}`),
      );
      expect(arrows.toSorted()).toEqual(leading.toSorted());
      const texts = lines.map((line) =>
        plain(line)
          .trim()
          .replace(/^s\d+ : /, ''),
      );
      const staying = graph.edges.filter(({ from, to }) => to.every((target) => target === from));
      const byText = Map.groupBy(staying, (edge) => spaced(transitionText(edge, true)));
      for (const [text, same] of byText) expect(texts.filter((one) => one === text)).toHaveLength(same.length);
    }),
    runsOf('agreement', 40),
  );
});

it('light the states that XState is in', async () => {
  await fc.assert(
    fc.asyncProperty(machines, scripts, async (spec, script) => {
      const machine = buildMachine(spec);
      const active = activeAfter(machine, script);
      if (active === undefined) return;
      const graph = graphOf({ id: 'any', version: 1, machine });
      const { lit, unknown } = litStates(graph, active);
      expect(unknown).toEqual([]);
      const wanted = active.toSorted();

      const picture = await placeDiagram(diagramOf(graph, { detail: 'overview' }), (input) => new elk.default().layout(input));
      const svg = svgText(svgOf(picture, { theme: THEMES.light, title: 'any', lit }));
      const boxes = [...svg.matchAll(/data-box="([^"]*)" data-lit="true"/g)].map(([, id]) => id);
      expect(boxes.toSorted()).toEqual(wanted);

      const classes = /^ {2}class (\S+) active$/m.exec(mermaidOf(graph, lit))?.[1]?.split(',') ?? [];
      expect(classes.map((name) => graph.nodes[Number(name.slice(1))]?.id).toSorted()).toEqual(wanted);

      const items = all(outlineOf(graph, { words: OUTLINE_WORDS, lit })).filter(({ facts }) => facts.includes('active'));
      expect(items.map(({ id }) => id).toSorted()).toEqual(wanted);
    }),
    runsOf('lit pictures', 40),
  );
});

/** Ids of the states that XState itself counts as active. Undefined if the machine failed. */
function activeAfter(machine: AnyStateMachine, script: readonly object[]): readonly string[] | undefined {
  const clock = new SimulatedClock();
  const actor = createActor(machine, { clock, logger: () => {} });
  actor.subscribe({ error: () => {} });
  actor.start();
  for (const step of script) {
    if ('send' in step) actor.send(step.send as never);
    if ('advance' in step) clock.increment(Number(step.advance));
  }
  const snapshot = actor.getSnapshot();
  actor.stop();
  return isMachineSnapshot(snapshot) ? activeNodes(snapshot).map(({ path }) => path.join('.')) : undefined;
}
