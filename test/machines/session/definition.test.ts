/** Host's view of `session@1`, with facts, journal entries, effects, input, notices and policy. */

import { describe, expect, it } from 'vitest';
import { createActor, initialTransition } from 'xstate';
import * as z from 'zod';
import { sessionContext } from '#machines/session/context.ts';
import { describeSessionEvent, sessionDefinitions, sessionFacts } from '#machines/session/definition.ts';
import { describeFileSend, describeMessageSend } from '#machines/session/effects.ts';
import { sessionMachine } from '#machines/session/machine.ts';
import { noticeName, noticeText } from '#machines/session/notices.ts';
import { policyOf, policySchema, policySettings } from '#machines/session/policy.ts';
import { ann, liveSession, OPENED_AT, report } from './live-session.ts';

const input = { address: 'web:default:v_1', assistant: 'companion', now: OPENED_AT };

describe('previews', () => {
  const preview = (context: unknown) => sessionDefinitions().at(-1)?.preview?.(context);

  it('show who writes, the last message and how much waits for an answer', () => {
    const s = liveSession();
    expect(preview(s.context())).toMatchObject({ customer: null, last: null, unanswered: 0, priority: 'normal' });
    s.send({ type: 'escalate', at: s.now(), reason: 'asked' });
    const customer = { handle: 'lea', phone: '+201234567' };
    s.send({ type: 'customer.message', id: 'm1', at: s.now(), text: `${'x'.repeat(159)}😀`, customer });
    // Half of a character is none.
    const last = { author: 'customer', text: `${'x'.repeat(159)}\uFFFD`, at: s.now() };
    expect(preview(s.context())).toMatchObject({ customer: 'lea', last, unanswered: 1, priority: 'normal' });
    expect(preview({ ...s.context(), handoff: undefined })).toEqual({ customer: 'lea', last, unanswered: 1, priority: 'normal', news: 1 });
    expect(preview({ ...s.context(), customer: { ...customer, name: 'Lea' } })).toMatchObject({ customer: 'Lea' });
    s.send({ type: 'note', at: s.now(), agent: ann, text: 'vip' });
    s.send({ type: 'agent.claim', at: s.now(), agent: ann });
    s.send({ type: 'agent.snooze', at: s.now(), agent: ann, until: 2_000_000_000_000 });
    expect(preview(s.context())).toMatchObject({ news: 2, snoozedUntil: 2_000_000_000_000 });
  });

  it('shows the words of a link, and never half of a character', () => {
    const s = liveSession();
    s.say('Where?');
    const card = { kind: 'location', latitude: 30, longitude: 31, name: 'Our office' } as const;
    s.send({ type: 'agent.message', at: s.now(), agent: ann, text: 'Here [it is](<https://example.com/(a) b>)', card });
    expect(preview(s.context())?.last?.text).toBe('Here it is\n\n📍 Our office');
    s.say(`${'x'.repeat(159)}👋`);
    expect(preview(s.context())?.last?.text).toBe(`${'x'.repeat(159)}\ufffd`);
    s.say(`[${'\\'.repeat(999)}](${'['.repeat(2_000)}`);
    expect(preview(s.context())?.last?.text).toHaveLength(160);
  });
});

