/**
 * A session at every entry of its journal, over generated conversations of the session machine in
 * the real host. What is recomputed is what was stored then, from the first entry and from
 * checkpoints.
 */
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { fromPromise } from 'xstate';
import * as z from 'zod';
import { defineEffect } from '#actors/contract/effect.ts';
import { Registry } from '#actors/contract/registry.ts';
import { movementOf } from '#actors/session/journal-payload.ts';
import { momentAfter } from '#actors/session/moment.ts';
import { type Checkpoint, Replayer } from '#actors/session/replay.ts';
import { TestRuntime } from '#actors/testing/test-runtime.ts';
import { formatAddress, parseSessionId, type SessionId } from '#machines/ids.ts';
import { sessionDefinitions } from '#machines/session/definition.ts';
import type { SessionEvent } from '#machines/session/events.ts';
import type { AnalyseInput, AnalyseOutput, AnswerInput, AnswerOutput, SummariseInput, SummariseOutput } from '#machines/session/runs.ts';
import { createMemoryStore } from '#storage/memory/adapter.ts';
import type { JournalEntry } from '#storage/port.ts';

const CONVERSATIONS = 1_000;
const seed = Number(process.env.FC_SEED ?? Date.now() % 2_147_483_647);
console.info(`moments: run again with FC_SEED=${seed}`);

const usage = { tokensIn: 9, tokensOut: 3, costMicros: 1, toolCalls: 0, cacheHits: 0 };
const ann = { id: 'a', name: 'Ann' };
const bob = { id: 'b', name: 'Bob' };
let now = 1_790_000_000_000;

const answer = fromPromise<AnswerOutput, AnswerInput>(async ({ input }) => {
  const text = input.messages.at(-1)?.text ?? '';
  if (text === 'fail') throw new Error('the model failed');
  if (text === 'person') return { text: '', escalate: { reason: 'the customer asked for a human' } };
  return { text: `You said ${text}`, usage, at: now, entities: { budget: text.length } };
});
const analyse = fromPromise<AnalyseOutput, AnalyseInput>(async () => ({ text: 'A report', summary: 'short', usage, at: now }));
const summarise = fromPromise<SummariseOutput, SummariseInput>(async () => ({ text: 'a summary', usage, at: now, by: 'extract' }));

const policy = { debounceMs: 0, maxMessageHistory: 6, tokenLimit: 1_000, analyses: true, analysisCommands: ['analyze'] };
const registry = new Registry({
  assistants: [
    {
      name: 'talker',
      definitions: sessionDefinitions({ answer, analyse, summarise }),
      input: ({ address, assistant, now: openedAt, previousId }) => ({ address, assistant, now: openedAt, previous: previousId, policy }),
    },
  ],
  effects: [],
  fallbackEffect: defineEffect({ type: '*', params: z.unknown(), lane: 'address', run: async () => undefined }),
});

type Bare = SessionEvent extends infer E ? (E extends SessionEvent ? Omit<E, 'at'> : never) : never;
const agent = fc.constantFrom(ann, bob);
const text = fc.constantFrom('hi', 'yes', 'fail', 'person', 'where are you?', 'نعم، شكراً', 'long '.repeat(400));
const tags = fc.constantFrom<{ add: string[] }>({ add: ['vip'] });
const step: fc.Arbitrary<Bare | number> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ type: fc.constant('customer.message' as const), id: fc.uuid(), text }) },
  fc.record({
    type: fc.constant('customer.command' as const),
    id: fc.uuid(),
    name: fc.constantFrom('analyze', 'stop', 'reset', 'agent'),
    args: fc.constant('AAPL'),
  }),
  fc.record({ type: fc.constant('escalate' as const), reason: fc.constant('asked') }),
  { weight: 2, arbitrary: fc.record({ type: fc.constant('agent.claim' as const), agent }) },
  fc.record({ type: fc.constant('agent.message' as const), agent, text: fc.constant('a human speaks') }),
  fc.record({ type: fc.constant('agent.release' as const), agent }),
  fc.record({ type: fc.constant('note' as const), agent, text: fc.constant('a note') }),
  fc.record({ type: fc.constant('agent.update' as const), agent, tags }),
  { weight: 1, arbitrary: fc.record({ type: fc.constant('close' as const), by: fc.constant('a') }) },
  // Time that goes by, in milliseconds.
  { weight: 3, arbitrary: fc.constantFrom(900, 61_000, 1_900_000) },
);
const conversations = fc.sample(fc.array(step, { minLength: 2, maxLength: 10 }), { numRuns: CONVERSATIONS, seed });

