/**
 * All assistants of a process, whichever process it is. Some come with the program, others are in
 * the operator's folder.
 */

import type { Assistant } from '#assistants/define-assistant.ts';
import type { MarketData } from '#assistants/stock-analyst/market-data/port.ts';
import { type Config, ConfigError } from '../config/config.ts';
import type { Log } from '../telemetry/log.ts';
import { type AssistantFault, AssistantsError, loadAssistants } from './load-assistants.ts';
import { programAssistants } from './program-assistants.ts';

/**
 * `now` is the store's clock, in milliseconds since the epoch. `data` is the source of market data,
 * which is made from `config` by default. Throws `AssistantsError` with all
 * faults of the folder's files, including names that are taken.
 */
export async function allAssistants(
  config: Pick<Config, 'assistantsDir' | 'marketData'>,
  log: Log,
  now: () => number = Date.now,
  data?: MarketData,
): Promise<readonly Assistant[]> {
  const { assistantsDir } = config;
  const loaded = await loadAssistants(assistantsDir);
  const faults: AssistantFault[] = [];
  const all = [...programAssistants(config, now, data)];
  for (const { file, assistant } of loaded) {
    faults.push(...clashes(assistant, all).map((fault) => ({ file, fault })));
    all.push(assistant);
  }
  if (faults.length > 0) throw new AssistantsError(faults);
  if (loaded.length > 0)
    log.info({ folder: assistantsDir, assistants: loaded.map(({ assistant }) => assistant.name) }, 'assistants loaded');
  return all;
}

/** Names are in one list for all assistants. If two were equal, only one would ever be found. */
function clashes(assistant: Assistant, others: readonly Assistant[]): readonly string[] {
  const { name } = assistant;
  const taken = (kind: string, of: (one: Assistant) => readonly (readonly [name: string, thing: unknown])[]): readonly string[] =>
    of(assistant).flatMap(([wanted, thing]) => {
      const owner = others.find((other) => of(other).some(([theirs, other]) => theirs === wanted && other !== thing));
      return owner === undefined ? [] : [`its ${kind} "${wanted}" has the name of one of "${owner.name}": take another name.`];
    });
  return [
    ...(others.some((other) => other.name === name) ? [`there is an assistant "${name}" already: take another name.`] : []),
    ...taken('tool', ({ tools = [] }) => tools.map((tool) => [tool.spec.name, tool])),
    ...taken('workflow', ({ workflows }) => workflows.map((workflow) => [workflow.name, workflow])),
  ];
}

/**
 * A channel whose assistant does not exist would have to turn every customer away. Throws
 * `ConfigError` for it.
 */
export function checkChosen({ assistants }: Pick<Config, 'assistants'>, all: readonly { readonly name: string }[]): void {
  const known = all.map(({ name }) => name);
  const faults = Object.entries(assistants).filter(([, name]) => name !== undefined && !known.includes(name));
  if (faults.length === 0) return;
  throw new ConfigError(
    faults.map(([channel, name]) => ({
      name: 'STATECHAT_ASSISTANTS',
      fault: `${channel}=${name}: there is no assistant of that name. Choose one of ${known.join(', ')}.`,
    })),
  );
}
