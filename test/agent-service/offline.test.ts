/** The model that answers without a key (A4). */

import { describe, expect, it } from 'vitest';
import type { TextMessage } from '#agent-service/content.ts';
import { createOfflineProvider } from '#agent-service/offline/adapter.ts';
import { reply } from '#agent-service/offline/reply.ts';
import { turns } from '#agent-service/prompt.ts';
import type { ProviderEvent, ProviderRequest } from '#agent-service/provider.ts';

/** Turns that alternate, the customer's first. */
function conversation(...texts: readonly string[]): TextMessage[] {
  return texts.map((text, index) => ({ role: index % 2 === 0 ? 'user' : 'assistant', text }));
}

function request(messages: readonly TextMessage[], maxTokens = 4_096): ProviderRequest {
  return { system: [{ text: 'You are kind.', cached: true }], messages, model: 'any', maxTokens, local: true };
}

async function collect(stream: AsyncIterable<ProviderEvent>): Promise<ProviderEvent[]> {
  const events: ProviderEvent[] = [];
  for await (const event of stream) events.push(event);
  return events;
}

describe('what it says', () => {
  it('says in its first answer that it is offline and how to connect a model, and later not again', () => {
    const first = reply(conversation('hello'));
    expect(first).toMatch(/^Hello! How can I help you\?/);
    expect(first).toContain('I am the offline model');
    expect(first).toContain('`ANTHROPIC_API_KEY`');
    const later = reply(conversation('hello', first, 'thanks'));
    expect(later).toBe('You are welcome. Is there anything else?');
  });

  it.each([
    ['What is Statechat?', /^Statechat is the program behind this chat\. .*no message is lost/],
    ['who are you?', /^I am the offline model: .* I belong to Statechat/],
    ['are you a human?', /^I am the offline model/],
    ['what can you do?', /^I can greet you/],
    ['[sent: image, not shown to you]', /^I have what you sent, .* Tell me in words/],
    ['ما هو Statechat؟', /^Statechat هو البرنامج/],
    ['من أنت؟', /^أنا النموذج غير المتصل: .* جزء من Statechat/],
    ['ماذا يمكنك أن تفعل؟', /^أستطيع أن أرحب بك/],
  ])('says what Statechat is, who it is and what it can do: %s', (question, answer) => {
    const text = reply(conversation(question));
    expect(text).toMatch(answer);
    expect(text.match(/I am the offline model|أنا النموذج غير المتصل/g)).toHaveLength(1);
  });

  it('names the setting only to a reader on the machine of the program', async () => {
    const text = async (local: boolean, question: string) => {
      const events = await collect(
        createOfflineProvider({ delayMs: 0 }).stream({ ...request(conversation(question)), local }, new AbortController().signal),
      );
      return events.map((event) => (event.type === 'text' ? event.text : '')).join('');
    };
    for (const question of ['hello', 'السلام عليكم', 'who are you?']) {
      expect(await text(true, question)).toContain('ANTHROPIC_API_KEY');
      expect(await text(false, question)).not.toMatch(/ANTHROPIC|\.env|\s$/);
    }
  });

  it('does so in Arabic to who writes Arabic', () => {
    const first = reply(conversation('السلام عليكم'));
    expect(first).toMatch(/^مرحبًا!/);
    expect(first).toContain('أنا النموذج غير المتصل');
    expect(first).toContain('`ANTHROPIC_API_KEY`');
    expect(reply(conversation('hello', reply(conversation('hello')), 'شكرا'))).toBe('على الرحب والسعة. هل من شيء آخر؟');
  });

  it.each([
    ['my name is Sara', 'what is my name?', 'Your name is Sara.'],
    ['Hi! My name is Ana María and I need help', "what's my name", 'Your name is Ana María.'],
    ['call me Lee', 'do you remember my name?', 'Your name is Lee.'],
    ['اسمي سارة', 'ما اسمي؟', 'اسمك سارة.'],
    ['أهلا، اسمي خالد', 'هل تعرف اسمي؟', 'اسمك خالد.'],
    ['hello', 'who am I?', 'You have not told me your name yet. Say "my name is …" and I will remember it while we talk.'],
  ])('%s / %s → %s', (told, asked, answer) => {
    expect(reply(conversation(told, reply(conversation(told)), asked))).toBe(answer);
  });

  it.each([
    ['what is 12 * 3?', '12 * 3 = 36.'],
    ['٧ + ٥؟', '7 + 5 = 12.'],
    ['0.1+0.2', '0.1 + 0.2 = 0.3.'],
    ['I want a human', 'A human colleague can take over'],
    ['help', 'I can greet you'],
    ['bye', 'Goodbye!'],
    ['where is my parcel?', 'I have your question: “where is my parcel?”'],
    ['my lamp\n\nis broken', 'I have your message: “my lamp is broken”'],
    ['1 / 0 = ?', 'I have your question'],
  ])('%s → %s', (said, answer) => {
    expect(reply(conversation(said))).toContain(answer);
  });

  it('counts the messages of a turn, and not their empty lines', () => {
    const messages = (...texts: string[]) => turns(texts.map((text) => ({ role: 'customer' as const, text, at: 1 })));
    expect(reply(messages('my lamp\n\nis broken'))).toContain('I have your message: “my lamp is broken”');
    expect(reply(messages('my lamp\n\nis broken', 'it is new'))).toContain('I have your 2 messages: “my lamp is broken it is new”');
    expect(reply(messages('مصباحي\n\nمكسور', 'وهو جديد'))).toContain('وصلتني رسائلك وعددها 2');
  });

  it('quotes a long message clipped, and never half a character', () => {
    const answer = reply(conversation('😀'.repeat(1_000)));
    expect(answer).toContain(`${'😀'.repeat(159)}…`);
    expect(answer.isWellFormed()).toBe(true);
  });

  it('goes on in the language of before when a message has no letters', () => {
    expect(reply(conversation('مرحبا', reply(conversation('مرحبا')), '👍'))).toContain('وصلتني رسالتك');
  });
});

