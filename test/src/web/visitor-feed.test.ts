/** What of the journal a visitor is shown. Only what took effect counts. */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { TestRuntime } from '#actors/testing/test-runtime.ts';
import type { VisitorEvent } from '#channels/feed.ts';
import type { MachineEvent } from '#machines/definition.ts';
import type { Address, SessionId } from '#machines/ids.ts';
import { createVisitorFeed, type VisitorFeedParts } from '#src/web/visitor-feed.ts';
import type { Approvals } from '#storage/approvals.ts';
import { createMemoryStore } from '#storage/memory/adapter.ts';
import { ann, bob, MovingSessions, twoAddresses } from '#test/actors/session/moving-sessions.ts';

let sessions: MovingSessions;
let runtime: TestRuntime;
let address: Address;
let approvals: Approvals;
const leaving: AbortController[] = [];
const watchers = new Set<Parameters<VisitorFeedParts['actors']['watch']>[1]>();
beforeEach(() => {
  const stores = createMemoryStore();
  approvals = stores.approvals;
  sessions = new MovingSessions(stores);
  runtime = sessions.instance();
  [address] = twoAddresses();
});
afterEach(async () => {
  for (const reader of leaving.splice(0)) reader.abort();
  watchers.clear();
  await sessions.close();
});

/** A run publishes that it begins a phase. */
function enters(sessionId: SessionId, phase: 'started' | 'tool' | 'thinking'): void {
  for (const listener of watchers) listener(sessionId, { type: 'run', runId: 'r', phase });
}

/** What a page receives from now on. With `after`, as one that comes back. */
function read(after?: string): VisitorEvent[] {
  const actors: VisitorFeedParts['actors'] = {
    partialAnswer: (at) => runtime.partialAnswer(at),
    watch: (at, listener) => {
      watchers.add(listener);
      return runtime.watch(at, listener);
    },
  };
  const feed = createVisitorFeed({ actors, store: sessions.store, approvals, pollMs: () => 60_000 });
  const reader = new AbortController();
  leaving.push(reader);
  const events: VisitorEvent[] = [];
  void (async () => {
    for await (const event of feed(address, after, reader.signal)) events.push(event);
  })();
  return events;
}

async function deliver(event: Omit<MachineEvent, 'at'> & { readonly type: string }) {
  const { id } = await sessions.row(address);
  return runtime.deliver({ sessionId: id }, { ...event, at: Date.now() });
}

/** The handler, with the name that the page shows. */
const handlers = (events: readonly VisitorEvent[]): string[] =>
  events.flatMap((event) => (event.type === 'state' ? [[event.handler, event.name].filter(Boolean).join(' ')] : []));
const eventually = (check: () => void) => vi.waitFor(check, { interval: 5 });

it('says once that what was there before has been sent', async () => {
  const empty = read();
  await eventually(() => expect(empty).toEqual([{ type: 'live' }]));
  await sessions.write(runtime, address, 'hello');
  const fresh = read();
  await eventually(() => expect(fresh).toContainEqual({ type: 'live' }));
  const before = fresh.length;
  expect(fresh.flatMap((event) => (event.type === 'message' ? event.text : []))).toEqual(['hello']);
  await sessions.write(runtime, address, 'and again');
  await eventually(() => expect(fresh.length).toBeGreaterThan(before));
  expect(fresh.filter(({ type }) => type === 'live')).toHaveLength(1);
});