describe('facts', () => {
  it('name state and handler of each state', () => {
    const s = liveSession({ returnMinutes: 0 });
    const seen = () => sessionFacts(s.actor.getSnapshot());
    expect(seen()).toEqual({ state: 'NEW', handler: 'bot', tags: [] });
    s.say('hi');
    expect(seen()).toMatchObject({ state: 'ACTIVE', handler: 'bot' });
    s.send({ type: 'escalate', at: s.now(), reason: 'asked' });
    expect(seen()).toMatchObject({ state: 'WAITING_AGENT', handler: 'none' });
    s.send({ type: 'agent.claim', at: s.now(), agent: ann });
    expect(seen()).toEqual({ state: 'ACTIVE', handler: 'human', agentId: 'a1', tags: [] });
    s.advance(30 * 60_000);
    expect(seen()).toMatchObject({ state: 'IDLE', handler: 'human', agentId: 'a1' });
    s.send({ type: 'close', at: s.now(), by: 'Ann', reason: 'done' });
    expect(seen()).toEqual({ state: 'CLOSED', handler: 'none', tags: [] });
    expect(s.context()).toMatchObject({ closedAt: s.now(), closedBy: 'Ann', closeReason: 'done' });
  });

  it('name the queue and since when it waits, only while it waits', () => {
    const s = liveSession();
    const seen = () => sessionFacts(s.actor.getSnapshot());
    s.say('hi');
    const since = s.now();
    s.send({ type: 'escalate', at: since, reason: 'asked', queue: 'billing' });
    expect(seen()).toEqual({ state: 'WAITING_AGENT', handler: 'none', tags: [], queue: 'billing', waitingSince: since });
    s.advance(1_000);
    s.send({ type: 'agent.transfer', at: s.now(), agent: ann, queue: 'sales' });
    expect(seen()).toMatchObject({ queue: 'sales', waitingSince: since });
    s.send({ type: 'agent.claim', at: s.now(), agent: ann });
    expect(seen()).toEqual({ state: 'ACTIVE', handler: 'human', agentId: 'a1', tags: [] });
    s.send({ type: 'agent.transfer', at: s.now(), agent: ann });
    expect(seen()).toEqual({ state: 'WAITING_AGENT', handler: 'none', tags: [], waitingSince: s.now() });
    s.send({ type: 'close', at: s.now(), by: 'Ann', reason: 'done' });
    expect(seen()).toEqual({ state: 'CLOSED', handler: 'none', tags: [] });
  });

  it("of another machine's snapshot are an error", () => {
    expect(() => sessionFacts({ value: 'red', context: {}, status: 'active' })).toThrow(z.ZodError);
    expect(() => sessionContext({ context: { red: true } })).toThrow(/not one of the session machine/);
  });
});

describe('journal entries', () => {
  it.each([
    [
      { type: 'customer.message', id: 'm', at: 1, text: 'hi' },
      { kind: 'customer.message', author: 'customer', text: 'hi' },
    ],
    [
      { type: 'customer.command', id: 'm', at: 1, name: 'analyze', args: 'AAPL' },
      { kind: 'customer.message', author: 'customer', text: '/analyze AAPL' },
    ],
    [
      { type: 'customer.command', id: 'm', at: 1, name: 'stop', args: '' },
      { kind: 'customer.message', author: 'customer', text: '/stop' },
    ],
    [
      { type: 'customer.edit', id: 'm', at: 1, text: 'ho' },
      { kind: 'customer.edit', author: 'customer', text: 'ho' },
    ],
    [
      { type: 'note', at: 1, agent: ann, text: 'vip' },
      { kind: 'note', author: 'Ann', text: 'vip' },
    ],
    [
      { type: 'agent.claim', at: 1, agent: ann },
      { kind: 'transition', author: 'Ann', text: 'agent.claim' },
    ],
    [
      { type: 'agent.message', at: 1, agent: ann, text: 'hi' },
      { kind: 'transition', author: 'Ann', text: 'agent.message' },
    ],
    [
      { type: 'escalate', at: 1, reason: 'angry' },
      { kind: 'transition', text: 'escalate: angry' },
    ],
    [
      { type: 'close', at: 1, by: 'Ann' },
      { kind: 'transition', author: 'Ann', text: 'close' },
    ],
    [{ type: 'xstate.after.idle.session.open' }, { kind: 'timer' }],
    [
      { type: 'xstate.done.actor.answer', output: {} },
      { kind: 'run', text: 'done' },
    ],
    [
      { type: 'xstate.error.actor.answer', error: {} },
      { kind: 'run', text: 'failed' },
    ],
    [{ type: 'martian' }, undefined],
  ])('%j', (event, entry) => {
    expect(describeSessionEvent(event)).toEqual(entry);
  });

  it('of sent messages say who spoke', () => {
    const kinds = (['assistant', 'agent', 'system'] as const).map((author) => describeMessageSend({ text: 'hi', author, draft: null }));
    expect(kinds.map(({ kind }) => kind)).toEqual(['assistant.message', 'agent.message', 'system.message']);
    expect(describeMessageSend({ text: 'hi', author: 'agent', agent: ann, draft: null })).toMatchObject({ author: 'Ann', message: true });
  });

  it('of a sent file are a message of the assistant’s that has its name', () => {
    expect(describeFileSend({ file: report, author: 'assistant' })).toEqual({
      kind: 'assistant.message',
      author: 'assistant',
      text: 'AAPL.pdf',
      message: true,
    });
  });
});

