/**
 * telegraf with its session middleware on Redis. It is not durable. Redis answers before anything
 * is on a disk, and if the process dies, an update that it has taken is lost. The Bot API is
 * answered at once, in the process.
 */
import { Redis } from '@telegraf/session/redis';
import { type Context, session, Telegraf } from 'telegraf';
import { answered, answerTo, type Conversation, history, incoming } from '../conversation.ts';
import { countSessions, startBotRedis } from './bot-redis.ts';
import type { OpenPeer } from './peer.ts';
import { ME, textUpdate } from './updates.ts';

interface ChatContext extends Context {
  session: Conversation;
}

const PREFIX = 'telegraf:';

export const open: OpenPeer = async () => {
  const server = await startBotRedis();
  const store = Redis<Conversation>({ url: server.url, prefix: PREFIX });
  const bot = new Telegraf<ChatContext>('1:bench');
  bot.botInfo = ME;
  let answers = 0;
  bot.use((ctx, next) => {
    ctx.telegram.callApi = async () => {
      answers += 1;
      return Object({});
    };
    return next();
  });
  bot.use(session({ store, defaultSession: () => ({ count: 0, messages: history() }) }));
  bot.on('text', async (ctx) => {
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
    close: () => server.stop(),
  };
};
