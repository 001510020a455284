/**
 * Memory in the session machine (M2, M4). What starts a summary, its result, and that nothing waits
 * for it.
 */
import { describe, expect, it } from 'vitest';
import { createActor } from 'xstate';
import { sessionContext } from '#machines/session/context.ts';
import { sessionDefinitions } from '#machines/session/definition.ts';
import { NO_HANDOFF } from '#machines/session/handoff-facts.ts';
import { sessionMachine1 } from '#machines/session/machine.ts';
import { estimateTokens } from '#machines/tokens.ts';
import { machineVersions } from '#machines/versions.ts';
import { ann, type LiveSession, liveSession, OPENED_AT, settle } from './live-session.ts';

const at0 = { debounceMs: 0 };

/** A message and its answer. */
async function exchange(s: LiveSession, text: string, answer = `about ${text}`): Promise<void> {
  s.say(text);
  await s.answers.at(-1)?.done({ text: answer });
}

/** Ten exchanges fill the window of twenty. */
async function filled(s: LiveSession): Promise<void> {
  for (let n = 1; n <= 10; n += 1) await exchange(s, `thing ${n}`);
}

describe('a summary', () => {
  it('is made of the older 70 % when the window is full, and lies over them: they stay', async () => {
    const s = liveSession(at0);
    await filled(s);
    const [run] = s.summaries;
    expect(s.summaries).toHaveLength(1);
    expect(run?.input).toMatchObject({ assistant: 'companion', earlier: [], maxTokens: 500 });
    expect(run?.input.messages.map(({ text }) => text)).toEqual([
      ...['thing 1', 'about thing 1', 'thing 2', 'about thing 2', 'thing 3', 'about thing 3', 'thing 4', 'about thing 4'],
      ...['thing 5', 'about thing 5', 'thing 6', 'about thing 6', 'thing 7', 'about thing 7'],
    ]);
    const { lastActivityAt } = s.context();
    await run?.done({ text: '- they spoke of seven things', at: s.now() + 5_000, usage: { tokensIn: 300, tokensOut: 20 } });
    expect(s.context().memory).toEqual({
      summaries: [
        {
          text: '- they spoke of seven things',
          tokens: estimateTokens('- they spoke of seven things'),
          by: 'model',
          messages: 14,
          from: OPENED_AT,
          until: OPENED_AT,
          through: 'assistant.14',
        },
      ],
      taking: null,
      failedAt: null,
      ratio: 1,
    });
    expect(s.context().messages).toHaveLength(20);
    expect(s.context().counters).toMatchObject({ tokensIn: 300, tokensOut: 20, runs: 11, errors: 0 });
    expect(s.context().lastActivityAt, 'nobody did anything').toBe(lastActivityAt);

    s.say('and now?');
    expect(s.answers.at(-1)?.input).toMatchObject({ summaries: [{ text: '- they spoke of seven things' }], tokenLimit: 4_000 });
    expect(
      s.answers
        .at(-1)
        ?.input.messages.map(({ text }) => text)
        .slice(0, 2),
    ).toEqual(['thing 8', 'about thing 8']);
    expect(s.answers.at(-1)?.input.messages).toHaveLength(7);
  });

  it('is made at 70 % of the token limit, by the weight of the messages', async () => {
    const s = liveSession({ ...at0, tokenLimit: 1_000 });
    const long = 'word '.repeat(55);
    for (let n = 1; n <= 5; n += 1) await exchange(s, long, long);
    expect(s.summaries).toEqual([]);
    for (const { tokens } of s.context().messages) expect(tokens).toBeGreaterThan(55);
    await exchange(s, long, long);
    expect(s.summaries).toHaveLength(1);
    expect(s.summaries[0]?.input).toMatchObject({ maxTokens: 250, messages: { length: 10 } });
  });

  it('delays no answer, and no answer delays it', async () => {
    const s = liveSession(at0);
    await filled(s);
    expect(s.value().memory).toBe('summarising');
    await exchange(s, 'while it is made', 'at once');
    expect(s.told().at(-1)).toBe('at once');
    expect(s.value().memory).toBe('summarising');
    s.say('a question');
    expect(s.value().answer).toBe('answering');
    await s.summaries[0]?.done({ text: 'short' });
    expect(s.value()).toMatchObject({ memory: 'idle', answer: 'answering' });
    await s.answers.at(-1)?.done({ text: 'an answer' });
    expect(s.told().at(-1)).toBe('an answer');
    expect(s.answers.filter(({ signal }) => signal.aborted)).toEqual([]);
  });

  it('goes on whoever handles the session, and ends with it', async () => {
    const s = liveSession(at0);
    s.send({ type: 'agent.claim', at: s.now(), agent: ann });
    for (let n = 1; n <= 20; n += 1) s.say(`to a human ${n}`);
    expect(s.summaries).toHaveLength(1);
    s.send({ type: 'close', at: s.now(), by: 'Ann' });
    await settle();
    expect(s.summaries[0]?.signal.aborted).toBe(true);
  });

  it('that fails harms nothing and is tried again with the next message', async () => {
    const s = liveSession(at0);
    await filled(s);
    await s.summaries[0]?.fail();
    expect(s.context().memory).toMatchObject({ summaries: [], taking: null, failedAt: 20 });
    expect(s.context().counters.errors).toBe(1);
    expect(s.told().filter((text) => text === 'apology')).toEqual([]);
    expect(s.summaries, 'not in a loop').toHaveLength(1);
    s.say('more');
    expect(s.summaries).toHaveLength(2);
    await s.summaries[1]?.done({ text: '  \n ' });
    expect(s.context().memory).toMatchObject({ summaries: [], failedAt: 21 });
    await s.answers.at(-1)?.done({ text: 'yes' });
    await s.summaries[2]?.done({ text: 'at last' });
    expect(s.context().memory).toMatchObject({ summaries: [{ text: 'at last' }], failedAt: null });
  });

  it('that is too long is cut to its size', async () => {
    const s = liveSession({ ...at0, summaryTokens: 60 });
    await filled(s);
    await s.summaries[0]?.done({ text: 'many words '.repeat(400) });
    const [made] = s.context().memory?.summaries ?? [];
    expect(made?.tokens).toBeLessThanOrEqual(60);
    expect(made?.tokens).toBe(estimateTokens(made?.text ?? ''));
    expect(made?.text).toMatch(/(?:many|words)…$/);
  });

  it('stacks, and takes the earlier ones in when they are too many', async () => {
    const s = liveSession(at0);
    await filled(s);
    const words = 'x'.repeat(2_200);
    for (let n = 1; n <= 4; n += 1) {
      await s.summaries.at(-1)?.done({ text: `${n} ${words}` });
      for (let more = 1; more <= 7; more += 1) await exchange(s, `later ${more}`);
    }
    expect(s.summaries.map(({ input }) => input.earlier.length)).toEqual([0, 0, 0, 3, 0]);
    expect(s.context().memory?.summaries.map(({ messages }) => messages)).toEqual([56]);
  });

  it('leaves out an answer in the making, which stands where it was asked for', async () => {
    const s = liveSession(at0);
    for (let n = 1; n <= 4; n += 1) await exchange(s, `thing ${n}`);
    s.say('slow question');
    for (let n = 1; n <= 11; n += 1) s.say(`burst ${n}`);
    expect(s.summaries, 'it may take nine, and ten is the least').toEqual([]);
    await s.answers.at(-1)?.done({ text: 'slow answer' });
    expect(s.summaries).toHaveLength(1);
    expect(s.summaries[0]?.input.messages.map(({ text }) => text)).toContain('slow answer');
  });
});

