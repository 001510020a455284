/** Machines that the host refuses, as graphs with the reasons at their places. */
import { MachineRefusal } from '#actors/contract/registry.ts';
import { graphOf, type MachineGraph } from '#machines/graph.ts';
import { allAssistants } from '../assistants/all-assistants.ts';
import type { Config } from '../config/config.ts';
import type { Log } from '../telemetry/log.ts';
import { createReadingRegistry } from './reading-registry.ts';

export function refusedGraph({ definition, faults }: MachineRefusal): MachineGraph {
  return graphOf({ ...definition, problemsOf: (state) => faults.filter((fault) => fault.state === state).map(({ text }) => text) });
}

/**
 * Of each assistant the first one that is refused. Throws `AssistantsError` if a file cannot be
 * read.
 */
export async function refusedMachines(config: Pick<Config, 'assistantsDir' | 'marketData'>, log: Log): Promise<readonly MachineGraph[]> {
  return (await allAssistants(config, log)).flatMap((assistant): MachineGraph[] => {
    try {
      createReadingRegistry({ assistants: [assistant] });
      return [];
    } catch (error) {
      if (error instanceof MachineRefusal) return [refusedGraph(error)];
      throw error;
    }
  });
}