describe('effects', () => {
  it('have no implementation in the machine, and nothing else lacks one: a host without them refuses it', () => {
    for (const { machine } of sessionDefinitions()) {
      const { actions } = machine.implementations;
      for (const effect of ['message.send', 'file.send', 'reaction.send', 'agents.notify', 'media.keep'])
        expect(Object.keys(actions)).not.toContain(effect);
      const bodies = Object.values(actions).filter((action) => !(typeof action === 'function' && 'resolve' in action));
      expect(bodies).toEqual([]);
    }
  });
});

describe('input', () => {
  it('opens a session that links to the one before', () => {
    const [snapshot] = initialTransition(sessionMachine, { ...input, previous: 's0', customer: { name: 'Nora', locale: 'ar-EG' } });
    expect(sessionContext(snapshot)).toMatchObject({
      previous: 's0',
      customer: { name: 'Nora' },
      openedAt: OPENED_AT,
      lastActivityAt: OPENED_AT,
      policy: {},
    });
  });

  it('that is wrong is refused with every fault', () => {
    const actor = createActor(sessionMachine, { input: { ...input, now: -1, policy: { idleMinutes: 0 } } });
    const errors: unknown[] = [];
    actor.subscribe({ error: (error) => void errors.push(error) });
    actor.start();
    expect(actor.getSnapshot().status).toBe('error');
    expect(String(errors[0])).toMatch(/now[\s\S]*idleMinutes|idleMinutes[\s\S]*now/);
  });

  it("the customer's name is learnt from what they send", () => {
    const s = liveSession();
    s.send({ type: 'customer.message', id: 'm1', at: s.now(), text: 'hi', customer: { name: 'Nora', phone: undefined } });
    expect(s.context().customer).toEqual({ name: 'Nora' });
    expect(Object.keys(s.context().customer)).toEqual(['name']);
  });
});

describe('notices', () => {
  it('exist in English and Arabic', () => {
    for (const name of noticeName.options) {
      expect(noticeText(name, 'en-GB', {})).toMatch(/[a-z]/);
      expect(noticeText(name, 'ar-EG', {})).toMatch(/[\u0600-\u06ff]/);
      expect(noticeText(name, 'fr', {})).toBe(noticeText(name, 'en', {}));
    }
  });

  it("are the assistant's own where it has words, in the customer's language", () => {
    const texts = { en: { stopped: 'Halted.' }, 'ar-EG': { stopped: 'خلاص.' } };
    const s = liveSession({ texts });
    s.say('hi');
    s.command('stop');
    expect(s.sent.at(-1)?.text).toBe('Halted.');
    const arabic = liveSession({ texts }, { customer: { locale: 'ar-EG' } });
    arabic.say('hi');
    arabic.command('stop');
    arabic.command('help');
    expect(arabic.sent.map(({ text }) => text)).toEqual(['خلاص.', noticeText('help', 'ar', {})]);
  });

  it('put a subject in as it is', () => {
    expect(noticeText('confirmAnalysis', 'en', {}, { subject: "$& $' $1 {place}", place: '2' })).toContain("$& $' $1 {place}");
  });
});

describe('policy', () => {
  it('has a valid default for everything', () => {
    expect(policySchema.parse(policyOf({}))).toMatchObject({
      idleMinutes: 30,
      expiryHours: 24,
      agentWaitMinutes: 10,
      analysisExpiryMinutes: 60,
      confirmationMinutes: 2,
      debounceMs: 800,
      overlap: 'queue',
      maxMessageHistory: 20,
      maxFailures: 3,
    });
  });

  it.each([
    { idleMinutes: 0 },
    { idleMinutes: 40_000 },
    { expiryHours: 600 },
    { overlap: 'both' },
    { subjectPattern: '(' },
    { nonsense: 1 },
    { maxMessageHistory: 0 },
  ])('refuses %j', (settings) => {
    expect(policySettings.safeParse(settings).success).toBe(false);
  });
});