describe('/reset', () => {
  it('clears messages and keeps summaries and preferences (M4)', async () => {
    const s = liveSession(at0);
    await filled(s);
    await s.answers.at(-1)?.done({ text: 'late' });
    await s.summaries[0]?.done({ text: 'what was said' });
    s.say('I like tea');
    await s.answers.at(-1)?.done({ text: 'noted', preferences: { drink: 'tea' } });
    s.command('reset');
    expect(s.context()).toMatchObject({ messages: [], preferences: { drink: 'tea' }, memory: { summaries: [{ text: 'what was said' }] } });
    s.say('hello again');
    expect(s.answers.at(-1)?.input).toMatchObject({ summaries: [{ text: 'what was said' }], preferences: { drink: 'tea' } });
    expect(s.answers.at(-1)?.input.messages.map(({ text }) => text)).toEqual(['hello again']);
  });

  it('stops the summary of what it clears, which /stop does not', async () => {
    const s = liveSession(at0);
    await filled(s);
    s.say('wait');
    s.command('stop');
    expect(s.answers.at(-1)?.signal.aborted).toBe(true);
    expect(s.summaries.map(({ signal }) => signal.aborted)).toEqual([false]);
    s.command('reset');
    expect(s.value().memory).toBe('idle');
    expect(s.summaries[0]?.signal.aborted).toBe(true);
    await s.summaries[0]?.done({ text: 'too late' });
    expect(s.context().memory).toMatchObject({ summaries: [], taking: null });
  });
});

