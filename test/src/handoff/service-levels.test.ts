/** Clocks from the facts that a session keeps, beside those from all that happened. */
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { scheduleSchema } from '#machines/handoff/business-hours.ts';
import { NO_QUEUES, queuesOf, queuesSchema } from '#machines/handoff/queues.ts';
import { type SlaFact, slaClocks } from '#machines/handoff/sla.ts';
import { sessionDefinitions, sessionFacts } from '#machines/session/definition.ts';
import { hoursOfQueues, serviceClocks } from '#src/handoff/service-levels.ts';
import { ann, liveSession, MINUTE } from '#test/machines/session/live-session.ts';

const seed = Number(process.env.FC_SEED ?? Date.now() % 2_147_483_647);
console.info(`service levels: replay with FC_SEED=${seed}`);

const SCHEDULE = scheduleSchema.parse({
  timeZone: 'Europe/Berlin',
  week: { monday: ['09:00-12:00'], tuesday: ['00:00-24:00'], wednesday: ['08:00-09:00', '22:00-02:00'] },
});
const targets = { normal: { firstResponse: 5, nextResponse: 30, resolution: 300 } };

const step = fc.oneof(
  fc.constantFrom('customer', 'human', 'thanks', 'release', 'escalate', 'command').map((act) => ({ act })),
  fc.integer({ min: 1, max: 9 }).map((minutes) => ({ minutes })),
);

test.each([true, false])('are the running ones of the whole history, whatever happens (botResponds: %s)', (botResponds) => {
  const queues = queuesOf(queuesSchema.parse({ default: { serviceLevels: { targets, botResponds }, returnMinutes: 0 } }));
  const { hoursOf } = hoursOfQueues(SCHEDULE);
  const clocksOf = serviceClocks(queues, hoursOf);
  const preview = sessionDefinitions().at(-1)?.preview;
  const policy = queues.of(null).serviceLevels;
  if (preview === undefined || policy === null) throw new Error('there is nothing to compare');
  fc.assert(
    fc.property(fc.array(step, { maxLength: 30 }), (script) => {
      const s = liveSession({ returnMinutes: 0, idleMinutes: 10_000, agentWaitMinutes: 10_000, debounceMs: 60_000 });
      const facts: SlaFact[] = [];
      const asks = (): void => void facts.push({ type: 'customer', at: s.now() });
      s.send({ type: 'agent.claim', at: s.now(), agent: ann });
      for (const item of script) {
        if ('minutes' in item) s.advance(item.minutes * MINUTE);
        else if (s.context().agent === null) {
          s.send({ type: 'agent.claim', at: s.now(), agent: ann });
        } else if (item.act === 'customer') {
          s.say('a question');
          asks();
        } else if (item.act === 'thanks') {
          const before = s.context().pending;
          s.say('thanks');
          if (s.context().pending > before) asks();
        } else if (item.act === 'human') {
          s.send({ type: 'agent.message', at: s.now(), agent: ann, text: 'an answer' });
          facts.push({ type: 'human', at: s.now() });
        } else if (item.act === 'escalate') {
          s.send({ type: 'agent.transfer', at: s.now(), agent: ann, queue: 'unknown' });
          asks();
        } else if (item.act === 'command') {
          s.command('status');
          asks();
        }
      }
      const all = slaClocks(facts, { policy, priority: 'normal', hours: hoursOf(queues.of(null)) }, s.now());
      const running = all.filter(({ settledAt }) => settledAt === null).map(({ settledAt: _, state: __, ...clock }) => clock);
      const { state, agentId = null } = sessionFacts(s.actor.getSnapshot());
      expect(clocksOf({ state, agentId, open: true, preview: preview(s.context()) })).toEqual(running);
    }),
    { seed, numRuns: 150 },
  );
});

test('are none for a session of the bot, and one that waits for nobody', () => {
  const clocksOf = serviceClocks(
    queuesOf(queuesSchema.parse({ default: { serviceLevels: { targets } } })),
    hoursOfQueues(SCHEDULE).hoursOf,
  );
  const preview = sessionDefinitions().at(-1)?.preview;
  const s = liveSession();
  s.say('hello');
  const shown = preview?.(s.context()) ?? null;
  expect(clocksOf({ state: 'ACTIVE', agentId: null, open: true, preview: shown })).toEqual([]);
  expect(clocksOf({ state: 'CLOSED', agentId: null, open: false, preview: shown })).toEqual([]);
  expect(clocksOf({ state: 'WAITING_AGENT', agentId: null, open: true, preview: shown })).toHaveLength(2);
  const none = serviceClocks(queuesOf(NO_QUEUES), hoursOfQueues(SCHEDULE).hoursOf);
  expect(none({ state: 'WAITING_AGENT', agentId: null, open: true, preview: shown })).toEqual([]);
});
