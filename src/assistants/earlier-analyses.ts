/**
 * Analyses of a customer's earlier sessions, read from their stored snapshots.
 *
 * Invariant. Only sessions of the same address are read, and only those of the same assistant.
 */
import * as z from 'zod';
import { machineIn } from '#actors/session/stored-machine.ts';
import { type EarlierAnalysis, earlierAnalysis } from '#agent-service/memory/earlier-analyses.ts';
import type { AssistantRunParts } from '#assistants/assistant-runs.ts';
import type { Store } from '#storage/port.ts';

/** Sessions that are read. A customer with more has opened many without an analysis. */
const MAX_SESSIONS = 20;

const context = z.object({ analyses: z.array(earlierAnalysis) });

export function earlierAnalysesIn(store: Pick<Store, 'sessions'>): NonNullable<AssistantRunParts['earlierAnalyses']> {
  return async ({ sessionId, address, assistant }, most) => {
    const { items } = await store.sessions({ address, assistant }, MAX_SESSIONS);
    return items
      .filter(({ id }) => id !== sessionId)
      .flatMap((row): readonly EarlierAnalysis[] => context.safeParse(machineIn(row)?.context).data?.analyses ?? [])
      .toSorted((a, b) => b.at - a.at)
      .slice(0, most);
  };
}
