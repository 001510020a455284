/** The assigner over real sessions, with agents who come, go and claim, also with two instances. */
import { v7 as uuidv7 } from 'uuid';
import { afterEach, describe, expect, test, vi } from 'vitest';
import * as z from 'zod';
import type { Receipt } from '#actors/contract/api.ts';
import { defineEffect } from '#actors/contract/effect.ts';
import { Registry } from '#actors/contract/registry.ts';
import { systemClock } from '#actors/contract/system-clock.ts';
import { previewReader } from '#actors/session/preview.ts';
import { TestRuntime } from '#actors/testing/test-runtime.ts';
import { sessionInputOf } from '#assistants/bind-assistant.ts';
import { StatechatError } from '#machines/errors.ts';
import { ALWAYS_OPEN } from '#machines/handoff/business-hours.ts';
import { queuesOf, queuesSchema } from '#machines/handoff/queues.ts';
import { parseSessionId, type SessionId } from '#machines/ids.ts';
import { sessionDefinitions } from '#machines/session/definition.ts';
import type { PolicySettings } from '#machines/session/policy.ts';
import { Assigner } from '#src/handoff/assigner.ts';
import { hoursOfQueues, serviceClocks } from '#src/handoff/service-levels.ts';
import { availabilities } from '#src/operations/availability.ts';
import { createMemoryStore } from '#storage/memory/adapter.ts';
import type { SessionRow } from '#storage/port.ts';
import { newAddress } from '#test/contracts/store-fixtures.ts';

const OFFLINE_AFTER_MS = 60_000;
const PATIENCE = { interval: 10 };

const offices: { stop(): Promise<void> }[] = [];
afterEach(async () => {
  for (const office of offices.splice(0)) await office.stop();
});

interface OfficeOptions {
  readonly queues?: object;
  readonly policy?: PolicySettings;
  /** Instances on the store. Each assigns. */
  readonly instances?: number;
  /** For how long each reads who is there before somebody is absent. */
  readonly settleMs?: number;
  /** Stands between the assigner and the sessions. */
  readonly deliver?: (to: { readonly sessionId: SessionId }, real: () => Promise<Receipt>) => Promise<Receipt>;
}

function fail(): never {
  throw new Error('the assigner knows the session');
}