describe('the name of the human who holds the session', () => {
  it('is never that of a colleague who was refused', async () => {
    await sessions.write(runtime, address, 'hello');
    const live = read();
    await deliver({ type: 'agent.claim', agent: ann });
    expect(await deliver({ type: 'agent.claim', agent: bob })).toMatchObject({ refused: { holder: 'Ann' } });
    expect(await deliver({ type: 'agent.message', agent: bob, text: 'It is me' })).toMatchObject({ refused: { holder: 'Ann' } });
    await deliver({ type: 'agent.message', agent: ann, text: 'I am here' });
    await eventually(() => expect(live).toContainEqual(expect.objectContaining({ text: 'I am here' })));

    const fresh = read();
    await eventually(() => expect(handlers(fresh).at(-1)).toBe('human Ann'));
    expect(handlers(fresh)).not.toContain('human Bob');
  });

  it('is not taken from the words of a customer', async () => {
    await sessions.write(runtime, address, 'hello');
    await deliver({ type: 'agent.claim', agent: ann });
    await sessions.write(runtime, address, 'agent.claim');
    const events = read();
    await eventually(() => expect(handlers(events).at(-1)).toBe('human Ann'));
  });

  it('is the colleague’s after a transfer', async () => {
    await sessions.write(runtime, address, 'hello');
    await deliver({ type: 'agent.claim', agent: ann });
    const live = read();
    await eventually(() => expect(handlers(live).at(-1)).toBe('human Ann'));
    await deliver({ type: 'agent.transfer', agent: ann, to: bob });
    await eventually(() => expect(handlers(live).at(-1)).toBe('human Bob'));
  });

  it('is known to a page that comes back behind the claim', async () => {
    await sessions.write(runtime, address, 'hello');
    await deliver({ type: 'agent.claim', agent: ann });
    const { sessionId, version } = await sessions.write(runtime, address, 'still there?');
    const back = read(`${sessionId}.${version}`);
    await eventually(() => expect(handlers(back)).toEqual(['human Ann']));
  });
});

it('a refused event is no activity of the session', async () => {
  await sessions.write(runtime, address, 'hello');
  await deliver({ type: 'agent.claim', agent: ann });
  await vi.waitFor(async () => expect(await sessions.row(address)).toMatchObject({ agentId: 'ann' }));
  const { lastActivityAt } = await sessions.row(address);
  await vi.waitFor(() => expect(Date.now()).toBeGreaterThan(lastActivityAt));
  await deliver({ type: 'agent.claim', agent: bob });
  await deliver({ type: 'escalate', reason: 'angry' });
  expect(await sessions.row(address)).toMatchObject({ lastActivityAt });
  await deliver({ type: 'agent.message', agent: ann, text: 'I am here' });
  expect((await sessions.row(address)).lastActivityAt).toBeGreaterThan(lastActivityAt);
});

describe('the state of a session', () => {
  it('stands where it changed, also for a page that is opened later', async () => {
    await sessions.write(runtime, address, 'hello');
    await deliver({ type: 'escalate', reason: 'asked' });
    await deliver({ type: 'agent.claim', agent: ann });
    await deliver({ type: 'agent.message', agent: ann, text: 'I am here' });
    await deliver({ type: 'agent.release', agent: ann });
    const events = read();
    await eventually(() => expect(handlers(events)).toEqual(['bot', 'none', 'human Ann', 'bot']));
    const order = events.flatMap((event) => (event.type === 'message' ? [event.text] : event.type === 'state' ? [event.handler] : []));
    expect(order.slice(-3)).toEqual(['human', 'I am here', 'bot']);
  });

  it('says since when it waits for a human', async () => {
    await sessions.write(runtime, address, 'hello');
    const live = read();
    await deliver({ type: 'escalate', reason: 'asked' });
    const waitingSince = await vi.waitFor(async () => {
      const row = await sessions.row(address);
      expect(row.state).toBe('WAITING_AGENT');
      return row.waitingSince;
    });
    const fresh = read();
    for (const events of [live, fresh])
      await eventually(() => {
        const last = events.findLast((event) => event.type === 'state');
        expect(last).toMatchObject({ state: 'WAITING_AGENT' });
        expect(Math.abs(Number(last?.waitingSince) - Number(waitingSince))).toBeLessThan(1_000);
      });
  });
});

