/** Opens the ports of operations over the parts of an instance. */
import type { Registry } from '#actors/contract/registry.ts';
import type { OperationPorts } from './context.ts';
import { graphReader, machineFinder } from './machine-graphs.ts';
import { contextReader, promptReader } from './session-context.ts';

export interface OpenPortsOptions extends Omit<OperationPorts, 'contextOf' | 'graphOf' | 'machineOf' | 'promptOf'> {
  readonly registry: Registry;
}

export function openOperationPorts({ registry, ...ports }: OpenPortsOptions): OperationPorts {
  return {
    ...ports,
    contextOf: contextReader(registry, ports.now),
    graphOf: graphReader(registry),
    machineOf: machineFinder(registry),
    promptOf: promptReader(registry),
  };
}
