import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type TelegramAdapter, telegramAdapter, WEBHOOK_PATH, type WebhookHandler } from '#channels/telegram/adapter.ts';
import { parseAddress } from '#machines/ids.ts';
import type { Card } from '#machines/session/cards.ts';
import { idAtChannel } from '#machines/session/message-names.ts';
import { describeChannel } from '#test/contracts/channel-contract.ts';
import type { ChannelHarness, Offered } from '#test/contracts/channel-harness.ts';
import { type BotApi, startBotApi } from '#test/fakes/bot-api.ts';
import type { ShownMessage } from '#test/fakes/bot-api-chats.ts';
import { TestClock } from './test-clock.ts';

const CHAT = 4_242;
const SECRET = 'a_secret';

/** Updates with the customer's messages, which are in the chat too. */
function customerOf(api: BotApi): (message: Parameters<ChannelHarness['offer']>[0]) => { update_id: number; message: object } {
  const known = new Map<string, { update_id: number; message: object }>();
  return ({ id, text, replyTo }) => {
    const update = known.get(id) ?? {
      update_id: 500 + known.size,
      message: {
        message_id: api.chats.heard(CHAT, text),
        date: 1_700_000_000,
        chat: { id: CHAT, type: 'private' },
        from: { id: CHAT, is_bot: false, first_name: 'Mona', language_code: 'ar' },
        text,
        ...(replyTo === undefined ? {} : { reply_to_message: answered(replyTo) }),
      },
    };
    known.set(id, update);
    return update;
  };
}

function answered(replyTo: string): object {
  return { message_id: Number(idAtChannel(replyTo)), date: 1_700_000_000, chat: { id: CHAT, type: 'private' }, text: 'an earlier one' };
}

type Outbound = Pick<ChannelHarness, 'adapter' | 'address' | 'seen' | 'files' | 'cards' | 'reactions' | 'answers' | 'forget'>;

function outbound(api: BotApi, adapter: TelegramAdapter): Outbound {
  api.chats.open(CHAT);
  return {
    adapter,
    address: parseAddress(`telegram:${api.id}:${CHAT}`),
    seen: async () => api.shown(CHAT),
    files: async () => api.documents(CHAT),
    cards: async () => api.transcript(CHAT).flatMap((message) => cardOf(message) ?? []),
    answers: async () =>
      api.transcript(CHAT).flatMap(({ from, answers }) => (from === 'bot' ? [answers === undefined ? undefined : String(answers)] : [])),
    forget: (id) => api.chats.deleteByCustomer(CHAT, Number(id)),
    reactions: async () =>
      api.transcript(CHAT).flatMap(({ reaction }) => (reaction === undefined ? [] : [REACTIONS.get(reaction) ?? reaction])),
  };
}

/** Telegram shows this emoji with colours, and has it without a selector. */
const REACTIONS = new Map([['❤', '❤️']]);

function cardOf({ location, contact, keyboard, replyKeyboard }: ShownMessage): Card['kind'] | undefined {
  if (location !== undefined) return 'location';
  if (contact !== undefined) return 'contact';
  if (replyKeyboard?.keyboard.flat().some(({ request_location: asks }) => asks)) return 'location_request';
  return keyboard?.flat().some(({ url }) => url !== undefined) ? 'link' : undefined;
}

describeChannel('telegram, polling', async () => {
  const clock = new TestClock({ automatic: true });
  const api = await startBotApi({ now: clock.now, limits: true });
  let rejected = 0;
  const adapter = telegramAdapter({
    token: api.token,
    apiRoot: api.url,
    mode: { type: 'polling' },
    clock,
    pollSeconds: 5,
    deadLetter: async () => void rejected++,
  });
  const says = customerOf(api);
  const offer = async (update: { readonly update_id: number; readonly message: object }): Promise<Offered> => {
    const before = rejected;
    // Telegram does not repeat an acknowledged update. It does if a restart lost the
    // acknowledgement.
    const outcome = api.updates.outcome(update.update_id);
    if (!api.updates.pending().some(({ update_id }) => update_id === update.update_id)) api.push(update);
    if ((await outcome) === 'again') return 'again';
    return rejected > before ? 'refused' : 'taken';
  };
  return {
    ...outbound(api, adapter),
    offer: (text) => offer(says(text)),
    offerRubbish: () => offer({ update_id: 400, message: { text: 7 } }),
    close: async () => {
      await adapter.stop();
      await api.close();
    },
  };
});

describeChannel('telegram, webhook', async () => {
  const clock = new TestClock({ automatic: true });
  const api = await startBotApi({ now: clock.now, limits: true });
  const server = await listen();
  let rejected = 0;
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}${WEBHOOK_PATH}`;
  const adapter = telegramAdapter({
    token: api.token,
    apiRoot: api.url,
    mode: { type: 'webhook', url, secret: SECRET },
    clock,
    deadLetter: async () => void rejected++,
  });
  server.on('request', adapter.webhook as WebhookHandler);
  const says = customerOf(api);
  const offer = async (update: unknown): Promise<Offered> => {
    const before = rejected;
    const status = await api.updates.post(update);
    if (status === 400 || rejected > before) return 'refused';
    return status === 200 ? 'taken' : 'again';
  };
  return {
    ...outbound(api, adapter),
    offer: (text) => offer(says(text)),
    offerRubbish: () => offer('{"no":'),
    close: async () => {
      await adapter.stop();
      await api.close();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
});

async function listen(): Promise<Server> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return server;
}
