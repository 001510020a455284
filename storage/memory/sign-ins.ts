import { REPLACED_TOKEN_MS, type SignIn, type SignIns } from '#storage/sign-ins.ts';

interface Kept extends SignIn {
  /** When tokens began to be replaced that are accepted for a while. */
  readonly since: number;
  /** The lowest number that is accepted for a while. */
  readonly lowest: number;
}

/**
 * Sign-ins of a store in memory, with the same answers as PostgreSQL's. Each call is one
 * synchronous step.
 */
export function memorySignIns(): SignIns {
  const kept = new Map<string, Kept>();

  const shown = ({ since: _since, lowest: _lowest, ...signIn }: Kept): SignIn => signIn;
  const alive = (id: string, now: number): Kept | undefined => {
    const found = kept.get(id);
    return found !== undefined && found.expiresAt > now ? found : undefined;
  };

  return {
    async openSignIn(signIn) {
      kept.set(signIn.id, { ...signIn, since: signIn.usedAt, lowest: signIn.number });
    },

    async signIn(id, now) {
      const found = alive(id, now);
      return found && shown(found);
    },

    async signIns(agentId, now) {
      return [...kept.values()]
        .filter((one) => one.agentId === agentId && one.expiresAt > now)
        .toSorted((a, b) => b.usedAt - a.usedAt || (a.id < b.id ? -1 : 1))
        .map(shown);
    },

    async renewSignIn({ id, number, digest, now, expiresAt, network }) {
      const found = alive(id, now);
      if (found === undefined) return 'unknown';
      const isLate = now - found.since < REPLACED_TOKEN_MS;
      const used = { usedAt: now, expiresAt, network };
      if (number > found.number) {
        const late = isLate ? {} : { since: now, lowest: found.number };
        kept.set(id, { ...found, ...used, ...late, number, digest });
        return number + 1;
      }
      if (digest === found.digest || (isLate && number >= found.lowest)) {
        kept.set(id, { ...found, ...used });
        return found.number + 1;
      }
      kept.delete(id);
      return 'reused';
    },

    async endSignIns(which) {
      const ended = [...kept.values()].filter((one) =>
        'id' in which ? one.id === which.id : one.agentId === which.agentId && one.id !== which.except,
      );
      for (const { id } of ended) kept.delete(id);
      return ended.length;
    },

    async forgetSignIns(now, limit) {
      const expired = [...kept.values()].filter(({ expiresAt }) => expiresAt <= now).slice(0, limit);
      for (const { id } of expired) kept.delete(id);
      return expired.length;
    },
  };
}