interface Recorded {
  readonly id: SessionId;
  readonly entries: readonly JournalEntry[];
  /** The stored snapshot by the number of its last entry. */
  readonly stored: ReadonlyMap<number, unknown>;
}

async function settle(runtime: TestRuntime): Promise<void> {
  for (let quiet = 0; quiet < 3; quiet = runtime.busy || runtime.running > 0 ? 0 : quiet + 1) await new Promise(setImmediate);
}

/** On a store of its own, so that no other conversation wakes as its time goes by. */
async function record(steps: readonly (Bare | number)[]): Promise<Recorded> {
  const address = formatAddress({ channel: 'test', account: 'talk', peer: crypto.randomUUID() });
  const { store } = createMemoryStore();
  const errors: unknown[] = [];
  const runtime = new TestRuntime({
    store,
    registry,
    owner: 'a',
    newSessionId: () => parseSessionId(crypto.randomUUID()),
    clock: { now: () => now, after: () => () => {} },
    leaseMs: 1,
    graceMs: 0,
    onError: (_where, error) => errors.push(error),
  });
  await runtime.open({ address, assistant: 'talker' });
  const stored = new Map<number, unknown>();
  let id: SessionId | undefined;
  for (const one of [0, ...steps]) {
    now += typeof one === 'number' ? one : 1_000;
    if (typeof one === 'number') await runtime.wakeDue();
    else if (id !== undefined) await runtime.deliver({ sessionId: id }, { ...one, at: now });
    await settle(runtime);
    const row = await store.load({ address });
    if (row === undefined) throw new Error('the session did not open');
    id = row.id;
    const { lineage: _, ...snapshot } = Object(row.snapshot);
    stored.set(row.version, plain(snapshot));
  }
  runtime.abandon();
  expect(errors).toEqual([]);
  if (id === undefined) throw new Error('the session did not open');
  return { id, entries: await store.journal(id, 0, 10_000), stored };
}

function plain<T>(value: T): T {
  return JSON.parse(JSON.stringify(value));
}

