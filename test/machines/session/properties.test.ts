/**
 * Invariants of machines/README.md after any sequence of events, with a JSON round trip before
 * each.
 */
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { contextSchema, type SessionInput } from '#machines/session/context.ts';
import { sessionFacts } from '#machines/session/definition.ts';
import { type SessionEvent, sessionEvent } from '#machines/session/events.ts';
import { sessionMachine } from '#machines/session/machine.ts';
import type { PolicySettings } from '#machines/session/policy.ts';
import { STATE_TIMER } from '#machines/session/table-cells.ts';
import { type PureHost, pureHost, type Step } from './pure-host.ts';

const RUNS = 300;
const seed = Number(process.env.FC_SEED ?? Date.now() % 2_147_483_647);
console.info(`session properties: replay with FC_SEED=${seed}`);

const MAX_MESSAGES = 4;
const agent = fc.constantFrom({ id: 'a', name: 'Ann' }, { id: 'b', name: 'Bob' });
const id = fc.constantFrom('m1', 'm2', 'm3', 'm4', 'm5');
const text = fc.constantFrom('hi', 'yes', 'AAPL', 'MSFT', '', 'ok', 'نعم', '__proto__');
const queue = fc.constantFrom('sales', 'billing');
const holderOnly = fc.constant(true as const);
const scheduledId = fc.constantFrom('message-1', 'message-2', 'message-3');

type Bare = SessionEvent extends infer E ? (E extends SessionEvent ? Omit<E, 'at'> : never) : never;
const event: fc.Arbitrary<Bare> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ type: fc.constant('customer.message' as const), id, text }) },
  fc.record({ type: fc.constant('customer.edit' as const), id, text }),
  {
    weight: 3,
    arbitrary: fc.record({
      type: fc.constant('customer.command' as const),
      id,
      name: fc.constantFrom('stop', 'reset', 'agent', 'start', 'help', 'analyze', 'status', 'xyz'),
      args: fc.constantFrom('', 'AAPL'),
    }),
  },
  fc.record({ type: fc.constant('escalate' as const), reason: fc.constant('asked'), queue }, { requiredKeys: ['type', 'reason'] }),
  { weight: 3, arbitrary: fc.record({ type: fc.constant('agent.claim' as const), agent }) },
  fc.record({
    type: fc.constant('agent.assign' as const),
    agent,
    by: fc.constantFrom('round_robin' as const, 'least_busy' as const, 'sticky' as const),
  }),
  fc.record({ type: fc.constant('agent.offline' as const), agent }),
  fc.record({ type: fc.constant('agent.message' as const), agent, text: fc.constant('a human speaks') }),
  fc.record({ type: fc.constant('agent.reaction' as const), agent, id: fc.constant('m1'), emoji: fc.constantFrom('👍', null) }),
  {
    weight: 2,
    arbitrary: fc.record({ type: fc.constant('agent.release' as const), agent, holderOnly }, { requiredKeys: ['type', 'agent'] }),
  },
  fc.record({ type: fc.constant('agent.transfer' as const), agent, to: agent, queue, holderOnly }, { requiredKeys: ['type', 'agent'] }),
  fc.record({ type: fc.constant('note' as const), agent, text: fc.constant('note') }),
  fc.record({
    type: fc.constant('effect.failed' as const),
    effect: fc.constantFrom('message.send', 'file.send', 'agents.notify'),
    serial: fc.nat(9),
    code: fc.constant('refused'),
    reason: fc.constant('blocked'),
  }),
  fc.record({
    type: fc.constant('run.spent' as const),
    usage: fc.record({ tokensIn: fc.nat(9), tokensOut: fc.nat(9), costMicros: fc.nat(9), toolCalls: fc.nat(9), cacheHits: fc.nat(9) }),
  }),
  fc.record(
    {
      type: fc.constant('wait.status' as const),
      open: fc.boolean(),
      back: fc.constant('Sunday, 09:00'),
      place: fc.integer({ min: 1, max: 4 }),
      online: fc.boolean(),
      minutes: fc.integer({ min: 1, max: 90 }),
    },
    { requiredKeys: ['type', 'open'] },
  ),
  fc.record({ type: fc.constant('analysis.progress' as const), phase: fc.constantFrom('starting', 'thinking', 'tool', 'writing') }),
);
const close: fc.Arbitrary<Bare> = fc.record(
  { type: fc.constant('close' as const), by: fc.constantFrom('a', 'b'), holderOnly },
  { requiredKeys: ['type', 'by'] },
);
const entity = fc.record(
  { value: fc.constantFrom(null, 3, 'Cairo', true, ['a', 'b']), was: fc.constantFrom(null, 3, 'Cairo') },
  { requiredKeys: ['value'] },
);
const triage: fc.Arbitrary<Bare> = fc.oneof(
  fc.record(
    {
      type: fc.constant('agent.update' as const),
      agent,
      tags: fc.record({ add: fc.subarray(['vip', 'new', '__proto__']), remove: fc.subarray(['vip', 'new']) }),
      priority: fc.constantFrom('low' as const, 'urgent' as const),
      intent: fc.constantFrom(null, 'rent'),
      entities: fc.dictionary(fc.constantFrom('budget', 'area', '__proto__'), entity),
    },
    { requiredKeys: ['type', 'agent'] },
  ),
  fc.record({ type: fc.constant('agent.snooze' as const), agent, until: fc.constantFrom(0, 100_000, 4_000_000, 200_000_000) }),
  fc.record({ type: fc.constant('agent.unsnooze' as const), agent }),
  {
    weight: 3,
    arbitrary: fc.record({
      type: fc.constant('agent.schedule' as const),
      agent,
      id: scheduledId,
      text: fc.constant('a human speaks later'),
      sendAt: fc.constantFrom(0, 100, 100_000, 4_000_000),
      seen: fc.nat(9),
    }),
  },
  fc.record({ type: fc.constant('agent.unschedule' as const), agent, id: scheduledId }),
  // From outside nobody can send them. A stray one changes nothing.
  fc.record({ type: fc.constant('message.due' as const), id: fc.constant('message-9') }),
);

