/** Opens the ports of operations over the parts of an instance. */
import type { Registry } from '#actors/contract/registry.ts';
import type { OperationPorts } from './context.ts';
import { graphReader, machinesOf } from './machine-graphs.ts';
import { reportOn } from './migration-report.ts';
import { recentCounts } from './recent-counts.ts';
import { contextReader } from './session-context.ts';

export interface OpenPortsOptions extends Omit<OperationPorts, 'contextOf' | 'graphOf' | 'machines' | 'migrationOf'> {
  readonly registry: Registry;
}

/** Live sessions that one trial of a migration reads at most. */
const MOST_TRIED = 2_000;

export function openOperationPorts({ registry, ...ports }: OpenPortsOptions): OperationPorts {
  return {
    ...ports,
    stateCounts: recentCounts(ports.stateCounts, ports.now),
    contextOf: contextReader(registry, ports.now),
    graphOf: graphReader(registry),
    machines: () => machinesOf(registry),
    migrationOf: (machineId, version) =>
      reportOn(registry, ports.store, { now: ports.now(), only: { machineId, version }, most: MOST_TRIED }),
  };
}