describe('tokens', () => {
  it("are counted the provider's way, as its answers show it, within reason", async () => {
    const s = liveSession(at0);
    s.say('hi');
    await s.answers.at(-1)?.done({ text: 'hello', tokenRatio: 1.4 });
    expect(s.context().memory?.ratio).toBe(1.2);
    s.say('hi');
    await s.answers.at(-1)?.done({ text: 'hello', tokenRatio: 90 });
    expect(s.context().memory?.ratio).toBe(1.6);
    s.say('hi');
    expect(s.answers.at(-1)?.input.tokenRatio).toBe(1.6);
  });

  it('of an edited message are those of its new text', () => {
    const s = liveSession({ debounceMs: 800 });
    const id = s.say('hi');
    s.send({ type: 'customer.edit', id, at: s.now(), text: 'a much longer text than before' });
    expect(s.context().messages[0]?.tokens).toBe(estimateTokens('a much longer text than before'));
  });
});

describe('a session of session@1', () => {
  const versions = machineVersions(sessionDefinitions());

  it('is taken to session@3 with everything that it had, and remembers from then on', () => {
    const old = createActor(sessionMachine1, { input: { address: 'web:a:b', assistant: 'companion', now: 1 } }).start();
    for (let n = 1; n <= 3; n += 1) old.send({ type: 'customer.message', id: `m${n}`, at: n, text: `message ${n}` });
    const stored = JSON.parse(JSON.stringify(old.getPersistedSnapshot()));
    old.stop();
    expect(stored.context.memory).toBeUndefined();
    expect(stored.value.open).not.toHaveProperty('memory');
    const { definition, persisted, steps } = versions.migrate({ id: 'session', version: 1, persisted: stored });
    expect([definition.version, steps]).toEqual([3, [2, 3]]);
    expect(persisted.value).toEqual({ open: { ...stored.value.open, memory: 'idle' } });
    const { memory, analyses, messages, handoff, service, ...rest } = sessionContext(persisted);
    expect([analyses, handoff]).toEqual([[], NO_HANDOFF]);
    expect(service).toEqual({ firstAt: 1, humanAt: null, unansweredSince: 1, withoutHumanSince: 1 });
    expect(memory).toEqual({ summaries: [], taking: null, failedAt: null, ratio: 1 });
    expect({ ...rest, messages: messages.map(({ tokens: _, ...message }) => message) }).toEqual(stored.context);
    expect(messages.map(({ tokens }) => tokens)).toEqual(messages.map(({ text }) => estimateTokens(text)));

    const now = createActor(definition.machine, { snapshot: persisted as never }).start();
    expect(now.getSnapshot().matches({ open: { memory: 'idle' } })).toBe(true);
    for (let n = 4; n <= 20; n += 1) now.send({ type: 'customer.message', id: `m${n}`, at: n, text: `message ${n}` });
    expect(now.getSnapshot().matches({ open: { memory: 'summarising' } })).toBe(true);
    now.stop();
  });

  it('that is closed stays closed', () => {
    const old = createActor(sessionMachine1, { input: { address: 'web:a:b', assistant: 'companion', now: 1 } }).start();
    old.send({ type: 'close', at: 2, by: 'Ann' });
    const stored = JSON.parse(JSON.stringify(old.getPersistedSnapshot()));
    expect(versions.migrate({ id: 'session', version: 1, persisted: stored }).persisted).toMatchObject({ value: 'CLOSED', status: 'done' });
  });

  it('was not changed: it makes no summaries', () => {
    const old = createActor(sessionMachine1, { input: { address: 'web:a:b', assistant: 'companion', now: 1 } }).start();
    for (let n = 1; n <= 40; n += 1) old.send({ type: 'customer.message', id: `m${n}`, at: n, text: 'long '.repeat(500) });
    expect(Object.keys(old.getSnapshot().context)).not.toContain('memory');
    expect(old.getSnapshot().context.messages[0]).not.toHaveProperty('tokens');
    expect(Object.keys(old.getSnapshot().children)).not.toContain('summarise');
    old.stop();
  });
});