const step = fc.oneof(
  { weight: 10, arbitrary: fc.record({ send: event }) },
  { weight: 5, arbitrary: fc.record({ send: triage }) },
  { weight: 1, arbitrary: fc.record({ send: close }) },
  { weight: 4, arbitrary: fc.record({ advance: fc.constantFrom(100, 800, 120_000, 600_000, 1_800_000, 3_600_000, 86_400_000) }) },
  {
    weight: 4,
    arbitrary: fc.record({
      finish: fc.constantFrom('answer', 'analyse', 'summarise'),
      outcome: fc.constantFrom(
        { output: { text: 'an answer', summary: 's' } },
        { output: { text: '', summary: '' } },
        { output: { text: 'see', summary: 's', cards: [{ card: { kind: 'location', latitude: 30, longitude: 31 } }], reaction: '👍' } },
        { output: { text: 'out of scope', summary: 's', escalate: { reason: 'scope' } } },
        { output: 'rubbish' },
        { error: { message: 'failed' } },
      ),
    }),
  },
);

const ann = { id: 'a', name: 'Ann' };
/**
 * A random script seldom has a message whose time comes while its writer still holds the session.
 */
const sentLater = scheduledId.map((name) => [
  { send: { type: 'agent.claim' as const, agent: ann } },
  { send: { type: 'agent.schedule' as const, agent: ann, id: name, text: 'a human speaks later', sendAt: 100_000, seen: 1 } },
  { advance: 120_000 },
]);
const script = fc
  .array(fc.oneof({ weight: 20, arbitrary: step.map((one) => [one]) }, { weight: 1, arbitrary: sentLater }), {
    minLength: 1,
    maxLength: 40,
  })
  .map((parts) => parts.flat());

const policy: fc.Arbitrary<PolicySettings> = fc.record(
  {
    overlap: fc.constantFrom('queue' as const, 'interrupt' as const),
    debounceMs: fc.constantFrom(0, 800),
    agentWait: fc.constantFrom('keep_waiting' as const, 'back_to_bot' as const),
    maxFailures: fc.constantFrom(1, 3),
    returnMinutes: fc.constantFrom(0, 10, 90),
    reopenMinutes: fc.constant(60),
    reopenElse: fc.constantFrom('bot' as const, 'queue' as const),
    queues: fc.constant({ sales: { returnMinutes: 1, agentWait: 'back_to_bot' as const } }),
    analyses: fc.constant(true),
    subjectPattern: fc.constant('[A-Z]{1,5}'),
    maxMessageHistory: fc.constant(MAX_MESSAGES),
  },
  { requiredKeys: ['maxMessageHistory'] },
);