describe('the way back from waiting', () => {
  it('is offered below the notice, and the page is sent that the assistant answers again', async () => {
    await sessions.write(runtime, address, 'hello');
    const live = read();
    await deliver({ type: 'escalate', reason: 'asked' });
    const replies = [{ label: 'Back to the assistant', text: '/assistant' }];
    await eventually(() => expect(live).toContainEqual(expect.objectContaining({ author: 'system', replies })));
    await deliver({ type: 'customer.command', id: 'back', name: 'assistant', args: '' });
    await eventually(() => expect(handlers(live).slice(-2)).toEqual(['none', 'bot']));
  });
});

it('a run whose end was not received is at work no more once the stored session has none', async () => {
  const { sessionId } = await sessions.write(runtime, address, 'hello');
  await eventually(() => expect(sessions.answers).toHaveLength(1));
  const live = read();
  await eventually(() => expect(handlers(live)).toContain('bot'));
  for (const listener of watchers) listener(sessionId, { type: 'run', runId: 'lost', phase: 'tool' });
  await deliver({ type: 'agent.claim', agent: ann });
  const openOf = vi.spyOn(approvals, 'openOf');
  for (const listener of watchers) listener(sessionId, { type: 'gap' });
  await eventually(() => expect(live.filter(({ type }) => type === 'typing').at(-1)).toMatchObject({ on: false }));
  openOf.mockClear();
  for (const listener of watchers) listener(sessionId, { type: 'gap' });
  await deliver({ type: 'agent.message', agent: ann, text: 'I am here' });
  await eventually(() => expect(live).toContainEqual(expect.objectContaining({ text: 'I am here' })));
  expect(openOf).not.toHaveBeenCalled();
});

describe('a tool call that waits for an approval', () => {
  const ask = async (id: string, sessionId: SessionId) =>
    approvals.ask({ id, sessionId, tool: 'refund', shown: {}, fingerprint: 'f', approvers: [{ role: 'agent' }], ttlMs: 60_000 });
  const waits = (events: readonly VisitorEvent[]) => events.flatMap((event) => (event.type === 'approval' ? [event.since] : []));

  it('is shown with its time, also on a page that is opened then, until the run goes on', async () => {
    const { sessionId } = await sessions.write(runtime, address, 'hello');
    await eventually(() => expect(sessions.answers).toHaveLength(1));
    const live = read();
    await eventually(() => expect(handlers(live)).toContain('bot'));
    enters(sessionId, 'started');
    const { askedAt } = await ask('a1', sessionId);
    enters(sessionId, 'tool');
    await eventually(() => expect(waits(live)).toEqual([askedAt]));
    const fresh = read();
    await eventually(() => expect(waits(fresh)).toEqual([askedAt]));
    await approvals.decide('a1', { agent: 'sue', role: 'agent' }, true, null);
    enters(sessionId, 'thinking');
    for (const events of [live, fresh]) await eventually(() => expect(waits(events)).toEqual([askedAt, undefined]));
  });

  it('is not shown once its run was stopped, though the approval stays open', async () => {
    const { sessionId } = await sessions.write(runtime, address, 'hello');
    await eventually(() => expect(sessions.answers).toHaveLength(1));
    await ask('a1', sessionId);
    await deliver({ type: 'customer.command', id: 'stop', name: 'stop', args: '' });
    const fresh = read();
    await eventually(() => expect(fresh).toContainEqual(expect.objectContaining({ text: 'Stopped.' })));
    expect(waits(fresh)).toEqual([]);
  });
});

