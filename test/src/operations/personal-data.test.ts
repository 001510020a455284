/**
 * Personal data in what the visualizer shows. A session has a canary in every field of its customer
 * and of what people wrote, and every answer is searched as each role and as a share link.
 */
import { beforeAll, describe, expect, test } from 'vitest';
import { Sandbox } from '#actors/sandbox/sandbox.ts';
import { companion } from '#assistants/companion/assistant.ts';
import { parseAddress, parseSessionId } from '#machines/ids.ts';
import { agentCaller } from '#src/agents/scopes.ts';
import { createReadingRegistry } from '#src/cli/reading-registry.ts';
import { layoutInThread } from '#src/drawing/layout-thread.ts';
import { keptPictures } from '#src/drawing/pictures.ts';
import { type Caller, tokenCaller } from '#src/operations/caller.ts';
import type { OperationContext } from '#src/operations/context.ts';
import { graphReader, machineFinder } from '#src/operations/machine-graphs.ts';
import { type Operation, runOperation } from '#src/operations/operation.ts';
import { operations } from '#src/operations/operations.ts';
import { hidePersonal } from '#src/operations/redaction.ts';
import { promptReader } from '#src/operations/session-context.ts';
import { engineOf } from '#src/replay/replay-engine.ts';
import { SessionReplays } from '#src/replay/session-replays.ts';
import { keptSandboxes } from '#src/sandbox/kept-sandboxes.ts';
import { shareLinksOf } from '#src/share-links/share-links.ts';
import { bytesIn } from '#test/file-bytes.ts';
import { testContext } from './test-context.ts';

// Each answer at each entry is made for each caller.
const AT = 1_790_000_000_000;
const sessionId = '01890a5d-ac96-774b-bcce-b302099a8001';
/** In place of a canary, because a reaction is one emoji. */
const REACTION = '🦄';
const canary = (what: string): string => `canary-${what}`;
const amira = { id: 'amira', name: canary('agent-name') };
const clock = { now: () => AT, after: () => () => {} };

const registry = createReadingRegistry({ assistants: [companion] });

function setUp() {
  const { context, lifecycle, audited } = testContext({ now: () => AT });
  const { store, expiringRecords: records } = lifecycle;
  const replays = new SessionReplays({ store, engine: engineOf(registry) });
  const shareLinks = shareLinksOf({ records, key: new Uint8Array(32).fill(7), now: () => AT });
  const sandboxes = keptSandboxes({ records, store, replays, registry, runsWith: () => undefined, clock, onError: () => {} });
  const ports = {
    graphOf: graphReader(registry),
    machineOf: machineFinder(registry),
    promptOf: promptReader(registry),
    pictureOf: keptPictures(layoutInThread),
    machines: () => [{ id: 'session', version: 3, assistants: ['companion'], input: null }],
  };
  return { context: { ...context, replays, shareLinks, sandboxes, ...ports }, shareLinks, records, store, audited };
}

let parts: ReturnType<typeof setUp>;
/** The last entry of the session. */
let last = 0;

