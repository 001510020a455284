/**
 * S2, written out here again from the specification. The machine is compared with it cell by cell.
 */
import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { PHONE_AGENT } from '#machines/session/phone-agent.ts';
import { LIFECYCLE } from '#machines/session/table.ts';
import { LIFECYCLE_2 } from '#machines/session/table-2.ts';
import { LIFECYCLE_STATES, type LifecycleEventType, type LifecycleState } from '#machines/session/table-cells.ts';
import { ann, bob, HOUR, type LiveSession, liveSession, MINUTE, report, settle } from './live-session.ts';

type Open = Exclude<LifecycleState, 'CLOSED'>;

/** How a session gets into each state. The human is Ann. */
const reach: Record<Open, (s: LiveSession) => void> = {
  NEW: () => {},
  'ACTIVE.bot': (s) => void s.say('hello'),
  'ACTIVE.human': (s) => {
    s.say('hello');
    s.send({ type: 'agent.claim', at: s.now(), agent: ann });
    // Otherwise it goes back to the queue before it is idle.
    s.send({ type: 'agent.message', at: s.now(), agent: ann, text: 'Ann here' });
  },
  WAITING_AGENT: (s) => {
    s.say('hello');
    s.send({ type: 'escalate', at: s.now(), reason: 'asked' });
  },
  IDLE: (s) => {
    s.command('start');
    s.advance(30 * MINUTE);
  },
};

const fire: Record<LifecycleEventType, (s: LiveSession) => void> = {
  'customer.message': (s) => void s.say('a question'),
  'customer.edit': (s) => s.send({ type: 'customer.edit', id: 'm1', at: s.now(), text: 'hello!' }),
  'customer.command': (s) => s.command('help'),
  escalate: (s) => s.send({ type: 'escalate', at: s.now(), reason: 'angry', queue: 'sales' }),
  'agent.claim': (s) => s.send({ type: 'agent.claim', at: s.now(), agent: bob }),
  'agent.message': (s) => s.send({ type: 'agent.message', at: s.now(), agent: bob, text: 'Bob here' }),
  'agent.reaction': (s) => s.send({ type: 'agent.reaction', at: s.now(), agent: bob, id: 'm1', emoji: '👍' }),
  'agent.assign': (s) => s.send({ type: 'agent.assign', at: s.now(), agent: bob, by: 'round_robin' }),
  'agent.offline': (s) => s.send({ type: 'agent.offline', at: s.now(), agent: ann }),
  'agent.release': (s) => s.send({ type: 'agent.release', at: s.now(), agent: ann }),
  'agent.transfer': (s) => s.send({ type: 'agent.transfer', at: s.now(), agent: ann, queue: 'billing' }),
  note: (s) => s.send({ type: 'note', at: s.now(), agent: ann, text: 'a note' }),
  close: (s) => s.send({ type: 'close', at: s.now(), by: 'Ann' }),
  'effect.failed': (s) =>
    s.send({ type: 'effect.failed', at: s.now(), effect: 'message.send', serial: 1, code: 'refused', reason: 'blocked' }),
  'wait.status': (s) => s.send({ type: 'wait.status', at: s.now(), open: true, place: 3 }),
  'run.spent': (s) => s.send({ type: 'run.spent', at: s.now(), usage: SPENT }),
  'analysis.progress': (s) => s.send({ type: 'analysis.progress', at: s.now(), phase: 'tool' }),
  'agent.update': (s) => s.send({ type: 'agent.update', at: s.now(), agent: bob, priority: 'high' }),
  'agent.clear': (s) => s.send({ type: 'agent.clear', at: s.now(), agent: bob }),
  'agent.extend': (s) => s.send({ type: 'agent.extend', at: s.now(), agent: bob, until: s.now() + 48 * HOUR }),
  'agent.snooze': (s) => s.send({ type: 'agent.snooze', at: s.now(), agent: ann, until: s.now() + HOUR }),
  'agent.unsnooze': (s) => s.send({ type: 'agent.unsnooze', at: s.now(), agent: ann }),
  'agent.schedule': (s) =>
    s.send({ type: 'agent.schedule', at: s.now(), agent: ann, id: 'scheduled-1', text: 'later', sendAt: s.now() + HOUR, seen: 1 }),
  'agent.unschedule': (s) => s.send({ type: 'agent.unschedule', at: s.now(), agent: ann, id: 'scheduled-1' }),
  'snooze.due': (s) => s.send({ type: 'snooze.due', at: s.now() }),
  'message.due': (s) => s.send({ type: 'message.due', at: s.now(), id: 'scheduled-1' }),
  'agent.echo': (s) => s.send({ type: 'agent.echo', id: 'e1', at: s.now(), agent: PHONE_AGENT, text: 'from the phone' }),
  'customer.revoke': (s) => s.send({ type: 'customer.revoke', id: 'm1', at: s.now() }),
  'customer.reaction': (s) => s.send({ type: 'customer.reaction', id: 'm1', at: s.now(), emoji: '👍' }),
  'customer.call': (s) => s.send({ type: 'customer.call', at: s.now(), phase: 'started' }),
  'message.cost': (s) => s.send({ type: 'message.cost', at: s.now(), serial: 1, costMicros: 4_000 }),
  'media.kept': (s) => s.send({ type: 'media.kept', at: s.now(), messageId: 'm1', index: 0, ...KEPT }),
  'media.lost': (s) => s.send({ type: 'media.lost', at: s.now(), messageId: 'm1', index: 0, reason: 'gone' }),
  timeout: (s) => s.advance(s.state() === 'IDLE' ? 24 * HOUR : s.state() === 'WAITING_AGENT' ? 10 * MINUTE : 30 * MINUTE),
  unanswered: (s) => s.advance(9 * MINUTE),
};

