/**
 * grammY with its session plugin and its Redis storage. Like telegraf's, its sessions are not
 * durable. The Bot API is answered at once, in the process.
 */
import { RedisAdapter } from '@grammyjs/storage-redis';
import { Bot, type Context, type SessionFlavor, session } from 'grammy';
import { Redis } from 'ioredis';
import { answered, answerTo, type Conversation, history, incoming } from '../conversation.ts';
import { countSessions, startBotRedis } from './bot-redis.ts';
import type { OpenPeer } from './peer.ts';
import { ME, textUpdate } from './updates.ts';

const PREFIX = 'grammy:';

export const open: OpenPeer = async () => {
  const server = await startBotRedis();
  const redis = new Redis(server.url);
  const bot = new Bot<Context & SessionFlavor<Conversation>>('1:bench', { botInfo: ME });
  let answers = 0;
  bot.api.config.use(async () => {
    answers += 1;
    return Object({ ok: true, result: {} });
  });
  bot.use(
    session({
      initial: () => ({ count: 0, messages: history() }),
      getSessionKey: (ctx) => (ctx.chat === undefined ? undefined : `${PREFIX}${ctx.chat.id}`),
      storage: new RedisAdapter<Conversation>({ instance: redis }),
    }),
  );
  bot.on('message:text', async (ctx) => {
    const event = { type: 'message' as const, text: ctx.message.text, at: ctx.message.date * 1_000 };
    ctx.session = answered(ctx.session, event);
    await ctx.reply(answerTo(event));
  });
  let sent = 0;

  return {
    async turn(conversation) {
      const { text, at } = incoming(conversation, Date.now());
      await bot.handleUpdate(textUpdate(++sent, conversation, text, at));
    },
    async settle() {},
    counters: async () => ({ 'counted in the sessions': await countSessions(server.url, PREFIX), 'answers given': answers }),
    async close() {
      await redis.quit();
      await server.stop();
    },
  };
};