function office({
  queues = { default: { assignment: { method: 'round_robin' } } },
  policy = {},
  instances = 1,
  settleMs = 0,
  deliver = (_to, real) => real(),
}: OfficeOptions = {}) {
  const lifecycle = createMemoryStore();
  const { store, agents, handoff: records } = lifecycle;
  const terms = { queues: queuesOf(queuesSchema.parse(queues)), capacity: 2, offlineAfterMs: OFFLINE_AFTER_MS };
  const errors: unknown[] = [];
  const breaches: string[] = [];
  const registry = new Registry({
    assistants: [
      {
        name: 'companion',
        definitions: sessionDefinitions(),
        input: (opening, previous) => sessionInputOf(opening, { ...terms.queues.policy, ...policy }, previous),
      },
    ],
    effects: [],
    fallbackEffect: defineEffect({ type: 'any', params: z.unknown(), lane: 'none', run: async () => undefined }),
  });
  const runtimes = Array.from({ length: instances }, () => {
    const onError = (where: string, error: unknown): void => void errors.push(where, error);
    return new TestRuntime({ store, registry, owner: uuidv7(), newSessionId: () => parseSessionId(uuidv7()), onError });
  });
  const [runtime] = runtimes;
  if (runtime === undefined) throw new Error('there is no instance');
  const stopping = new AbortController();
  const works: Promise<void>[] = [];
  const now = (): number => Date.now();
  let count = 0;
  let passes = 0;
  const gone = new Set<string>();

  const self = {
    lifecycle,
    runtimes,
    runtime,
    errors,
    breaches,
    /** Assigns from now on, in each instance. */
    start(): void {
      for (const actors of runtimes) {
        const assigner = new Assigner({
          actors: {
            watchSessions: (options, watcher) => actors.watchSessions(options, watcher),
            deliver: (to, event, options) => ('sessionId' in to ? deliver(to, () => actors.deliver(to, event, options)) : fail()),
          },
          store,
          preview: previewReader(registry),
          clocksOf: serviceClocks(terms.queues, hoursOfQueues(ALWAYS_OPEN).hoursOf),
          agents: async () => {
            passes += 1;
            const known = await availabilities({ agents, handoff: records, terms, now });
            return known.map((agent) => (gone.has(agent.id) ? { ...agent, online: false } : agent));
          },
          records,
          terms: { ...terms, offlineAfterMs: settleMs },
          clock: systemClock,
          hears: () => false,
          onBreach: (target) => void breaches.push(target),
          onError: (where, error) => void errors.push(where, error),
          pollMs: 20,
        });
        works.push(assigner.work(stopping.signal));
      }
    },
    async join(id: string, { skills = [] as string[], capacity = null as number | null, online = true } = {}): Promise<void> {
      const account = { id, login: id, name: id.toUpperCase(), role: 'agent' as const, passwordHash: null, identity: null };
      await agents.putAgent({ ...account, disabled: false, createdAt: 1, skills, capacity, version: 1 });
      await records.seen([id], online ? now() : now() - 2 * OFFLINE_AFTER_MS);
    },
    leave: (id: string): void => void gone.add(id),
    async wait(queue?: string): Promise<SessionId> {
      count += 1;
      const at = now();
      const event = { type: 'escalate', at, reason: `asked ${count}`, ...(queue === undefined ? {} : { queue }) };
      return (await runtime.deliver({ address: newAddress(), assistant: 'companion' }, event)).sessionId;
    },
    async row(id: SessionId): Promise<SessionRow> {
      const row = await store.load({ id });
      if (row === undefined) throw new Error('there is no session');
      return row;
    },
    holder: async (id: SessionId): Promise<string | null> => (await self.row(id)).agentId,
    async held(id: SessionId): Promise<string> {
      return vi.waitFor(async () => {
        const agentId = await self.holder(id);
        expect(agentId).not.toBeNull();
        return String(agentId);
      }, PATIENCE);
    },
    /** Each instance has made another pass, and one after it. */
    async passes(): Promise<void> {
      const enough = passes + 2 * instances + 1;
      await vi.waitFor(() => expect(passes).toBeGreaterThan(enough), PATIENCE);
    },
    journal: async (id: SessionId) => (await store.journal(id, 0, 100)).map(({ text }) => text),
    async stop(): Promise<void> {
      stopping.abort();
      await Promise.all(works);
      for (const one of runtimes) await one.drain();
    },
  };
  offices.push(self);
  return self;
}

/** A customer whose session AMIRA has just closed. */
async function cameBack(o: ReturnType<typeof office>): Promise<SessionId> {
  const address = newAddress();
  const to = { address, assistant: 'companion' };
  await o.runtime.deliver(to, { type: 'escalate', at: Date.now(), reason: 'asked' });
  await o.runtime.deliver(to, { type: 'agent.claim', at: Date.now(), agent: { id: 'amira', name: 'AMIRA' } });
  await o.runtime.deliver(to, { type: 'close', at: Date.now(), by: 'amira' });
  return (await o.runtime.deliver(to, { type: 'customer.message', id: 'm1', at: Date.now(), text: 'it broke again' })).sessionId;
}