interface Outcome {
  readonly to: LifecycleState;
  readonly agent?: string | null;
  readonly told?: readonly string[];
  readonly notified?: readonly string[];
  /** An answer is made for it. */
  readonly answered?: boolean;
  readonly ignored?: boolean;
  /** Holder that is named. */
  readonly refused?: string;
}
const SPENT = { tokensIn: 3, tokensOut: 2, costMicros: 5, toolCalls: 1, cacheHits: 0 };
const KEPT = { file: `${report.id}.media`, sha256: 'a'.repeat(64), mimeType: 'image/png', size: 7 };
const ignored = (to: LifecycleState): Outcome => ({ to, ignored: true });
/** Of what agents put off and note, before anything is. See deferred.test.ts for the rest. */
const triage = (outcome: Outcome) => ({
  'agent.update': outcome,
  'agent.clear': { ...outcome, answered: false },
  'agent.extend': outcome,
  'agent.snooze': { ...outcome, ignored: true },
  'agent.unsnooze': { ...outcome, ignored: true },
  'agent.schedule': { ...outcome, ignored: true },
  'agent.unschedule': { ...outcome, ignored: true },
  'snooze.due': { ...outcome, ignored: true },
  'message.due': { ...outcome, ignored: true },
});

/** Of a message that came with none. See media.test.ts for the rest. */
const media = (outcome: Outcome) => ({ 'media.kept': { ...outcome, ignored: true }, 'media.lost': { ...outcome, ignored: true } });

