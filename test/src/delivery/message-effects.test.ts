import { expect, test } from 'vitest';
import type { EffectContext } from '#actors/contract/api.ts';
import { hostActions } from '#assistants/own-machine.ts';
import type { ChannelAdapter, ChannelCapabilities, OutboundMessage, OutboundReaction, SendContext } from '#channels/port.ts';
import { Unavailable } from '#machines/errors.ts';
import { contentOf } from '#machines/file-content.ts';
import type { Address } from '#machines/ids.ts';
import { type AgentCall, liveAgentNotifier } from '#src/delivery/agent-notifier.ts';
import { withMentions } from '#src/delivery/mentions.ts';
import { type MessageEffectsParts, messageEffects } from '#src/delivery/message-effects.ts';
import { createLog } from '#src/telemetry/log.ts';
import type { Files, StoredFile } from '#storage/files.ts';
import { createMemoryStore } from '#storage/memory/adapter.ts';
import { newAddress, newId } from '#test/contracts/store-fixtures.ts';

const sessionId = newId();
const address: Address = newAddress();
const stored: StoredFile = {
  id: `${sessionId}.7.1`,
  sessionId,
  name: 'AAPL.pdf',
  mimeType: 'application/pdf',
  ...contentOf(Uint8Array.of(1, 2, 3)),
  at: 1,
};
const { id, name, mimeType, size } = stored;
const params = { file: { id, name, mimeType, size }, author: 'assistant', otherwise: 'There is a file for you, AAPL.pdf.' };

interface Sent {
  readonly to: Address;
  readonly message: OutboundMessage;
  readonly context: SendContext;
}

interface Parts extends Partial<Pick<ChannelCapabilities, 'cards' | 'reactions' | 'replies'>>, Pick<MessageEffectsParts, 'stickerOf'> {
  readonly streaming?: 'pulled';
  readonly media?: readonly 'document'[];
  readonly until?: number;
  readonly get?: Files['get'];
}

function setUp({ cards = [], reactions = false, replies = false, stickerOf, ...parts }: Parts = {}) {
  const { streaming = 'none', media = ['document'], until, get = async (wanted) => (wanted === id ? stored : undefined) } = parts;
  const sent: Sent[] = [];
  const reacted: OutboundReaction[] = [];
  const channel: ChannelAdapter = {
    name: 'web',
    capabilities: {
      streaming,
      typing: false,
      edits: false,
      buttons: () => false,
      media,
      cards,
      reactions,
      replies,
      maxText: 100,
      receipts: false,
      window: until !== undefined,
      idempotentSend: false,
    },
    start: async () => {},
    stop: async () => {},
    send: async (to, message, context) => {
      if ('reaction' in message) reacted.push(message);
      else sent.push({ to, message, context });
      await context.onSent('ref-1');
      return 'ref-1';
    },
    typing: async () => {},
    receivedFile: async () => 'gone',
    draft: () => ({ update: () => {}, close: async () => null }),
    check: async () => null,
  };
  const calls: AgentCall[] = [];
  const effects = messageEffects({
    channelOf: (at) => (at === address ? channel : undefined),
    files: { get },
    notifier: { notify: async (call) => void calls.push(call) },
    windowOf: async () => until,
    ...(stickerOf === undefined ? {} : { stickerOf }),
  });
  const effect = effects.find(({ type }) => type === 'file.send');
  if (!effect) throw new Error('there is no file.send');
  const saved: unknown[] = [];
  const context = (more: Partial<EffectContext> = {}): EffectContext => ({
    sessionId,
    address,
    key: `${sessionId}.9`,
    seq: 12,
    attempt: 1,
    signal: new AbortController().signal,
    progress: null,
    saveProgress: async (progress) => void saved.push(progress),
    ...more,
  });
  return { effect, effects, sent, reacted, saved, calls, context };
}

test('file.send loads the file and sends it, in the lane of its address, as a message of the assistant’s', async () => {
  const { effect, sent, saved, context } = setUp();
  expect(effect.lane).toBe('address');
  expect(effect.describe(params)).toEqual({ kind: 'assistant.message', author: 'assistant', text: 'AAPL.pdf', message: true });
  expect(await effect.run(params, context())).toEqual({ ref: 'ref-1' });
  expect(sent).toMatchObject([
    {
      to: address,
      message: { text: '', author: 'assistant', file: { name, mimeType, size, read: stored.read } },
      context: { attempt: 1, sent: [] },
    },
  ]);
  expect(saved).toEqual([{ sent: ['ref-1'] }]);
});

test('a file of an agent goes out and is journalled in the name of the agent', async () => {
  const { effect, sent, context } = setUp();
  const agents = { ...params, author: 'agent', agent: { id: 'amira', name: 'Amira' } };
  expect(effect.describe(agents)).toEqual({ kind: 'agent.message', author: 'Amira', text: 'AAPL.pdf', message: true });
  await effect.run(agents, context());
  expect(sent[0]?.message).toMatchObject({ text: '', author: 'agent', file: { name } });
});