beforeAll(async () => {
  parts = setUp();
  const machine = { id: 'session', version: 3 };
  const sandbox = new Sandbox(registry, { kind: 'machine', assistant: 'companion', machine, sessionId: parseSessionId(sessionId), at: AT });
  const send = (event: { type: string; [key: string]: unknown }) => sandbox.play({ do: 'send', event: { at: sandbox.now, ...event } });
  const customer = { name: canary('name'), handle: canary('handle'), phone: canary('phone'), locale: 'en' };
  send({
    type: 'customer.message',
    id: canary('message-id'),
    text: canary('message'),
    customer,
    media: [{ kind: 'contact', ref: canary('ref'), fileName: canary('file'), phone: canary('contact-phone'), name: canary('contact') }],
  });
  sandbox.play({ do: 'advance', ms: 2_000 });
  const [answer] = sandbox.invocations;
  const entities = { budget: canary('entity'), [canary('entity-name')]: 4_711_003 };
  const place = { kind: 'location', latitude: 47.11003, longitude: 4_711.003 / 100, name: canary('place'), street: canary('street') };
  const form = { kind: 'whatsapp', interactive: { type: 'address_message', address: canary('home'), amount: 4_711_003 } };
  const output = {
    text: canary('answer'),
    entities,
    preferences: { likes: canary('preference') },
    intent: canary('intent'),
    replies: [canary('reply')],
    reaction: REACTION,
    cards: [
      { text: canary('card-text'), card: place },
      { text: 'x', card: form },
    ],
    calls: [{ tool: 'look_up', input: { q: canary('tool-input') }, result: canary('tool-result'), ok: true, ms: 3 }],
    files: [
      {
        file: `${sessionId}.report.pdf`,
        name: canary('report'),
        mimeType: 'application/pdf',
        size: 9,
        caption: canary('caption'),
      },
    ],
  };
  sandbox.play({ do: 'settle', serial: answer?.serial ?? -1, output });
  send({ type: 'customer.edit', id: canary('message-id'), text: canary('edited') });
  send({ type: 'customer.command', id: 'c1', name: 'analyze', args: canary('args') });
  send({ type: 'customer.reaction', id: canary('message-id'), emoji: canary('emoji') });
  send({ type: 'escalate', reason: canary('reason'), queue: canary('queue') });
  send({ type: 'agent.claim', agent: amira });
  send({ type: 'agent.claim', agent: { id: 'omar', name: canary('other-agent') } });
  send({ type: 'note', agent: amira, text: canary('note') });
  send({ type: 'agent.message', agent: amira, text: canary('agent-message'), replyTo: canary('answered') });
  const quoted = { author: 'customer', text: canary('quoted') };
  send({ type: 'customer.message', id: 'answer-1', text: canary('answering'), replyTo: canary('answered'), quoted });
  const contact = { kind: 'contact', name: canary('card-name'), phone: '+20 4711003', organization: canary('organization') };
  send({ type: 'agent.message', agent: amira, text: '', card: contact });
  send({ type: 'agent.reaction', agent: amira, id: canary('message-id'), emoji: REACTION });
  const update = { [canary('entity-name')]: { value: canary('entity-value'), was: 4_711_003 } };
  send({ type: 'agent.update', agent: amira, tags: { add: [canary('tag')] }, intent: canary('other-intent'), entities: update });
  send({ type: 'agent.schedule', agent: amira, id: 'scheduled-1', text: canary('scheduled'), sendAt: AT + 99_000, seen: 9_999 });
  send({ type: 'agent.unsnooze', agent: amira });
  send({ type: 'effect.failed', effect: 'message.send', serial: 1, code: 'refused', reason: canary('failure') });
  // Long messages, so that the older ones become a summary.
  for (let n = 0; n < 7; n += 1) {
    send({ type: 'customer.message', id: `long-${n}`, text: `${canary('long')} ${'word '.repeat(800)}` });
    send({ type: 'agent.message', agent: amira, text: `${canary('long-answer')} ${'word '.repeat(800)}` });
  }
  const summary = sandbox.invocations.find(({ id }) => id === 'summarise');
  sandbox.play({ do: 'settle', serial: summary?.serial ?? -1, output: { text: canary('summary') } });
  // An answer whose prompt has the summary.
  send({ type: 'agent.release', agent: amira });
  send({ type: 'customer.message', id: 'q2', text: canary('question') });
  sandbox.play({ do: 'advance', ms: 2_000 });
  expect(sandbox.invocations.map(({ id }) => id)).toContain('answer');
  last = sandbox.journal.length;
  const row = { ...sandbox.row, address: parseAddress(`telegram:100:${canary('peer')}`), agentId: 'amira' };
  const journal = sandbox.journal.map((entry) => ({ ...entry, sessionId: row.id }));
  const turn = { session: row, expectedVersion: 0, journal, work: [], settled: [], deliveries: [], lineage: [] };
  const [stored] = await parts.store.commit([turn], 'test', 0);
  expect(stored).toEqual({ ok: true });
});

async function answersAs(caller: Caller): Promise<string> {
  const context: OperationContext = { ...parts.context, caller };
  const run = (operation: Operation, input: object) => runOperation(operation, context, () => input);
  const answers: unknown[] = [
    await run(operations['sessions.timeline'], { sessionId }),
    await run(operations['sessions.machine'], { sessionId }),
  ];
  if (caller.share === undefined) answers.push(...(await machineAnswers(context)));
  for (let seq = 1; seq <= last; seq += 1) answers.push(await run(operations['sessions.replay'], { sessionId, seq }));
  return JSON.stringify(answers);
}