describe('what came with a message', () => {
  it('is shown without the channel’s id of it, and what became of it follows, also on a page that comes back', async () => {
    const { sessionId } = await sessions.write(runtime, address, 'hello');
    const media = [{ kind: 'image', mimeType: 'image/png', fileName: 'a.png', size: 9 }, { kind: 'voice' }];
    await deliver({ type: 'customer.message', id: 'm2', text: '', media });
    const live = read();
    const shown = () => live.findLast((event) => event.type === 'message');
    await eventually(() => expect(shown()).toMatchObject({ author: 'customer', text: '', media }));
    const kept = {
      file: `${sessionId}.media-1`,
      mimeType: 'image/jpeg',
      size: 9,
      thumbnail: `${sessionId}.thumbnail-1`,
      width: 4,
      height: 3,
    };
    await deliver({ type: 'media.kept', messageId: 'm2', index: 0, sha256: 'a'.repeat(64), ...kept });
    await deliver({ type: 'media.lost', messageId: 'm2', index: 1, reason: 'gone' });
    const head = { type: 'media', sessionId, clientId: 'm2' };
    const news = [
      { ...head, index: 0, ...kept },
      { ...head, index: 1, lost: 'gone' },
    ];
    const ofMedia = (events: readonly VisitorEvent[]) => events.filter(({ type }) => type === 'media');
    await eventually(() => expect(ofMedia(live)).toEqual(news));
    const message = shown();
    const back = read(message?.type === 'message' ? message.id : '');
    await eventually(() => expect(ofMedia(back)).toEqual(news));
  });
});

describe('a card', () => {
  const place = { kind: 'location', latitude: 30.0444, longitude: 31.2357, name: 'Tower A' } as const;

  it('comes with the text above it, beside both as words', async () => {
    await sessions.write(runtime, address, 'Where is it?');
    await deliver({ type: 'agent.message', agent: ann, text: 'It is *here*', card: place });
    const events = read();
    await eventually(() =>
      expect(events.findLast((event) => event.type === 'message')).toMatchObject({
        card: place,
        caption: 'It is *here*',
        text: expect.stringMatching(/^It is \*here\*\n\n📍 \[Tower A\]/),
      }),
    );
  });

  it('of the provider’s own form is its text alone', async () => {
    await sessions.write(runtime, address, 'What do you have?');
    await deliver({ type: 'agent.message', agent: ann, text: 'Look', card: { kind: 'whatsapp', interactive: { type: 'flow' } } });
    const events = read();
    await eventually(() => expect(events).toContainEqual(expect.objectContaining({ type: 'message', text: 'Look' })));
    expect(JSON.stringify(events)).not.toContain('whatsapp');
  });
});

it('a message comes with its name, and with that of the message that it answers', async () => {
  await sessions.write(runtime, address, 'hello');
  await deliver({ type: 'customer.message', id: 'm2', text: 'And this?', replyTo: 'x.1' });
  await deliver({ type: 'agent.message', agent: ann, text: 'Yes', replyTo: 'm2' });
  const events = read();
  const messages = () => events.flatMap((event) => (event.type === 'message' ? [event] : []));
  await eventually(() => expect(messages()).toHaveLength(3));
  const [first, second, third] = messages();
  expect([first?.replyTo, second?.replyTo, third?.replyTo]).toEqual([undefined, 'x.1', 'm2']);
  expect([second?.clientId !== undefined, second?.ref]).toEqual([true, undefined]);
});

it('reactions come with the page’s own id of the message, also when they are taken back, and again on a page that comes later', async () => {
  await sessions.write(runtime, address, 'hello');
  const { sessionId } = await deliver({ type: 'customer.message', id: 'm2', text: 'Thank you' });
  const live = read();
  const reactions = (events: readonly VisitorEvent[]) => events.filter(({ type }) => type === 'reaction');
  for (const emoji of ['❤️', null]) await deliver({ type: 'agent.reaction', agent: ann, id: 'm2', emoji });
  const head = { type: 'reaction', sessionId, clientId: 'm2', seq: expect.any(Number), author: 'agent', name: 'Ann' };
  const all = ['❤️', null].map((emoji) => ({ ...head, emoji }));
  await eventually(() => expect(reactions(live)).toEqual(all));
  const fresh = read();
  await eventually(() => expect(reactions(fresh)).toEqual(all));
});