test('a note that mentions an agent is kept before the agent is called, and other calls are not', async () => {
  const { mentions } = createMemoryStore();
  const order: string[] = [];
  const notifier = withMentions(
    { notify: async ({ reason }) => void order.push(`called for ${reason}`) },
    {
      addMentions: async (added) => {
        order.push('kept');
        await mentions.addMentions(added);
      },
    },
  );
  const call = { sessionId, address, key: 'k', seq: 12, agentId: 'omar' };
  await notifier.notify({ ...call, reason: 'transfer' });
  const note = { by: { id: 'amira', name: 'Amira' }, at: 5 };
  await notifier.notify({ ...call, reason: 'mention', note });
  await notifier.notify({ ...call, reason: 'mention', note });
  expect(order).toEqual(['called for transfer', 'kept', 'called for mention', 'kept', 'called for mention']);
  const mention = { id: `${sessionId}.12`, agentId: 'omar', sessionId, by: 'amira', at: 5, seenAt: null };
  expect((await mentions.mentions('omar', true, 10)).items).toEqual([mention]);
});

test('a caption goes with the file, where the channel takes files', async () => {
  const caption = 'تقرير عن AAPL، 21 نوفمبر 2026';
  const { effect, sent, context } = setUp();
  await effect.run({ ...params, file: { ...params.file, caption } }, context());
  expect(sent[0]?.message).toMatchObject({ text: caption, file: { name } });
  expect(() => effect.describe({ ...params, file: { ...params.file, caption: 'x'.repeat(1_001) } })).toThrow(/caption/);
});

test('what an attempt before had sent is told to the channel, and it is given the same key', async () => {
  const { effect, sent, context } = setUp();
  await effect.run(params, context({ attempt: 2, progress: { sent: ['ref-0'] } }));
  expect(sent[0]?.context).toMatchObject({ attempt: 2, sent: ['ref-0'], key: `${sessionId}.9` });
});

test('where the channel takes no files the customer is told of it in words, and nothing is loaded', async () => {
  const { effect, sent, context } = setUp({ media: [], get: () => Promise.reject(new Error('not asked for')) });
  await effect.run(params, context());
  expect(sent.map(({ message }) => message)).toEqual([{ text: 'There is a file for you, AAPL.pdf.', author: 'assistant' }]);
});

test('a file that is gone, and a channel that is not there, are errors for good; a store that is away is not', async () => {
  const gone = setUp({ get: async () => undefined });
  await expect(gone.effect.run(params, gone.context())).rejects.toMatchObject({
    code: 'file_gone',
    retryable: false,
    message: expect.stringContaining('AAPL.pdf'),
  });
  expect(gone.sent).toEqual([]);
  const elsewhere = setUp();
  await expect(elsewhere.effect.run(params, elsewhere.context({ address: newAddress() }))).rejects.toMatchObject({ code: 'no_channel' });
  const away = setUp({ get: () => Promise.reject(new Unavailable('the store is away')) });
  await expect(away.effect.run(params, away.context())).rejects.toMatchObject({ retryable: true });
  await expect(elsewhere.effect.run({ file: { ...params.file, size: 0 } }, elsewhere.context())).rejects.toMatchObject({
    code: 'invalid_params',
  });
});

test('a machine of one’s own can have each of them done', () => {
  const effects = messageEffects({
    channelOf: () => undefined,
    files: { get: async () => undefined },
    notifier: { notify: async () => {} },
    windowOf: async () => undefined,
  });
  expect(Object.keys(hostActions).toSorted()).toEqual(effects.map(({ type }) => type).toSorted());
});

test('a message, a file and a reaction have arrived with their commit where the client reads the journal, and there alone', () => {
  const at = { address, key: `${sessionId}.9` };
  const PARAMS: Readonly<Record<string, unknown>> = {
    'message.send': { text: 'hello', author: 'assistant', draft: null },
    'file.send': params,
    'reaction.send': { messageId: 'm1', emoji: null, author: 'agent' },
    'agents.notify': { reason: 'asked' },
  };
  const settled = ({ effects }: ReturnType<typeof setUp>, where: typeof at) =>
    effects.map(({ type, settledByCommit }) => settledByCommit(PARAMS[type], where));
  const arrived = { ref: at.key };
  expect(settled(setUp({ streaming: 'pulled' }), at)).toEqual([arrived, arrived, arrived, undefined]);
  expect(settled(setUp(), at)).toEqual([undefined, undefined, undefined, undefined]);
  // The effect of a channel that is no longer configured fails when it is called, as before.
  expect(settled(setUp({ streaming: 'pulled' }), { ...at, address: newAddress() })).toEqual([undefined, undefined, undefined, undefined]);
});

const PLACE = { kind: 'location', latitude: 30.0444, longitude: 31.2357, name: 'Tower [A]', street: '12 Nile St' } as const;

