/**
 * Counts the tokens of runs, in the program's metrics, and in the session where no outcome carries
 * them.
 */

import { type Actors, HOST_EVENT } from '#actors/contract/api.ts';
import type { SessionRunParts } from '#agent-service/session-run.ts';
import { StatechatError } from '#machines/errors.ts';
import type { RunUsage } from '#machines/session/usage.ts';
import type { Metrics } from './metrics.ts';

export interface RunCountsParts {
  /** The actors, which are made after the runs that use this. No run begins before they are. */
  readonly actors: Promise<Pick<Actors, 'deliver'>>;
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
    // A session that has closed takes no event, so what stopping the run cost is in the ledger
    // alone.
    spent: async (sessionId, { id, usage }) => {
      try {
        const { duplicate } = await (await actors).deliver(
          { sessionId },
          { type: 'run.spent', at: now(), usage },
          { eventId: `${HOST_EVENT}${id}` },
        );
        if (!duplicate) counted(usage);
      } catch (error) {
        // An instance that drains takes no event either. The next attempt counts what this one
        // saved.
        if (!(error instanceof StatechatError && error.code === 'draining')) throw error;
      }
    },
  };
}