const S2: Record<Open, Record<LifecycleEventType, Outcome>> = {
  NEW: {
    'agent.echo': { to: 'ACTIVE.human', agent: 'Phone' },
    'customer.revoke': ignored('NEW'),
    'customer.reaction': ignored('NEW'),
    'customer.call': { to: 'ACTIVE.bot' },
    'message.cost': { to: 'NEW' },
    'customer.message': { to: 'ACTIVE.bot', answered: true },
    'customer.edit': ignored('NEW'),
    'customer.command': { to: 'ACTIVE.bot', told: ['help'] },
    escalate: { to: 'WAITING_AGENT', told: ['escalated'], notified: ['angry'] },
    'agent.claim': { to: 'ACTIVE.human', agent: 'Bob' },
    'agent.assign': ignored('NEW'),
    'agent.offline': ignored('NEW'),
    'agent.message': ignored('NEW'),
    'agent.reaction': ignored('NEW'),
    'agent.release': ignored('NEW'),
    'agent.transfer': ignored('NEW'),
    note: { to: 'NEW' },
    close: { to: 'CLOSED' },
    'wait.status': ignored('NEW'),
    ...triage({ to: 'NEW' }),
    'agent.clear': ignored('NEW'),
    ...media({ to: 'NEW' }),
    'run.spent': { to: 'NEW' },
    'effect.failed': { to: 'NEW', notified: ['undeliverable: blocked'] },
    'analysis.progress': ignored('NEW'),
    timeout: { to: 'NEW' },
    unanswered: { to: 'NEW' },
  },
  'ACTIVE.bot': {
    'agent.echo': { to: 'ACTIVE.human', agent: 'Phone' },
    'customer.revoke': { to: 'ACTIVE.bot', answered: true },
    'customer.reaction': { to: 'ACTIVE.bot', answered: true },
    'customer.call': { to: 'ACTIVE.bot', answered: true },
    'message.cost': { to: 'ACTIVE.bot', answered: true },
    'customer.message': { to: 'ACTIVE.bot', answered: true },
    'customer.edit': { to: 'ACTIVE.bot', answered: true },
    'customer.command': { to: 'ACTIVE.bot', told: ['help'], answered: true },
    escalate: { to: 'WAITING_AGENT', told: ['escalated'], notified: ['angry'] },
    'agent.claim': { to: 'ACTIVE.human', agent: 'Bob' },
    'agent.assign': { ...ignored('ACTIVE.bot'), answered: true },
    'agent.offline': { ...ignored('ACTIVE.bot'), answered: true },
    'agent.message': { to: 'ACTIVE.human', agent: 'Bob', told: ['Bob here'] },
    'agent.reaction': { to: 'ACTIVE.bot', answered: true },
    'agent.release': { ...ignored('ACTIVE.bot'), answered: true },
    'agent.transfer': { ...ignored('ACTIVE.bot'), answered: true },
    note: { to: 'ACTIVE.bot', answered: true },
    close: { to: 'CLOSED' },
    'wait.status': { ...ignored('ACTIVE.bot'), answered: true },
    ...triage({ to: 'ACTIVE.bot', answered: true }),
    ...media({ to: 'ACTIVE.bot', answered: true }),
    'run.spent': { to: 'ACTIVE.bot', answered: true },
    'effect.failed': { to: 'ACTIVE.bot', notified: ['undeliverable: blocked'], answered: true },
    'analysis.progress': { ...ignored('ACTIVE.bot'), answered: true },
    // Its answer is under way, so the timer restarts instead of cutting it off. See "goes idle"
    // below.
    timeout: { to: 'ACTIVE.bot', answered: true },
    unanswered: { to: 'ACTIVE.bot', answered: true },
  },
  'ACTIVE.human': {
    'agent.echo': { to: 'ACTIVE.human', agent: 'Ann' },
    'customer.revoke': { to: 'ACTIVE.human', agent: 'Ann' },
    'customer.reaction': { to: 'ACTIVE.human', agent: 'Ann' },
    'customer.call': { to: 'ACTIVE.human', agent: 'Ann' },
    'message.cost': { to: 'ACTIVE.human', agent: 'Ann' },
    'customer.message': { to: 'ACTIVE.human', agent: 'Ann' },
    'customer.edit': { to: 'ACTIVE.human', agent: 'Ann' },
    'customer.command': { to: 'ACTIVE.human', agent: 'Ann' },
    escalate: { ...ignored('ACTIVE.human'), agent: 'Ann' },
    'agent.claim': { to: 'ACTIVE.human', agent: 'Ann', refused: 'Ann' },
    'agent.assign': { ...ignored('ACTIVE.human'), agent: 'Ann' },
    'agent.offline': { ...ignored('ACTIVE.human'), agent: 'Ann' },
    'agent.message': { to: 'ACTIVE.human', agent: 'Ann', refused: 'Ann' },
    'agent.reaction': { to: 'ACTIVE.human', agent: 'Ann', refused: 'Ann' },
    'agent.release': { to: 'ACTIVE.bot' },
    'agent.transfer': { to: 'WAITING_AGENT', told: ['transferred'], notified: ['transfer'] },
    note: { to: 'ACTIVE.human', agent: 'Ann' },
    close: { to: 'CLOSED', told: ['rateUs'] },
    'wait.status': { ...ignored('ACTIVE.human'), agent: 'Ann' },
    ...triage({ to: 'ACTIVE.human', agent: 'Ann' }),
    ...media({ to: 'ACTIVE.human', agent: 'Ann' }),
    'agent.snooze': { to: 'ACTIVE.human', agent: 'Ann' },
    'agent.schedule': { to: 'ACTIVE.human', agent: 'Ann' },
    'run.spent': { to: 'ACTIVE.human', agent: 'Ann' },
    'effect.failed': { to: 'ACTIVE.human', agent: 'Ann', notified: ['undeliverable: blocked'] },
    'analysis.progress': { ...ignored('ACTIVE.human'), agent: 'Ann' },
    timeout: { to: 'IDLE', agent: 'Ann' },
    unanswered: { to: 'ACTIVE.human', agent: 'Ann' },
  },
  WAITING_AGENT: {
    'agent.echo': { to: 'ACTIVE.human', agent: 'Phone' },
    'customer.revoke': { to: 'WAITING_AGENT' },
    'customer.reaction': { to: 'WAITING_AGENT' },
    'customer.call': { to: 'WAITING_AGENT' },
    'message.cost': { to: 'WAITING_AGENT' },
    'customer.message': { to: 'WAITING_AGENT' },
    'customer.edit': { to: 'WAITING_AGENT' },
    'customer.command': { to: 'WAITING_AGENT' },
    escalate: ignored('WAITING_AGENT'),
    'agent.claim': { to: 'ACTIVE.human', agent: 'Bob' },
    'agent.assign': { to: 'ACTIVE.human', agent: 'Bob', notified: ['assigned'] },
    'agent.offline': ignored('WAITING_AGENT'),
    'agent.message': { to: 'ACTIVE.human', agent: 'Bob', told: ['Bob here'] },
    'agent.reaction': { to: 'WAITING_AGENT' },
    'agent.release': { to: 'ACTIVE.bot', answered: true },
    'agent.transfer': { to: 'WAITING_AGENT', notified: ['transfer'] },
    note: { to: 'WAITING_AGENT' },
    close: { to: 'CLOSED' },
    'wait.status': { to: 'WAITING_AGENT', told: ['queued'] },
    ...triage({ to: 'WAITING_AGENT' }),
    ...media({ to: 'WAITING_AGENT' }),
    'run.spent': { to: 'WAITING_AGENT' },
    'effect.failed': { to: 'WAITING_AGENT', notified: ['undeliverable: blocked'] },
    'analysis.progress': ignored('WAITING_AGENT'),
    timeout: { to: 'WAITING_AGENT', told: ['stillWaiting'], notified: ['still_waiting'] },
    unanswered: { to: 'WAITING_AGENT' },
  },
  IDLE: {
    'agent.echo': { to: 'ACTIVE.human', agent: 'Phone' },
    'customer.revoke': ignored('IDLE'),
    'customer.reaction': { to: 'IDLE' },
    'customer.call': { to: 'ACTIVE.bot' },
    'message.cost': { to: 'IDLE' },
    'customer.message': { to: 'ACTIVE.bot', answered: true },
    'customer.edit': ignored('IDLE'),
    'customer.command': { to: 'ACTIVE.bot', told: ['help'] },
    escalate: { to: 'WAITING_AGENT', told: ['escalated'], notified: ['angry'] },
    'agent.claim': { to: 'ACTIVE.human', agent: 'Bob' },
    'agent.assign': ignored('IDLE'),
    'agent.offline': ignored('IDLE'),
    'agent.message': { to: 'ACTIVE.human', agent: 'Bob', told: ['Bob here'] },
    'agent.reaction': { to: 'IDLE' },
    'agent.release': ignored('IDLE'),
    'agent.transfer': ignored('IDLE'),
    note: { to: 'IDLE' },
    close: { to: 'CLOSED' },
    'wait.status': ignored('IDLE'),
    ...triage({ to: 'IDLE' }),
    ...media({ to: 'IDLE' }),
    'run.spent': { to: 'IDLE' },
    'effect.failed': { to: 'IDLE', notified: ['undeliverable: blocked'] },
    'analysis.progress': ignored('IDLE'),
    timeout: { to: 'CLOSED' },
    unanswered: { to: 'IDLE' },
  },
};