test('a card goes as such to a channel that has it, and as words to any other, as the journal has it', async () => {
  const message = { text: 'We meet here.', author: 'agent', draft: null, card: PLACE };
  const words = 'We meet here.\n\n📍 [Tower \\[A\\], 12 Nile St](https://www.google.com/maps/search/?api=1&query=30.0444%2C31.2357)';
  const able = setUp({ cards: ['location'] });
  const send = able.effects.find(({ type }) => type === 'message.send');
  await send?.run(message, able.context());
  expect(able.sent[0]?.message).toEqual({ text: 'We meet here.', author: 'agent', card: PLACE });
  expect(send?.describe(message)).toMatchObject({ kind: 'agent.message', text: words });
  const unable = setUp({ cards: ['contact'] });
  await unable.effects.find(({ type }) => type === 'message.send')?.run(message, unable.context());
  expect(unable.sent[0]?.message).toEqual({ text: words, author: 'agent' });
});

test('a reaction goes to a channel that has reactions, and is refused for good by any other', async () => {
  const reaction = { messageId: 'm1', emoji: '👍', author: 'agent', agent: { id: 'amira', name: 'Amira' } };
  const able = setUp({ reactions: true });
  const react = able.effects.find(({ type }) => type === 'reaction.send');
  expect(react?.lane).toBe('address');
  expect(react?.describe(reaction)).toEqual({ kind: 'agent.reaction', author: 'Amira', text: '👍' });
  expect(react?.describe({ ...reaction, emoji: null })).toEqual({ kind: 'agent.reaction', author: 'Amira' });
  expect(await react?.run(reaction, able.context())).toEqual({ ref: 'ref-1' });
  expect(able.reacted).toEqual([{ reaction: { messageId: 'm1', emoji: '👍' } }]);
  const unable = setUp();
  const error = unable.effects.find(({ type }) => type === 'reaction.send')?.run(reaction, unable.context());
  await expect(error).rejects.toMatchObject({ code: 'refused', retryable: false });
});

test('a message and a file answer a message where the channel shows that, and are sent alone anywhere else', async () => {
  for (const replies of [true, false]) {
    const answered = replies ? { replyTo: 'tg:7:1' } : {};
    const { effect, effects, sent, context } = setUp({ replies });
    const send = effects.find(({ type }) => type === 'message.send');
    await send?.run({ text: 'Yes.', author: 'agent', draft: null, replyTo: 'tg:7:1' }, context());
    await effect.run({ ...params, replyTo: 'tg:7:1' }, context());
    const without = setUp({ replies, media: [] });
    await without.effect.run({ ...params, replyTo: 'tg:7:1' }, without.context());
    expect(sent[0]?.message).toEqual({ text: 'Yes.', author: 'agent', ...answered });
    expect([sent[1]?.message.replyTo, without.sent[0]?.message.replyTo]).toEqual([answered.replyTo, answered.replyTo]);
  }
});

test('a file that messengers take as a sticker is marked as one', async () => {
  for (const sticker of ['still', undefined] as const) {
    const { effect, sent, context } = setUp({ stickerOf: async ({ mimeType: type }) => (type === mimeType ? sticker : undefined) });
    await effect.run(params, context());
    expect(sent[0]?.message.file?.sticker).toBe(sticker);
  }
});

test('agents.notify calls the notifier, under the key of its effect', async () => {
  const { effects, calls, context } = setUp();
  const notify = effects.find(({ type }) => type === 'agents.notify');
  expect(await notify?.run({ reason: 'asked', queue: 'billing' }, context())).toBeUndefined();
  expect(calls).toEqual([{ sessionId, address, key: `${sessionId}.9`, seq: 12, reason: 'asked', queue: 'billing' }]);
});

test('the default notifier publishes the call to those who watch sessions, and logs it', async () => {
  const published: unknown[] = [];
  const lines: string[] = [];
  const log = createLog({ level: 'info', destination: { write: (line) => void lines.push(line) }, readable: false });
  const notifier = liveAgentNotifier(Promise.resolve({ publishAttention: (id, attention) => void published.push([id, attention]) }), log);
  await notifier.notify({ sessionId, address, key: 'k', seq: 1, reason: 'transfer', agentId: 'amira' });
  expect(published).toEqual([[sessionId, { reason: 'transfer', agentId: 'amira' }]]);
  expect(JSON.parse(lines[0] ?? '')).toMatchObject({ sessionId, reason: 'transfer', agentId: 'amira' });
});

test.each([
  ['of a channel without one is not asked for', undefined],
  ['is that of the moment of the send', 123],
  ['is 0 for a customer who has not written', 0],
])('the window %s', async (_, until) => {
  const { effect, sent, context } = setUp(until === undefined ? {} : { until });
  await effect.run(params, context());
  expect(sent[0]?.context).toMatchObject({ statusKey: `${sessionId}.9.12` });
  expect(sent[0]?.context.windowUntil).toBe(until);
});