describe(`${CONVERSATIONS} conversations`, () => {
  test('are at every step what was stored then, whichever checkpoint the replay goes on from', { timeout: 300_000 }, async () => {
    let compared = 0;
    let moments = 0;
    for (const [index, steps] of conversations.entries()) {
      const { entries, stored } = await record(steps);
      const interval = 1 + (index % 9);
      let replayer = new Replayer(registry, 'talker');
      const checkpoints: (Checkpoint | undefined)[] = [undefined];
      for (const entry of entries) {
        replayer.play(entry);
        if (stored.has(entry.seq)) {
          expect(plain(replayer.checkpoint().snapshot), `conversation ${index}, entry ${entry.seq}`).toEqual(stored.get(entry.seq));
          compared += 1;
        }
        if (entry.seq % interval !== 0) continue;
        const checkpoint = plain(replayer.checkpoint());
        checkpoints.push(checkpoint);
        replayer = new Replayer(registry, 'talker', checkpoint);
      }
      // As a caller reads it, from the checkpoint before its page.
      for (const [seq, snapshot] of stored) {
        const page = Math.floor((seq - 1) / interval);
        const { context, value, status } = momentAfter(registry, 'talker', checkpoints[page], entries.slice(page * interval, seq));
        const then = Object(snapshot).snapshot;
        expect({ context, value, status }, `conversation ${index}, moment ${seq}`).toEqual({
          context: then.context,
          value: then.value,
          status: then.status,
        });
        moments += 1;
      }
      const seq = [...stored.keys()][index % stored.size] ?? 1;
      const page = Math.floor((seq - 1) / interval);
      const moment = momentAfter(registry, 'talker', checkpoints[page], entries.slice(page * interval, seq));
      if (index % 10 === 0) {
        const whole = momentAfter(registry, 'talker', undefined, entries.slice(0, seq));
        expect({ ...moment, cause: { ...moment.cause, follows: 0 } }).toEqual({ ...whole, cause: { ...whole.cause, follows: 0 } });
      }
      expect({ context: moment.context, value: moment.value }).toEqual(
        plain({ context: Object(stored.get(seq)).snapshot.context, value: Object(stored.get(seq)).snapshot.value }),
      );
    }
    expect(compared).toBeGreaterThan(CONVERSATIONS * 3);
    expect(moments).toBe(compared);
  });

  test('say what each entry changed, what caused it, and what it started', async () => {
    const { entries } = await record([
      { type: 'customer.message', id: 'm1', text: 'hi' },
      { type: 'agent.claim', agent: ann },
      { type: 'agent.claim', agent: bob },
      { type: 'agent.unsnooze', agent: ann },
    ]);
    const at = (kind: string, nth = 0): number => entries.filter((entry) => entry.kind === kind)[nth]?.seq ?? 0;
    const moment = (seq: number) => momentAfter(registry, 'talker', undefined, entries.slice(0, seq));

    const asked = moment(at('customer.message'));
    expect(asked.cause).toMatchObject({
      kind: 'customer.message',
      moved: 'event',
      event: { type: 'customer.message', text: 'hi' },
      follows: null,
    });
    expect(asked.changes).toContainEqual({ path: '/pending', before: 0, after: 1 });
    expect(asked.changes).toContainEqual({ path: '/messages/0', after: expect.objectContaining({ text: 'hi' }) });
    const answering = entries.map(({ seq }) => moment(seq)).filter(({ started }) => started.length > 0);
    expect(answering[0]?.started).toMatchObject([{ id: expect.stringMatching(/^answer/), input: { messages: [{ text: 'hi' }] } }]);
    expect(answering[0]?.running).toMatchObject([{ serial: answering[0]?.started[0]?.serial }]);

    // A run is opened from its outcome, too, and a turn names its instance.
    const answered = entries.map(({ seq }) => moment(seq)).find(({ cause, run }) => cause.kind === 'run' && run !== null);
    expect(answered?.run).toMatchObject({
      id: answering[0]?.started[0]?.id,
      serial: answering[0]?.started[0]?.serial,
      seq: answering[0]?.seq,
    });
    expect(answered?.cause.event).toMatchObject({ data: { text: 'You said hi' } });
    expect(asked.cause.instance).toBe('a');
    expect(asked.run).toBeNull();

    const claims = entries.filter(({ text: said }) => said === 'agent.claim');
    const [taken, refused] = claims.map(({ seq }) => moment(seq));
    expect(taken?.entered).toContain('open.lifecycle.ACTIVE.human');
    expect(taken?.exited).toContain('open.lifecycle.ACTIVE.bot');
    expect(refused?.cause.refused).toMatchObject({ code: 'held', holder: 'Ann' });
    expect(refused?.changes).toEqual([]);
    const ignored = entries.find(({ text: said }) => said === 'agent.unsnooze');
    expect(moment(ignored?.seq ?? 0).cause.ignored).toEqual(expect.any(String));
    // An entry that moved nothing shows the session as the one before it left it.
    const still = entries.find((entry) => movementOf(entry) === undefined);
    const shown = moment(still?.seq ?? 0);
    expect(shown).toMatchObject({ changes: [], cause: { follows: expect.any(Number) } });
    expect(shown.context).toEqual(moment(shown.cause.follows ?? 0).context);
  });
});
