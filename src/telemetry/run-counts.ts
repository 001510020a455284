/** What runs came to, counted: in the program's metrics, and in the session where no outcome tells it. */

import { type Actors, HOST_EVENT } from '#actors/contract/api.ts';
import type { SessionRunParts } from '#agent-service/session-run.ts';
import type { RunUsage } from '#machines/session/usage.ts';
import type { Metrics } from './metrics.ts';

export interface RunCountsParts {
  readonly actors: () => Pick<Actors, 'deliver'>;
  readonly metrics: Pick<Metrics, 'tokens'>;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}

type Tokens = Pick<RunUsage, 'tokensIn' | 'tokensOut'>;

export function runCounts({ actors, metrics, now }: RunCountsParts): Required<Pick<SessionRunParts, 'spent'>> & {
  readonly counted: (tokens: Tokens) => void;
} {
  const counted = ({ tokensIn, tokensOut }: Tokens): void => {
    metrics.tokens('in', tokensIn);
    metrics.tokens('out', tokensOut);
  };
  return {
    counted,
    // A session that closed meanwhile hears nothing more: what stopping cost it stands in the ledger alone.
    spent: async (sessionId, { id, usage }) => {
      const { duplicate } = await actors().deliver(
        { sessionId },
        { type: 'run.spent', at: now(), usage },
        { eventId: `${HOST_EVENT}${id}` },
      );
      if (!duplicate) counted(usage);
    },
  };
}
