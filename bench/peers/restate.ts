/**
 * Restate. Each conversation is a virtual object, called through the ingress with Restate's own
 * client. The answer is what the call returns. The state is in Restate's own store, written ahead
 * with fsync as the server has it by default.
 *
 * The start variant is `@restatedev/xstate`, which makes an object of a machine. Tuned is an object
 * written by hand with one key of state and no XState, and finished calls are not kept. The other
 * variant is that, and a server with fewer partitions and its log for a single node.
 */
import { createServer, type Http2Server } from 'node:http2';
import { availableParallelism } from 'node:os';
import * as restate from '@restatedev/restate-sdk';
import * as clients from '@restatedev/restate-sdk-clients';
import { type ActorObjectHandlers, xstate } from '@restatedev/xstate';
import * as z from 'zod';
import { answered, answerTo, type Conversation, history, type Incoming, incoming } from '../conversation.ts';
import { conversationMachine } from './machine.ts';
import type { OpenPeer } from './peer.ts';
import { freePorts, startRestate } from './restate-server.ts';

const machine = xstate('machine', conversationMachine);

const byHand = restate.object({
  name: 'byhand',
  options: { journalRetention: 0 },
  handlers: {
    message: async (ctx: restate.ObjectContext, event: Incoming): Promise<string> => {
      const kept = (await ctx.get<Conversation>('conversation')) ?? { count: 0, messages: history() };
      ctx.set('conversation', answered(kept, event));
      return answerTo(event);
    },
  },
});

/**
 * A few partitions a processor instead of 24, and the log for a single node instead of the one that
 * can be replicated.
 */
const SERVER = { DEFAULT_NUM_PARTITIONS: String(2 * availableParallelism()), BIFROST__DEFAULT_PROVIDER: 'local' };

const rowSchema = z.object({ value_utf8: z.string() });
const storedSchema = z.union([
  z.object({ count: z.number() }),
  z.object({ context: z.object({ count: z.number() }) }).transform(({ context }) => context),
]);

export const open: OpenPeer = async ({ conversations, variant }) => {
  const tuned = variant !== 'start';
  const server = await startRestate(variant === 'other' ? SERVER : {});
  let endpoint: Http2Server | undefined;
  try {
    const [port] = await freePorts(1);
    const handler = restate.createEndpointHandler({ services: [tuned ? byHand : machine], logger: () => {} });
    endpoint = createServer(handler);
    endpoint.listen(port, '127.0.0.1');
    await server.register(`http://127.0.0.1:${port}`);
  } catch (error) {
    endpoint?.close();
    await server.stop();
    throw error;
  }
  const ingress = clients.connect({ url: server.ingress });
  const key = (conversation: number) => `conversation-${conversation}`;
  if (!tuned) {
    for (let first = 0; first < conversations; first += 100) {
      const some = Array.from({ length: Math.min(100, conversations - first) }, (_, index) => first + index);
      await Promise.all(
        some.map((conversation) =>
          ingress.objectClient<ActorObjectHandlers<typeof conversationMachine>>({ name: 'machine' }, key(conversation)).create(),
        ),
      );
    }
  }
  const listening = endpoint;

  return {
    async turn(conversation) {
      const event = incoming(conversation, Date.now());
      if (tuned) await ingress.objectClient<typeof byHand>({ name: 'byhand' }, key(conversation)).message(event);
      else if (
        !(await ingress
          .objectClient<ActorObjectHandlers<typeof conversationMachine>>({ name: 'machine' }, key(conversation))
          .send({ event }))
      )
        throw new Error('the machine gave no answer');
    },
    async settle() {},
    async counters() {
      const rows = await server.query(
        `select value_utf8 from state where service_name = '${tuned ? 'byhand' : 'machine'}' and key = '${tuned ? 'conversation' : 'snapshot'}'`,
      );
      const counts = z
        .array(rowSchema)
        .parse(rows)
        .map(({ value_utf8 }) => storedSchema.parse(JSON.parse(value_utf8)).count);
      return { 'counted by the objects': counts.reduce((sum, count) => sum + count, 0) };
    },
    async close() {
      await server.stop();
      await new Promise((closed) => listening.close(closed));
    },
  };
};