/** The times of a generated event count from now. */
function timed(given: Bare, now: number): object {
  const ahead = 'until' in given ? { until: now + given.until } : 'sendAt' in given ? { sendAt: now + given.sendAt } : {};
  return { ...given, ...ahead, at: now };
}
/** Some sessions go on with what an agent closed. */
const before: fc.Arbitrary<Pick<SessionInput, 'before'>> = fc.constantFrom(
  {},
  { before: { agent: 'a', queue: 'sales', heldAtClose: true, closedAt: 500 } },
);

/** Everything that must hold of a session at rest. */
function invariants(host: PureHost): void {
  const snapshot = host.snapshot();
  const state = host.state();
  const context = contextSchema.parse(snapshot.context);
  const { value } = snapshot;

  expect(JSON.parse(JSON.stringify(context)), 'I1: the context is JSON').toEqual(snapshot.context);
  expect(JSON.stringify(sessionMachine.getPersistedSnapshot(snapshot)), 'I1: nothing is lost or added by a round trip').toBe(
    host.persisted(),
  );

  expect(snapshot.status, 'I2: done if, and only if, CLOSED').toBe(state === 'CLOSED' ? 'done' : 'active');
  if (typeof value === 'string') {
    expect([host.runs(), host.timers()], 'I2: a closed session has nothing at work').toEqual([[], []]);
  } else {
    const { answer, analysis, memory } = value.open;
    expect(host.runs().includes('answer'), 'I3: an answer runs if, and only if, it is being answered').toBe(answer === 'answering');
    expect(host.runs().includes('analyse'), 'I3').toBe(typeof analysis.phases === 'object');
    expect(host.runs().includes('summarise'), 'I12').toBe(memory === 'summarising');
    if (state !== 'ACTIVE.bot') {
      expect(answer, 'I4: the bot is silent unless it has the session').toBe('quiet');
      expect(
        host.runs().filter((run) => run !== 'summarise'),
        'I4',
      ).toEqual([]);
    }
    const timer = STATE_TIMER[state];
    const lifecycleTimers = host.timers().filter((name) => /\.(idle|expiry|agentWait)\./.test(name));
    expect(lifecycleTimers.length, 'I7: one timer for the state, none for one that was left').toBe(timer === null ? 0 : 1);
  }

  const { handler, agentId } = sessionFacts(snapshot);
  expect(handler === 'human', 'I5: the handler is who holds it').toBe(context.agent !== null);
  expect(agentId).toBe(context.agent?.id);
  if (state === 'ACTIVE.human') expect(handler, 'I5').toBe('human');
  if (state === 'NEW' || state === 'ACTIVE.bot') expect(handler, 'I5').toBe('bot');
  if (state === 'WAITING_AGENT' || state === 'CLOSED') expect(handler, 'I5').toBe('none');
  expect(context.waiting !== null, 'I5').toBe(state === 'WAITING_AGENT');

  const waiting = (context.scheduled ?? []).filter(({ returned }) => returned === undefined);
  const deferring = host.timers().filter((name) => name === 'snooze' || name.startsWith('scheduled.'));
  expect(deferring.toSorted(), 'I13: a timer for what is put off, and for nothing else').toEqual(
    [...(context.snoozed ? ['snooze'] : []), ...waiting.map(({ id: scheduled }) => `scheduled.${scheduled}`)].toSorted(),
  );
  for (const { agent: by } of waiting) expect(by.id, 'I13: only the holder has messages that are sent later').toBe(context.agent?.id);
  if (context.snoozed) expect(context.snoozed.by.id, 'I13: only the holder snoozes').toBe(context.agent?.id);
  const { handoff, service } = context;
  expect(host.timers().filter((name) => name.includes('.agentReturn.')).length, 'I14: a holder has a return timer').toBe(
    state === 'ACTIVE.human' ? 1 : 0,
  );
  if (handoff?.awaitedSince != null) {
    expect(context.agent, 'I14: a customer awaits a holder alone').not.toBe(null);
    expect(service?.unansweredSince, 'I14').not.toBe(null);
  }
  if (context.agent !== null) expect(handoff?.lastAgent, 'I14').toBe(context.agent.id);
  if (context.agent !== null && context.pending > 0) expect(handoff?.awaitedSince, 'I14: what waits is awaited').not.toBe(null);
  if (state === 'WAITING_AGENT') expect(service?.unansweredSince, 'I15: who waits has no answer').not.toBe(null);

  expect(context.messages.length, 'I6: the window is bounded').toBeLessThanOrEqual(MAX_MESSAGES);
}