const cells = Object.entries(S2).flatMap(([state, row]) => Object.entries(row).map(([event, outcome]) => ({ state, event, outcome })));

describe('S2, cell by cell', () => {
  it.each(cells)('$state × $event → $outcome.to', async ({ state, event, outcome }) => {
    const s = liveSession();
    reach[state as Open](s);
    expect(s.state()).toBe(state);
    s.forget();
    const before = s.actor.getSnapshot();
    fire[event as LifecycleEventType](s);

    expect(s.state()).toBe(outcome.to);
    expect(s.context().agent?.name ?? null).toBe(outcome.agent ?? null);
    expect(s.told()).toEqual(outcome.told ?? []);
    expect(s.notified.map(({ reason }) => reason)).toEqual(outcome.notified ?? []);
    expect(s.emitted.filter(({ type }) => type === 'ignored')).toHaveLength(outcome.ignored ? 1 : 0);
    expect(s.emitted.flatMap((e) => (e.type === 'refused' ? [[e.code, e.holder]] : []))).toEqual(
      outcome.refused ? [['held', outcome.refused]] : [],
    );
    if (outcome.ignored || outcome.refused) {
      expect(s.actor.getSnapshot().value).toEqual(before.value);
      expect(s.context()).toEqual(before.context);
    } else if (event !== 'timeout' && event !== 'unanswered') {
      expect(s.actor.getSnapshot(), 'to a host, what changes nothing was not heard').not.toBe(before);
    }
    // What the customer wrote gets an answer if, and only if, the bot has the session.
    const told = s.told().length;
    s.advance(800);
    const run = s.answers.at(-1);
    if (run) await run.done({ text: 'the answer' });
    await settle();
    expect(s.told().slice(told)).toEqual(outcome.answered ? ['the answer'] : []);
  });

  it('has a cell for every state and event', () => {
    expect(Object.keys(LIFECYCLE)).toEqual([...LIFECYCLE_STATES]);
    for (const row of Object.values(LIFECYCLE)) expect(Object.keys(row).sort()).toEqual(Object.keys(fire).sort());
  });

  it("CLOSED is the host's row: a message opens a new session, an agent's message is refused, the rest is ignored", () => {
    const row = Object.keys(fire).map((type) => {
      const cell = LIFECYCLE.CLOSED[type as LifecycleEventType];
      return [type, 'kind' in cell ? cell.kind : 'branches'];
    });
    const others = row.filter(
      ([type]) => !['customer.message', 'customer.command', 'customer.call', 'agent.echo', 'agent.message'].includes(String(type)),
    );
    expect(Object.fromEntries(row)).toMatchObject({
      'customer.message': 'reopen',
      'customer.command': 'reopen',
      'customer.call': 'reopen',
      'agent.echo': 'reopen',
      'agent.message': 'refuse',
    });
    expect(others.every(([, kind]) => kind === 'ignore')).toBe(true);
  });
});

