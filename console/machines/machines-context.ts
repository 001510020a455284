/** Context for the machines' page. */
import { createContext, useContext } from 'react';
import type { LayoutEngine } from '#machines/drawing/layout.ts';
import type { MachinesApi } from './machines-api.ts';
import type { MachineStrings } from './strings.ts';

export interface MachinesContextValue {
  readonly api: MachinesApi;
  readonly engine: LayoutEngine;
  readonly words: MachineStrings;
  /** Gives the agent a file. */
  readonly save: (content: Blob, name: string) => void;
}

export const MachinesContext = createContext<MachinesContextValue | null>(null);

export function useMachines(): MachinesContextValue {
  const page = useContext(MachinesContext);
  if (page === null) throw new Error('useMachines needs a MachinesContext above it');
  return page;
}
