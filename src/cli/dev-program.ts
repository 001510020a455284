/**
 * What `npm run dev` runs and starts again. If the program cannot start, for example because a
 * machine is refused, it shows why at the address of the program, until the next change.
 */
import { diagramOf } from '#machines/drawing/diagram.ts';
import { placeDiagram } from '#machines/drawing/layout.ts';
import { svgOf } from '#machines/drawing/svg.ts';
import { THEMES } from '#machines/drawing/themes.ts';
import { StatechatError } from '#machines/errors.ts';
import type { MachineGraph } from '#machines/graph.ts';
import { allAssistants } from '../assistants/all-assistants.ts';
import { type Config, loadConfig } from '../config/config.ts';
import { layoutInThread } from '../drawing/layout-thread.ts';
import { listen } from '../http/server.ts';
import { createLog } from '../telemetry/log.ts';
import { type AttachedInspector, attachInspector } from './inspector.ts';
import { createReadingRegistry } from './reading-registry.ts';
import { type Refusal, refusalListener } from './refusal-page.ts';
import { refusedMachines } from './refused-machines.ts';
import { serve, stopSignal } from './serve.ts';

const config = loadConfig();
try {
  const inspector = config.inspector === undefined ? undefined : await inspectorAt(config.inspector);
  process.exitCode = await serve(config, (line) => console.log(line), { runtime: { inspect: inspector?.inspect } });
  inspector?.stop();
} catch (error) {
  // An error of the program says what to do. A stack is for defects.
  const reason = error instanceof StatechatError ? error.message : error instanceof Error ? (error.stack ?? error.message) : String(error);
  console.error(reason);
  process.exitCode = 1;
  await showRefusal(config, reason);
}

async function inspectorAt(url: string): Promise<AttachedInspector> {
  const registry = createReadingRegistry({ assistants: await allAssistants(config, createLog({ level: 'silent' })) });
  const definitions = registry.assistants().flatMap(({ binding }) => binding.definitions);
  return attachInspector(
    url,
    (machine) => definitions.find(({ id, version }) => id === machine.id && version === machine.version)?.machine.config,
  );
}

async function showRefusal({ http, ...rest }: Config, reason: string): Promise<void> {
  // Registered before anything that takes time, so that a change ends it at any moment.
  const stopped = stopSignal();
  const server = await listen(refusalListener(await refusalOf(rest, reason)), http);
  console.error(`${server.url}/machines shows it. The next change starts the program again.`);
  await stopped;
  await server.close(0);
}

async function refusalOf(rest: Pick<Config, 'assistantsDir' | 'marketData'>, reason: string): Promise<Refusal> {
  try {
    const refused = await refusedMachines(rest, createLog({ level: 'silent' }));
    return { reason, pictures: await Promise.all(refused.map(pictureOf)) };
  } catch {
    // The reason says it.
    return { reason, pictures: [] };
  }
}

async function pictureOf(graph: MachineGraph): Promise<Refusal['pictures'][number]> {
  const title = `${graph.id}@${graph.version}`;
  const picture = await placeDiagram(diagramOf(graph, { detail: 'normal' }), layoutInThread);
  return { title, light: svgOf(picture, { theme: THEMES.light, title }), dark: svgOf(picture, { theme: THEMES.dark, title }) };
}