describe('any sequence of events', () => {
  it('keeps the invariants, with a restart before every event', () => {
    const reached = new Set<string>();
    let sentInAll = 0;
    fc.assert(
      fc.property(policy, before, script, (settings, opening, items) => {
        const host = pureHost({ address: 'web:default:v_1', assistant: 'companion', now: 1_000, policy: settings, ...opening });
        invariants(host);
        for (const item of items) {
          const before = host.snapshot();
          const from = host.state();
          let steps: readonly Step[];
          if ('advance' in item) steps = host.advance(item.advance);
          else if ('finish' in item) steps = [host.finish(item.finish, item.outcome)].filter((taken) => taken !== undefined);
          else steps = [host.send(sessionEvent.parse(timed(item.send, host.now())))];
          invariants(host);
          reached.add(host.state());

          const after = host.snapshot();
          if ('send' in item && item.send.type.startsWith('customer.') && steps.every(({ emitted }) => emitted.length === 0))
            expect(after.context.scheduled?.every(({ returned }) => returned !== undefined) ?? true, 'I13: nothing is sent over it').toBe(
              true,
            );
          const count = ({ scheduled = [] }: typeof after.context): number => scheduled.length;
          const isScheduling = 'send' in item && /^agent\.(un)?schedule$/.test(item.send.type);
          const sentLater = steps.flatMap(({ sent }) => sent).filter(({ scheduled }) => scheduled !== undefined).length;
          if (!isScheduling) expect(count(after.context) + sentLater, 'I13: no message is lost').toBe(count(before.context));
          sentInAll += sentLater;
          for (const { sent, emitted } of steps) {
            if (emitted.length > 0) {
              expect(emitted, 'I8: one answer to what is not taken').toHaveLength(1);
              expect([after.value, after.context], 'I8: what is ignored or refused changes nothing').toEqual([
                before.value,
                before.context,
              ]);
              expect(sent, 'I8').toEqual([]);
            }
            if (sent.some(({ author }) => author === 'assistant')) {
              expect(from, 'I4: only the bot speaks as the assistant').toBe('ACTIVE.bot');
              expect('finish' in item, 'I4: and only when its run is done').toBe(true);
            }
          }
          if (from === 'CLOSED')
            expect([after.value, after.context, steps.flatMap(({ sent }) => sent)], 'I2').toEqual([before.value, before.context, []]);
          expect(after.context.lastActivityAt, 'time does not run backwards').toBeGreaterThanOrEqual(before.context.lastActivityAt);
        }
      }),
      { seed, numRuns: RUNS },
    );
    // The generator is worth something only if it comes everywhere.
    expect(sentInAll).toBeGreaterThan(0);
    expect([...reached].sort()).toEqual(['ACTIVE.bot', 'ACTIVE.human', 'CLOSED', 'IDLE', 'NEW', 'WAITING_AGENT']);
  });

  it('left to the bot, every message is answered', () => {
    fc.assert(
      fc.property(
        policy,
        fc.array(fc.oneof(fc.record({ say: fc.constantFrom('hi', 'and', 'but') }), fc.record({ advance: fc.nat(2_000) })), {
          maxLength: 30,
        }),
        (settings, script) => {
          const host = pureHost({
            address: 'web:default:v_1',
            assistant: 'companion',
            now: 1_000,
            policy: { ...settings, analyses: false },
          });
          let count = 0;
          for (const item of script) {
            if ('advance' in item) {
              host.advance(item.advance);
              continue;
            }
            count += 1;
            host.send({ type: 'customer.message', id: `m${count}`, at: host.now(), text: item.say });
          }
          let answers = 0;
          for (let turn = 0; turn < 3; turn += 1) {
            host.advance(800);
            answers += host.finish('answer', { output: { text: 'done' } })?.sent.length ?? 0;
          }
          expect(host.context().pending).toBe(0);
          expect(answers).toBe(count === 0 ? 0 : Math.min(answers, 2));
          if (count > 0) expect(answers).toBeGreaterThan(0);
        },
      ),
      { seed, numRuns: 100 },
    );
  });
});