describe('a rule', () => {
  test('gives each session that waits to the agent whose turn it is, as far as there is room', async () => {
    const o = office();
    await o.join('amira');
    await o.join('bilal');
    await o.join('chris', { online: false });
    const before = await o.wait();
    o.start();
    const first = await o.held(before);
    const second = await o.held(await o.wait());
    expect([first, second].sort()).toEqual(['amira', 'bilal']);
    const more = [await o.held(await o.wait()), await o.held(await o.wait())];
    expect(more).toEqual([first, second]);
    // Each has two, as many as the program gives them.
    const fifth = await o.wait();
    await o.passes();
    expect(await o.holder(fifth)).toBeNull();
    await o.runtime.deliver({ sessionId: before }, { type: 'close', at: Date.now(), by: first });
    expect(await o.held(fifth)).toBe(first);
    expect(await o.journal(fifth)).toContain(`agent.assign: ${first.toUpperCase()} by round_robin`);
    expect(o.errors).toEqual([]);
  });

  test('waits for an agent who knows what the queue needs, and takes one who comes', async () => {
    const o = office({
      queues: { queues: { billing: { skills: ['billing'], assignment: { method: 'least_busy' } }, other: {} } },
    });
    await o.join('amira');
    o.start();
    const billing = await o.wait('billing');
    const manual = await o.wait('other');
    await o.passes();
    expect([await o.holder(billing), await o.holder(manual)]).toEqual([null, null]);
    await o.join('bilal', { skills: ['billing', 'sales'] });
    expect(await o.held(billing)).toBe('bilal');
    await o.passes();
    expect(await o.holder(manual)).toBeNull();
  });

  test('gives nobody a session while the agent is away', async () => {
    const o = office();
    await o.join('amira');
    await o.lifecycle.handoff.setAway('amira', true);
    o.start();
    const id = await o.wait();
    await o.passes();
    expect(await o.holder(id)).toBeNull();
    await o.lifecycle.handoff.setAway('amira', false);
    expect(await o.held(id)).toBe('amira');
  });

  test('gives the most urgent and then the longest wait first', async () => {
    const o = office();
    const [first, second] = [await o.wait(), await o.wait()];
    const waitingSince = (await o.row(first)).waitingSince ?? 0;
    expect(waitingSince).toBeLessThanOrEqual((await o.row(second)).waitingSince ?? 0);
    await o.join('amira', { capacity: 1 });
    o.start();
    expect(await o.held(first)).toBe('amira');
    await o.passes();
    expect(await o.holder(second)).toBeNull();
  });

  test('passes over a session that takes no event for good', async () => {
    const broken = new Set<SessionId>();
    const o = office({
      deliver: ({ sessionId }, real) => (broken.has(sessionId) ? Promise.reject(new StatechatError('defect', 'broken')) : real()),
    });
    const [first, second] = [await o.wait(), await o.wait()];
    broken.add(first);
    await o.join('amira', { capacity: 1 });
    o.start();
    expect(await o.held(second)).toBe('amira');
    await o.passes();
    expect(o.errors).toEqual([`the assignment of session ${first}`, expect.any(StatechatError)]);
  });

  test('repeats no event that was ignored, until something else happens', async () => {
    const refusing = { isOn: true };
    const o = office({
      deliver: async ({ sessionId }, real) =>
        refusing.isOn ? o.runtime.deliver({ sessionId }, { type: 'snooze.due', at: Date.now() }) : real(),
    });
    await o.join('amira');
    const id = await o.wait();
    o.start();
    await vi.waitFor(async () => expect(await o.journal(id)).toContain('snooze.due'), PATIENCE);
    await o.passes();
    expect((await o.journal(id)).filter((text) => text === 'snooze.due')).toHaveLength(1);
    refusing.isOn = false;
    await o.runtime.deliver({ sessionId: id }, { type: 'customer.message', id: 'm1', at: Date.now(), text: 'still here' });
    expect(await o.held(id)).toBe('amira');
  });

  test('gives the place of a session to the next one if it is closed as it is assigned', async () => {
    const closing = new Set<SessionId>();
    const o = office({
      async deliver({ sessionId }, real) {
        const receipt = await real();
        if (closing.delete(sessionId)) await o.runtime.deliver({ sessionId }, { type: 'close', at: Date.now(), by: 'chris' });
        return receipt;
      },
    });
    const [first, second] = [await o.wait(), await o.wait()];
    closing.add(first);
    await o.join('amira', { capacity: 1 });
    o.start();
    expect(await o.held(second)).toBe('amira');
    expect((await o.row(first)).open).toBe(false);
  });

  test('is kept in the store, so that the turn goes on after another instance', async () => {
    const o = office();
    await o.join('amira');
    await o.join('bilal');
    await o.lifecycle.handoff.assigned('amira', Date.now() - 1_000);
    o.start();
    expect(await o.held(await o.wait())).toBe('bilal');
    const states = await o.lifecycle.handoff.agentStates();
    const at = Object.fromEntries(states.map(({ agentId, assignedAt }) => [agentId, assignedAt ?? 0]));
    expect(at['bilal']).toBeGreaterThan(at['amira'] ?? 0);
  });
});

