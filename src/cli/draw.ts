/** `statechat draw` writes a machine of the program or of a file as a picture or a diagram. */
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { StateMachine } from 'xstate';
import * as z from 'zod';
import { MachineRefusal, type Registry } from '#actors/contract/registry.ts';
import { type Assistant, isAssistant } from '#assistants/define-assistant.ts';
import { litStates } from '#machines/drawing/active.ts';
import { mermaidOf } from '#machines/drawing/mermaid.ts';
import { svgOf } from '#machines/drawing/svg.ts';
import { svgText } from '#machines/drawing/svg-node.ts';
import { THEMES } from '#machines/drawing/themes.ts';
import { InvalidInput } from '#machines/errors.ts';
import { graphOf, type MachineGraph } from '#machines/graph.ts';
import { allAssistants } from '../assistants/all-assistants.ts';
import type { Config } from '../config/config.ts';
import { layoutInThread } from '../drawing/layout-thread.ts';
import { keptPictures } from '../drawing/pictures.ts';
import { graphReader, machinesOf } from '../operations/machine-graphs.ts';
import type { Log } from '../telemetry/log.ts';
import { createReadingRegistry } from './reading-registry.ts';
import { refusedGraph } from './refused-machines.ts';

export const drawRequest = z.strictObject({
  /** A file, or a machine such as `session` or `session@2`. */
  machine: z.string().min(1),
  active: z.string().default(''),
  format: z.enum(['svg', 'mmd']).default('svg'),
  detail: z.enum(['overview', 'normal', 'full']).default('normal'),
  theme: z.enum(['light', 'dark']).default('light'),
});
export type DrawRequest = z.output<typeof drawRequest>;

/** Throws `InvalidInput` if there is no such machine, or it has no such state. */
export async function draw(config: Pick<Config, 'assistantsDir' | 'marketData'>, log: Log, request: DrawRequest): Promise<string> {
  const { machine, active, format, detail, theme } = request;
  const graph = existsSync(machine) ? await graphIn(machine) : await registeredGraph(config, log, machine);
  const names = active.split(',').filter((name) => name !== '');
  const { lit, unknown } = litStates(graph, names);
  if (unknown.length > 0) throw new InvalidInput(`--active: the machine has no state "${unknown.join('", "')}".`);
  if (format === 'mmd') return mermaidOf(graph, lit);
  const picture = await keptPictures(layoutInThread)(graph, detail);
  return `${svgText(svgOf(picture, { theme: THEMES[theme], title: `${graph.id}@${graph.version}`, lit }))}\n`;
}

async function registeredGraph(config: Pick<Config, 'assistantsDir' | 'marketData'>, log: Log, name: string): Promise<MachineGraph> {
  const registry = createReadingRegistry({ assistants: await allAssistants(config, log) });
  const [, id = name, version] = /^(.*)@(\d{1,9})$/.exec(name) ?? [];
  const graph = graphReader(registry)(id, version === undefined ? undefined : Number(version));
  if (graph !== undefined) return graph;
  throw new InvalidInput(`There is no file and no machine "${name}". The machines are ${namesOf(registry)}.`);
}

function namesOf(registry: Registry): string {
  return machinesOf(registry)
    .map(({ id, version }) => `${id}@${version}`)
    .join(', ');
}

/** The file's one machine, or that of its one assistant. */
async function graphIn(file: string): Promise<MachineGraph> {
  const module: object = await import(pathToFileURL(resolve(file)).href);
  const exported = [...new Set(Object.values(module).flat())];
  const machines = exported.filter((value) => value instanceof StateMachine);
  const [machine] = machines;
  if (machine !== undefined && machines.length === 1) return graphOf({ id: machine.id, version: 1, machine });
  const assistants: readonly Assistant[] = exported.filter(isAssistant);
  const [assistant] = assistants;
  if (assistant === undefined || assistants.length + machines.length > 1) {
    throw new InvalidInput(`${file} must export one machine or one assistant. It exports ${machines.length} and ${assistants.length}.`);
  }
  try {
    const registered = createReadingRegistry({ assistants: [assistant] }).assistant(assistant.name);
    if (registered === undefined) throw new InvalidInput(`${file} has an assistant without a machine.`);
    return graphOf(registered.newest.definition);
  } catch (error) {
    if (error instanceof MachineRefusal) return refusedGraph(error);
    throw error;
  }
}
