/** A graph as a Mermaid `stateDiagram-v2`. Pure. */
import type { GraphEdge, GraphNode, MachineGraph } from '../graph.ts';
import { actionText, invokeText, transitionText } from './words.ts';

/**
 * What Mermaid cannot show is text of the state, such as transitions that enter no other state.
 * States have made up names, because Mermaid's own are words of ASCII letters.
 */
export function mermaidOf({ id, version, nodes, edges }: MachineGraph, lit: ReadonlySet<string> = new Set()): string {
  const nameOf = (state: string): string => `s${nodes.findIndex((node) => node.id === state)}`;
  const byParent = Map.groupBy(nodes, ({ parent }) => parent);
  const staying = Map.groupBy(
    edges.filter(({ from, to }) => to.every((target) => target === from)),
    ({ from }) => from,
  );

  const linesOf = (node: GraphNode): readonly string[] => {
    const name = nameOf(node.id);
    const children = byParent.get(node.id) ?? [];
    const texts = [...factsOf(node), ...(staying.get(node.id) ?? []).map((edge) => transitionText(edge, true))];
    const shown = node.type === 'history' ? `${node.history === 'deep' ? 'H*' : 'H'} ${node.key}` : node.key;
    return [
      `state "${quoted(shown)}" as ${name}`,
      ...(children.length === 0 ? [] : [`state ${name} {`, ...inside(children, node.type === 'parallel').map((line) => `  ${line}`), '}']),
      // Mermaid takes texts for states without others in them alone.
      ...(children.length === 0 ? texts.map((text) => `${name} : ${quoted(text)}`) : noteOf(name, texts)),
      ...(node.type === 'final' ? [`${name} --> [*]`] : []),
    ];
  };
  const inside = (children: readonly GraphNode[], isParallel: boolean): readonly string[] => {
    const regions = children.map((child) => [...(child.initial && !isParallel ? [`[*] --> ${nameOf(child.id)}`] : []), ...linesOf(child)]);
    return isParallel ? regions.flatMap((region, index) => (index === 0 ? region : ['--', ...region])) : regions.flat();
  };
  const arrow = (edge: GraphEdge): readonly string[] =>
    edge.to
      .filter((target) => target !== edge.from)
      .map((target) => `${nameOf(edge.from)} --> ${nameOf(target)} : ${quoted(transitionText(edge, true))}`);

  const [root] = nodes;
  const body = root === undefined ? [] : linesOf(root);
  const litNames = nodes.filter((node) => lit.has(node.id)).map((node) => nameOf(node.id));
  return [
    'stateDiagram-v2',
    `%% ${quoted(`${id}@${version}`)}`,
    ...[...body, ...edges.flatMap(arrow)].map((line) => `  ${line}`),
    ...(litNames.length === 0
      ? []
      : ['  classDef active fill:#ddf4ff,stroke:#0969da,color:#0a3069', `  class ${litNames.join(',')} active`]),
    '',
  ].join('\n');
}

function factsOf(node: GraphNode): readonly string[] {
  return [
    ...(node.problems ?? []).map((problem) => `⚠ ${problem}`),
    ...(node.description === null ? [] : [node.description]),
    ...node.tags.map((tag) => `#${tag}`),
    ...node.invokes.map(invokeText),
    ...node.entry.map((action) => `entry / ${actionText(action)}`),
    ...node.exit.map((action) => `exit / ${actionText(action)}`),
    ...node.initialActions.map((action) => `initial / ${actionText(action)}`),
  ];
}

function noteOf(name: string, texts: readonly string[]): readonly string[] {
  return texts.length === 0 ? [] : [`note right of ${name}`, ...texts.map((text) => `  ${quoted(text)}`), 'end note'];
}

/** Everything that Mermaid or its HTML could take for more than text, by its number. */
function quoted(text: string): string {
  return text
    .toWellFormed()
    .replaceAll(/\s+/g, ' ')
    .replaceAll(/[^\p{Letter}\p{Mark}\p{Number} .,/()*_-]/gu, (character) => `#${character.codePointAt(0)};`);
}