describe('an agent who is offline', () => {
  const say = (o: ReturnType<typeof office>, sessionId: SessionId, id: string) =>
    o.runtime.deliver({ sessionId }, { type: 'customer.message', id, at: Date.now(), text: 'are you there?' });
  const answer = (o: ReturnType<typeof office>, sessionId: SessionId, agent: string) =>
    o.runtime.deliver(
      { sessionId },
      { type: 'agent.message', at: Date.now(), agent: { id: agent, name: agent.toUpperCase() }, text: 'here' },
    );

  test('loses the sessions in which the customer waits, and the others with the next message', async () => {
    const o = office();
    await o.join('amira');
    o.start();
    const [asks, answered] = [await o.wait(), await o.wait()];
    await o.held(asks);
    await o.held(answered);
    await answer(o, answered, 'amira');
    await o.join('bilal');
    o.leave('amira');
    await vi.waitFor(async () => expect(await o.holder(asks)).toBe('bilal'), PATIENCE);
    await o.passes();
    expect(await o.holder(answered)).toBe('amira');
    await say(o, answered, 'm1');
    await vi.waitFor(async () => expect(await o.holder(answered)).toBe('bilal'), PATIENCE);
    expect(await o.journal(answered)).toContain('agent.offline: AMIRA');
    expect(o.errors).toEqual([]);
  });

  test('is not known to be so right after a restart, in which no console could connect', async () => {
    const o = office({ settleMs: 3_600_000, queues: {}, policy: { reopenMinutes: 60 } });
    await o.join('amira', { online: false });
    const id = await o.wait();
    await o.runtime.deliver({ sessionId: id }, { type: 'agent.claim', at: Date.now(), agent: { id: 'amira', name: 'AMIRA' } });
    const reopened = await cameBack(o);
    o.start();
    await o.passes();
    expect(await o.holder(id)).toBe('amira');
    expect((await o.row(reopened)).state).toBe('WAITING_AGENT');
    await o.join('amira');
    expect(await o.held(reopened)).toBe('amira');
  });

  test('is not one who never had a console, and works elsewhere', async () => {
    const o = office({ queues: {} });
    const account = { id: 'api', login: 'api', name: 'API', role: 'agent' as const, passwordHash: null, identity: null };
    await o.lifecycle.agents.putAgent({ ...account, disabled: false, createdAt: 1, skills: [], capacity: null, version: 1 });
    const id = await o.wait();
    await o.runtime.deliver({ sessionId: id }, { type: 'agent.claim', at: Date.now(), agent: { id: 'api', name: 'API' } });
    o.start();
    await o.passes();
    expect(await o.holder(id)).toBe('api');
  });
});

