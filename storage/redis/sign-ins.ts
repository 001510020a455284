/**
 * Sign-ins in Redis. They are in one slot of a cluster, and expire by themselves. A token is
 * replaced in one script call.
 */
import * as z from 'zod';
import type { Connection } from '#storage/redis/connection.ts';
import { decodeCount, decodeList, reading } from '#storage/redis/decode.ts';
import { signInKey, signInsKey } from '#storage/redis/keys.ts';
import { SCRIPTS } from '#storage/redis/scripts.ts';
import { REPLACED_TOKEN_MS, type SignIn, type SignIns, signInSchema } from '#storage/sign-ins.ts';

const renewed = z.union([z.int().positive(), z.enum(['reused', 'unknown'])]);
const time = z.coerce.number().int();

/** What never changes. */
const documentSchema = signInSchema.pick({ id: true, agentId: true, createdAt: true, device: true });

/** Document, number, digest, used at, expires at and network. */
const stored = z.tuple([z.string(), time, z.string(), time, time, z.string()]);

export function signInsOf(connection: Connection): SignIns {
  async function signIn(id: string, now: number): Promise<SignIn | undefined> {
    const reply = await connection.call('hmget', signInKey(id), 'document', 'number', 'digest', 'used', 'expires', 'network');
    if (!Array.isArray(reply) || reply[0] === null) return undefined;
    const found = decodeSignIn(reply);
    return found.expiresAt > now ? found : undefined;
  }

  return {
    signIn,

    async openSignIn({ id, agentId, number, digest, createdAt, usedAt, expiresAt, device, network }) {
      const document = JSON.stringify({ id, agentId, createdAt, device });
      const args = [document, number, digest, usedAt, expiresAt, network];
      await connection.run(SCRIPTS.openSignIn, [signInKey(id), signInsKey(agentId)], args);
    },

    async signIns(agentId, now) {
      const found = decodeList(await connection.run(SCRIPTS.listSignIns, [signInsKey(agentId)], [now])).map(decodeSignIn);
      return found.toSorted((a, b) => b.usedAt - a.usedAt || (a.id < b.id ? -1 : 1));
    },

    async renewSignIn({ id, number, digest, now, expiresAt, network }) {
      const args = [number, digest, now, expiresAt, network, REPLACED_TOKEN_MS];
      return renewed.parse(await connection.run(SCRIPTS.renewSignIn, [signInKey(id)], args));
    },

    async endSignIns(which) {
      if ('agentId' in which) {
        const keys = [signInsKey(which.agentId), signInKey(which.except ?? '')];
        return decodeCount(await connection.run(SCRIPTS.endSignIns, keys, []));
      }
      const key = signInKey(which.id);
      const set = z
        .string()
        .nullable()
        .parse(await connection.call('hget', key, 'set'));
      if (set === null) return 0;
      await connection.call('srem', set, key);
      return decodeCount(await connection.call('del', key));
    },

    async forgetSignIns() {
      // Redis deletes them by itself.
      return 0;
    },
  };
}

function decodeSignIn(reply: unknown): SignIn {
  return reading('sign-in', () => {
    const [document, number, digest, usedAt, expiresAt, network] = stored.parse(reply);
    return { ...documentSchema.parse(JSON.parse(document)), number, digest, usedAt, expiresAt, network };
  });
}