/** Lists, graphs and pictures of machines, with the states of the session lit. */
async function machineAnswers(context: OperationContext): Promise<readonly unknown[]> {
  const run = (operation: Operation, input: object) => runOperation(operation, context, () => input);
  const machine = { machineId: 'session', version: 3 };
  const answers: unknown[] = [await run(operations['machines.list'], {}), await run(operations['machines.graph'], machine)];
  const active = 'open.lifecycle.ACTIVE.human';
  for (const [name, shown] of [
    ['machines.svg', { active, detail: 'overview' }],
    ['machines.mermaid', { active }],
  ] as const) {
    const file = await runOperation(operations[name], context, () => ({ ...machine, ...shown }));
    const text = new TextDecoder().decode(await bytesIn(file));
    expect(text).toContain('human');
    answers.push(text);
  }
  return answers;
}

const agent = (id: string, role: 'agent' | 'supervisor' | 'admin') => agentCaller({ id, name: id, role });

const SEEN = [
  ...['name', 'handle', 'phone', 'message', 'note', 'entity', 'args', 'file', 'scheduled', 'peer', 'tag', 'preference'],
  ...['tool-input', 'tool-result', 'report', 'caption', 'summary', 'question', 'long', 'agent-message'],
  ...['place', 'street', 'home', 'card-name', 'organization', 'answered', 'quoted'],
];

test('a reaction of an agent is in the lane of agents', async () => {
  const context: OperationContext = { ...parts.context, caller: tokenCaller('admin') };
  const { entries } = await runOperation(operations['sessions.timeline'], context, () => ({ sessionId }));
  expect(entries.flatMap(({ kind, lane }) => (kind === 'agent.reaction' ? lane : []))).toEqual(['agent']);
});

describe('personal data of a session', () => {
  test('is in every answer for those who may see it', async () => {
    for (const caller of [tokenCaller('admin'), agent('zoe', 'admin'), agent('zoe', 'supervisor'), agent('amira', 'agent')]) {
      const text = await answersAs(caller);
      expect(text).toContain(REACTION);
      for (const what of SEEN) expect([what, text.includes(canary(what))]).toEqual([what, true]);
    }
  });

  test('is in no answer for an agent who does not hold it, nor for a share link', async () => {
    const made = await parts.shareLinks.create({ sessionId, seq: null, personal: false, createdBy: 'zoe', expiresAt: AT + 1_000 });
    const link = await parts.shareLinks.caller(made.token);
    if (link === undefined) throw new Error('the link names no caller');
    for (const caller of [agent('omar', 'agent'), link]) {
      const text = await answersAs(caller);
      expect([...new Set(text.match(/canary-[\w-]+/g) ?? [])]).toEqual([]);
      expect(text).not.toContain(REACTION);
      expect(text).not.toContain('4711003');
      // What happened can still be followed.
      for (const shown of [
        'customer.message',
        'agent.claim',
        'open.lifecycle.ACTIVE.human',
        '"ignored"',
        '"held"',
        'telegram:100:[hidden]',
      ])
        expect([shown, text.includes(shown)]).toEqual([shown, true]);
    }
  });

  test('is in no fork of those who may not see it, and not in what they save', async () => {
    const scopes = new Set([...agent('omar', 'agent').scopes, 'sandboxes:use' as const]);
    const context: OperationContext = { ...parts.context, caller: { ...agent('omar', 'agent'), scopes } };
    const forked = await runOperation(operations['sessions.fork'], context, () => ({ sessionId, seq: last }));
    const steps = [{ do: 'send', event: { type: 'customer.message', id: 'n1', text: canary('typed') } }];
    const played = await runOperation(operations['sandboxes.play'], context, () => ({ sandboxId: forked.id, version: 1, steps }));
    expect([...new Set(JSON.stringify([forked, played]).match(/canary-[\w-]+/g) ?? [])]).toEqual([]);
    await expect(runOperation(operations['sandboxes.save'], context, () => ({ sandboxId: forked.id }))).rejects.toMatchObject({
      code: 'forbidden',
    });
    const admin: OperationContext = { ...parts.context, caller: tokenCaller('admin') };
    const { text } = await runOperation(operations['sandboxes.save'], admin, () => ({ sandboxId: forked.id, title: 'it goes on' }));
    expect(text).toContain(canary('typed'));
    // An instance that has not played it yet has nothing to play once the session is deleted.
    const { records, context: ports } = parts;
    const store = { load: async () => undefined };
    const other = keptSandboxes({ ...ports, records, store, registry, runsWith: () => undefined, clock, onError: () => {} });
    await expect(other.get(forked.id)).rejects.toMatchObject({ code: 'not_found' });
  });

  test('of a machine of its own is hidden wherever nobody said what it is', () => {
    const context = {
      customerName: 'canary',
      age: 44,
      list: ['canary', 7],
      nested: { state: 'canary phrase', 'a key': true, at: 9 },
      kind: 'ticket',
    };
    expect(hidePersonal(context, false)).toEqual({
      customerName: '[hidden]',
      age: '[hidden]',
      list: ['[hidden]', '[hidden]'],
      nested: { state: '[hidden]', '[hidden 2]': true, at: 9 },
      kind: 'ticket',
    });
  });
});