describe('a customer who comes back', () => {
  test('goes to the agent of before, in a queue without a rule too', async () => {
    const o = office({ queues: {}, policy: { reopenMinutes: 60 } });
    await o.join('amira');
    await o.join('bilal');
    const id = await cameBack(o);
    expect((await o.row(id)).state).toBe('WAITING_AGENT');
    o.start();
    expect(await o.held(id)).toBe('amira');
    expect(await o.journal(id)).toContain('agent.assign: AMIRA by sticky');
  });

  test('goes to the bot while that agent is not there', async () => {
    const o = office({ queues: {}, policy: { reopenMinutes: 60 } });
    await o.join('amira', { online: false });
    await o.join('bilal');
    const id = await cameBack(o);
    expect((await o.row(id)).state).toBe('WAITING_AGENT');
    o.start();
    await vi.waitFor(async () => expect((await o.row(id)).handler).toBe('bot'), PATIENCE);
    expect(await o.journal(id)).toContain('agent.offline: AMIRA');
  });
});

describe('a customer who comes back, where any agent may answer then', () => {
  const policy: PolicySettings = { reopenMinutes: 60, reopenElse: 'queue' };

  test('goes by the rule to another agent while that one is not there', async () => {
    const o = office({ policy });
    await o.join('amira', { online: false });
    await o.join('bilal');
    const id = await cameBack(o);
    o.start();
    expect(await o.held(id)).toBe('bilal');
    expect(await o.journal(id)).toContain('agent.assign: BILAL by round_robin');
  });

  test('waits in a queue without a rule, and is told once that the agent is not there', async () => {
    const o = office({ queues: {}, policy });
    await o.join('amira', { online: false });
    const id = await cameBack(o);
    o.start();
    await o.passes();
    await o.passes();
    expect((await o.row(id)).state).toBe('WAITING_AGENT');
    expect((await o.journal(id)).filter((text) => text === 'agent.offline: AMIRA')).toHaveLength(1);
  });
});

describe('two instances at once, and an agent who claims', () => {
  test('come to one outcome for each session, and nobody gets more than fits', async () => {
    const o = office({ instances: 2 });
    await o.join('amira', { capacity: 20 });
    await o.join('bilal', { capacity: 20 });
    const ids = await Promise.all(Array.from({ length: 12 }, () => o.wait()));
    o.start();
    const claim = { type: 'agent.claim', at: Date.now(), agent: { id: 'chris', name: 'Chris' } };
    const claims = await Promise.all(ids.map((id, index) => o.runtimes[index % 2]?.deliver({ sessionId: id }, claim)));
    for (const [index, id] of ids.entries()) {
      const holder = await o.held(id);
      // A claim that was taken holds, and one that was refused names who holds.
      if (claims[index]?.refused === undefined) expect(holder).toBe('chris');
      else expect(claims[index].refused.holder).toBe(holder.toUpperCase());
      const texts = await o.journal(id);
      const taken = (await o.lifecycle.store.journal(id, 0, 100)).filter(({ kind, text, payload }) => {
        const outcome = z.looseObject({ ignored: z.unknown(), refused: z.unknown() }).safeParse(payload).data;
        return (
          kind === 'transition' &&
          /^agent\.(claim|assign)/.test(text ?? '') &&
          outcome?.ignored === undefined &&
          outcome?.refused === undefined
        );
      });
      expect(taken, texts.join('\n')).toHaveLength(1);
    }
    expect(o.errors).toEqual([]);
  });
});

test('waits and missed service levels are counted', async () => {
  const serviceLevels = { targets: { normal: { firstResponse: 0.001 } } };
  const o = office({ queues: { default: { serviceLevels } } });
  await o.join('amira');
  o.start();
  await o.passes();
  const id = await o.wait();
  await vi.waitFor(() => expect(o.breaches).toEqual(['firstResponse']), PATIENCE);
  await o.runtime.deliver({ sessionId: id }, { type: 'agent.claim', at: Date.now(), agent: { id: 'amira', name: 'AMIRA' } });
  await vi.waitFor(async () => expect(await o.lifecycle.handoff.waits(null, 0, 5)).toEqual([expect.any(Number)]), PATIENCE);
  await o.passes();
  expect([o.breaches, o.errors]).toEqual([['firstResponse'], []]);
});