describe('the way back from waiting for a human', () => {
  it.each(['assistant', 'stop'])('/%s ends the wait, says so, and the bot answers what was written meanwhile', (name) => {
    const s = liveSession({ debounceMs: 0 });
    reach.WAITING_AGENT(s);
    s.say('is anybody there?');
    s.forget();
    s.command(name);
    expect([s.state(), s.context().waiting]).toEqual(['ACTIVE.bot', null]);
    expect(s.told()).toEqual(['returned']);
    expect(s.answers.at(-1)?.input.messages.at(-1)?.text).toBe('is anybody there?');
    expect(s.context().messages.map(({ text }) => text)).not.toContain(`/${name}`);
  });

  it('is offered by each notice about the wait, in the words of the customer’s language', () => {
    const s = liveSession({ locale: 'ar' });
    reach.WAITING_AGENT(s);
    s.advance(10 * MINUTE);
    const offers = s.sent.filter(({ buttons }) => buttons !== undefined);
    expect(offers.map(({ notice }) => notice)).toEqual(['escalated', 'stillWaiting']);
    for (const { buttons, text } of offers) {
      expect(buttons).toEqual([{ id: 'assistant', label: 'العودة إلى المساعد' }]);
      expect(text).toContain('/assistant');
    }
  });

  it('says that the assistant answers where nobody waits, and takes nobody away from a human', () => {
    const bot = liveSession();
    reach['ACTIVE.bot'](bot);
    bot.forget();
    bot.command('assistant');
    expect([bot.state(), bot.told()]).toEqual(['ACTIVE.bot', ['withAssistant']]);
    const human = liveSession();
    reach['ACTIVE.human'](human);
    human.command('assistant');
    expect([human.state(), human.context().agent]).toEqual(['ACTIVE.human', ann]);
  });

  it('was not there in session@2', () => {
    expect(LIFECYCLE_2.WAITING_AGENT['customer.command']).toEqual(LIFECYCLE_2.WAITING_AGENT['customer.message']);
  });
});