describe('how it says it', () => {
  it('streams word by word with a pause between words, the same each time, and estimates its usage', async () => {
    const pauses: number[] = [];
    const provider = createOfflineProvider({ delayMs: 40, sleep: async (ms) => void pauses.push(ms) });
    const messages = conversation('hello');
    const events = await collect(provider.stream(request(messages), new AbortController().signal));
    const words = events.flatMap((event) => (event.type === 'text' ? [event.text] : []));
    expect(words.join('')).toBe(reply(messages));
    expect(words.length).toBeGreaterThan(10);
    expect(pauses).toEqual(Array(words.length - 1).fill(40));
    expect(events.at(-2)).toMatchObject({ type: 'usage', usage: { estimated: true } });
    expect(events.at(-1)).toEqual({ type: 'stop', reason: 'end', model: 'offline-1' });
    expect(await collect(createOfflineProvider({ delayMs: 0 }).stream(request(messages), new AbortController().signal))).toEqual(events);
  });

  it('keeps to the most that it may write', async () => {
    const events = await collect(
      createOfflineProvider({ delayMs: 0 }).stream(request(conversation('hello'), 5), new AbortController().signal),
    );
    expect(events.at(-1)).toMatchObject({ reason: 'max_tokens' });
    expect(events.filter(({ type }) => type === 'text').length).toBeLessThan(6);
  });

  it('stops in the middle of a pause', async () => {
    const controller = new AbortController();
    const provider = createOfflineProvider({ delayMs: 600_000 });
    const heard: string[] = [];
    const run = (async () => {
      for await (const event of provider.stream(request(conversation('hello')), controller.signal)) {
        heard.push(event.type);
        queueMicrotask(() => controller.abort());
      }
    })();
    await expect(run).rejects.toMatchObject({ name: 'AbortError' });
    expect(heard).toEqual(['text']);
  });
});