describe('a share link', () => {
  const caller = async (token: string) => parts.shareLinks.caller(token);
  const run = (operation: Operation, who: Caller, input: object) => runOperation(operation, { ...parts.context, caller: who }, () => input);

  test('shows one session up to its step, and nothing else', async () => {
    const { token } = await parts.shareLinks.create({ sessionId, seq: 4, personal: false, createdBy: 'zoe', expiresAt: AT + 1_000 });
    const link = await caller(token);
    if (link === undefined) throw new Error('the link names no caller');
    expect(await run(operations['sessions.replay'], link, { sessionId })).toMatchObject({ seq: 4, redacted: true });
    await expect(run(operations['sessions.replay'], link, { sessionId, seq: 5 })).rejects.toMatchObject({ code: 'not_found' });
    expect(await run(operations['sessions.timeline'], link, { sessionId })).toMatchObject({ entries: { length: 4 } });
    const other = '01890a5d-ac96-774b-bcce-b302099a8002';
    await expect(run(operations['sessions.replay'], link, { sessionId: other })).rejects.toMatchObject({ code: 'not_found' });
    for (const name of Object.keys(operations)) {
      if (['sessions.replay', 'sessions.timeline', 'sessions.machine'].includes(name)) continue;
      const operation: Operation | undefined = Object.values<Operation>(operations).find((one) => one.name === name);
      if (operation !== undefined) await expect(run(operation, link, { sessionId }), name).rejects.toMatchObject({ code: 'forbidden' });
    }
  });

  test('ends when it expires and when it is revoked, and is not guessed', async () => {
    const { token, link } = await parts.shareLinks.create({
      sessionId,
      seq: null,
      personal: false,
      createdBy: 'zoe',
      expiresAt: AT + 1_000,
    });
    expect(await caller(token)).toMatchObject({ share: { sessionId } });
    expect(await caller(`${token.slice(0, -2)}AA`)).toBeUndefined();
    expect(await caller(token.replace(link.id, sessionId))).toBeUndefined();
    const expired = await parts.shareLinks.create({ sessionId, seq: null, personal: false, createdBy: 'zoe', expiresAt: AT });
    expect(await caller(expired.token)).toBeUndefined();
    expect(await run(operations['share_links.revoke'], tokenCaller('admin'), { linkId: link.id })).toEqual({ revoked: true });
    expect(await caller(token)).toBeUndefined();
    await expect(run(operations['share_links.revoke'], tokenCaller('admin'), { linkId: link.id })).rejects.toMatchObject({
      code: 'not_found',
    });
  });

  test('hides personal data unless its maker may show it and says so', async () => {
    const asked = { sessionId, personal: true };
    const supervisor = agent('zoe', 'supervisor');
    const scopes = new Set([...supervisor.scopes].filter((scope) => scope !== 'sessions:personal'));
    await expect(run(operations['share_links.create'], { ...supervisor, scopes }, asked)).rejects.toMatchObject({ code: 'forbidden' });
    const made = await runOperation(operations['share_links.create'], { ...parts.context, caller: supervisor }, () => asked);
    expect(made).toMatchObject({ personal: true, createdBy: 'zoe', expiresAt: AT + 7 * 86_400_000 });
    expect(made.path).toBe(`/machines#session=${sessionId}&share=${made.token}`);
    const link = await caller(made.token);
    expect(link && (await answersAs(link))).toContain(canary('name'));
    expect(parts.audited.at(-1)?.caller.agent).toMatch(/^share:/);
  });
});