it('the table of session@1 and session@2 never changes, because their journals are replayed by it', () => {
  // If this fails, put the table back, and write the change into a table of a new version.
  expect(createHash('sha256').update(JSON.stringify(LIFECYCLE_2)).digest('hex')).toBe(
    'c956e460a66fca833a790e090967f5a662339ae6494d881f56ec8aaa641954ef',
  );
});

describe('the cells with more than one answer', () => {
  it('ACTIVE, bot goes idle when no answer is in the making', () => {
    const s = liveSession();
    s.command('start');
    s.advance(30 * MINUTE);
    expect(s.state()).toBe('IDLE');
  });

  it('ACTIVE, human: the holder claims again, writes, and hands over to a named agent', () => {
    const s = liveSession();
    reach['ACTIVE.human'](s);
    s.forget();
    const before = s.actor.getSnapshot();
    s.send({ type: 'agent.claim', at: s.now(), agent: ann });
    expect(s.actor.getSnapshot()).not.toBe(before);
    s.send({ type: 'agent.message', at: s.now(), agent: ann, text: 'Ann here' });
    expect(s.sent).toEqual([{ text: 'Ann here', author: 'agent', agent: ann, draft: null }]);
    s.send({ type: 'agent.transfer', at: s.now(), agent: ann, to: bob });
    expect([s.state(), s.context().agent]).toEqual(['ACTIVE.human', bob]);
    expect(s.notified).toEqual([{ reason: 'transfer', agentId: 'b1' }]);
    expect(s.emitted).toEqual([]);
  });

  it('ACTIVE, human: who is not the holder may free it or move it, but not speak', () => {
    const s = liveSession();
    reach['ACTIVE.human'](s);
    s.forget();
    s.send({ type: 'agent.message', at: s.now(), agent: bob, text: 'Bob here' });
    expect(s.emitted).toMatchObject([{ type: 'refused', code: 'held', holder: 'Ann', message: expect.stringContaining('Ann') }]);
    expect(s.sent).toEqual([]);
    s.send({ type: 'agent.release', at: s.now(), agent: bob });
    expect([s.state(), s.context().agent]).toEqual(['ACTIVE.bot', null]);
  });

  it.each(['ACTIVE.human', 'IDLE'] as const)(
    '%s: what is for the holder alone is refused to others, and done once nobody holds it',
    (state) => {
      const others = (s: LiveSession) =>
        [
          { type: 'agent.release', at: s.now(), agent: bob, holderOnly: true },
          { type: 'agent.transfer', at: s.now(), agent: bob, to: bob, holderOnly: true },
          { type: 'agent.transfer', at: s.now(), agent: bob, queue: 'sales', holderOnly: true },
          { type: 'close', at: s.now(), by: bob.id, holderOnly: true },
        ] as const;
      const s = liveSession();
      reach['ACTIVE.human'](s);
      if (state === 'IDLE') s.advance(30 * MINUTE);
      const before = s.context();
      for (const event of others(s)) s.send(event);
      expect([s.state(), s.context()]).toEqual([state, before]);
      // An idle session takes neither a release nor a transfer from anybody.
      const refused = state === 'IDLE' ? 1 : 4;
      expect(s.emitted.filter(({ type }) => type === 'refused')).toMatchObject(Array(refused).fill({ code: 'held', holder: 'Ann' }));
      s.send({ type: 'close', at: s.now(), by: ann.id, holderOnly: true });
      expect(s.state()).toBe('CLOSED');

      const free = liveSession();
      reach.WAITING_AGENT(free);
      free.send({ type: 'close', at: free.now(), by: bob.id, holderOnly: true });
      expect(free.state()).toBe('CLOSED');
    },
  );

  it('IDLE: a message goes back to the human who held it, and to the bot once they let go', () => {
    const held = liveSession();
    reach['ACTIVE.human'](held);
    held.advance(30 * MINUTE);
    held.say('are you still there?');
    expect(held.state()).toBe('ACTIVE.human');

    const left = liveSession();
    reach['ACTIVE.human'](left);
    left.send({ type: 'agent.release', at: left.now(), agent: ann });
    left.advance(30 * MINUTE);
    left.say('hello again');
    expect(left.state()).toBe('ACTIVE.bot');
  });

  it('WAITING_AGENT: kept for the human, the customer told once', () => {
    const s = liveSession();
    reach.WAITING_AGENT(s);
    s.say('one');
    s.say('two');
    s.command('agent');
    expect(s.told()).toEqual(['escalated']);
    expect(s.context().messages.map(({ text }) => text)).toEqual(['hello', 'one', 'two', '/agent']);
  });

  it('WAITING_AGENT: a transfer is to a new queue', () => {
    const s = liveSession();
    reach.WAITING_AGENT(s);
    fire['agent.transfer'](s);
    expect(s.context().waiting?.queue).toBe('billing');
    expect(s.notified.at(-1)).toEqual({ reason: 'transfer', queue: 'billing' });
  });

  it.each(['NEW', 'ACTIVE.bot', 'IDLE'] as const)('%s: /agent brings a human', (state) => {
    const s = liveSession();
    reach[state](s);
    s.command('agent');
    expect(s.state()).toBe('WAITING_AGENT');
    expect(s.notified).toEqual([{ reason: 'the customer asked for a human' }]);
  });

  it('an edit that leaves the text as it is changes nothing, so nothing is answered again', () => {
    const s = liveSession();
    const id = s.say('hello');
    s.send({ type: 'customer.edit', id, at: s.now(), text: 'hello' });
    expect(s.emitted.at(-1)).toMatchObject({ type: 'ignored' });
    s.send({ type: 'customer.edit', id, at: s.now(), text: 'hello!' });
    expect(s.context().messages.map(({ text }) => text)).toEqual(['hello!']);
  });

  it('/agent with a request or a photo: what came with it is kept for the human', () => {
    const s = liveSession();
    const media = [{ kind: 'image' as const, ref: 'p1' }];
    s.send({ type: 'customer.command', id: 'c1', at: s.now(), name: 'agent', args: 'please look at this', media });
    expect(s.state()).toBe('WAITING_AGENT');
    expect(s.context().messages).toMatchObject([{ id: 'c1', text: '/agent please look at this', media }]);
  });

  it('a message that failed for good is told to the humans, a failed telling is only counted', () => {
    const s = liveSession();
    s.say('hello');
    s.send({ type: 'effect.failed', at: s.now(), effect: 'agents.notify', serial: 2, code: 'refused', reason: 'nobody' });
    expect(s.notified).toEqual([]);
    expect(s.context().counters.errors).toBe(1);
    for (const effect of ['message.send', 'file.send'])
      s.send({ type: 'effect.failed', at: s.now(), effect, serial: 3, code: 'refused', reason: `no ${effect}` });
    expect(s.notified).toEqual([{ reason: 'undeliverable: no message.send' }, { reason: 'undeliverable: no file.send' }]);
    // The customer reads about the file too, because the text before had announced it.
    expect(s.told()).toEqual(['fileNotSent']);
  });
});
