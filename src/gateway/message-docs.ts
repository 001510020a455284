/**
 * What people are told of each message of the gateway, with examples. asyncapi.ts publishes it. A
 * message without an entry does not compile.
 */
import type { ClientMessage, ServerMessage } from '#console/client/protocol.ts';

type Typed = { readonly type: string };
type Docs<Message extends Typed> = {
  readonly [Type in Message['type']]: { readonly summary: string; readonly examples: readonly Extract<Message, { readonly type: Type }>[] };
};

const sessionId = '01990000-0000-7000-8000-000000000001';
const requestId = 'b6f0c9a2-6b1e-4d52';
const topic = 'inbox:0123456789abcdef';
const viewer = 'f8f7a5de-0000-4000-8000-000000000001';
const agent = { id: 'amira', name: 'Amira' };
const at = 1_790_000_000_000;
const runId = `${sessionId}:4`;
const presence = { sessionId, viewer, agent, viewing: true, typing: false };
const session = {
  id: sessionId,
  address: 'web:default:v_8f',
  assistant: 'companion',
  version: 7,
  state: 'WAITING_AGENT',
  handler: 'none' as const,
  agentId: null,
  queue: 'orders',
  waitingSince: at,
  tags: ['vip'],
  open: true,
  openedAt: at - 60_000,
  lastActivityAt: at,
  preview: {
    customer: 'Lea',
    last: { author: 'customer' as const, text: 'Where is my order?', at },
    unanswered: 1,
    priority: 'normal' as const,
    news: 1,
  },
};
const entry = {
  seq: 7,
  at,
  kind: 'customer.message',
  author: 'customer',
  text: 'Where is my order?',
  eventId: 'web:1',
  payload: {},
  delivery: null,
};

export const clientMessageDocs: Docs<ClientMessage> = {
  auth: {
    summary: 'Signs in. It is the first message, and comes again with a new token before the old one expires.',
    examples: [{ type: 'auth', token: 'eyJhbGciOiJIUzI1NiJ9.e30.c2lnbmF0dXJl' }],
  },
  subscribe: {
    summary: 'Follows the list of sessions that match a filter. The answer has the topic, and an inbox follows.',
    examples: [{ type: 'subscribe', requestId, topic: 'inbox', filter: { state: 'WAITING_AGENT', queue: 'orders' } }],
  },
  watch: {
    summary: 'Follows one session, from the entry after the last one that the client has.',
    examples: [
      { type: 'watch', requestId, sessionId },
      { type: 'watch', requestId, sessionId, after: 6 },
    ],
  },
  more: {
    summary: 'Loads the next page of a list. It comes as an inbox before the answer.',
    examples: [{ type: 'more', requestId, topic, after: sessionId }],
  },
  unsubscribe: { summary: 'Follows a list no more.', examples: [{ type: 'unsubscribe', requestId, topic }] },
  unwatch: { summary: 'Follows a session no more.', examples: [{ type: 'unwatch', requestId, sessionId }] },
  history: {
    summary: 'Reads the entries before one that the client has. The answer has them.',
    examples: [{ type: 'history', requestId, sessionId, before: 6, limit: 200 }],
  },
  claim: { summary: 'Takes a session over.', examples: [{ type: 'claim', requestId, sessionId }] },
  send: {
    summary: 'Sends a message to the customer, unless somebody wrote after the last entry that its writer saw.',
    examples: [
      { type: 'send', requestId, sessionId, text: 'It will be there on Thursday.', seen: 7 },
      {
        type: 'send',
        requestId,
        sessionId,
        text: 'We are here.',
        card: { kind: 'location', latitude: 30.0444, longitude: 31.2357 },
        seen: 7,
      },
    ],
  },
  react: {
    summary: 'Reacts to a message of the customer, or takes that back.',
    examples: [
      { type: 'react', requestId, sessionId, id: 'm1', emoji: '👍' },
      { type: 'react', requestId, sessionId, id: 'm1', emoji: null },
    ],
  },
  note: {
    summary: 'Writes a note, which the customer does not see.',
    examples: [{ type: 'note', requestId, sessionId, text: 'The carrier has it.' }],
  },
  release: { summary: 'Gives a session back to the bot.', examples: [{ type: 'release', requestId, sessionId }] },
  transfer: {
    summary: 'Gives a session to a colleague or to a queue.',
    examples: [
      { type: 'transfer', requestId, sessionId, to: { id: 'omar', name: 'Omar' } },
      { type: 'transfer', requestId, sessionId, queue: 'orders' },
    ],
  },
  close: { summary: 'Ends a session.', examples: [{ type: 'close', requestId, sessionId, reason: 'answered' }] },
  update: {
    summary: 'Changes facts of a session, whoever holds it.',
    examples: [
      { type: 'update', requestId, sessionId, tags: { add: ['vip'], remove: ['new'] }, priority: 'high' },
      { type: 'update', requestId, sessionId, entities: { city: { value: 'Cairo', was: 'Giza' } } },
    ],
  },
  snooze: { summary: 'Puts a session off until a time.', examples: [{ type: 'snooze', requestId, sessionId, until: at + 3_600_000 }] },
  unsnooze: { summary: 'Ends a snooze.', examples: [{ type: 'unsnooze', requestId, sessionId }] },
  schedule: {
    summary: 'Sends a message later, unless somebody writes before.',
    examples: [{ type: 'schedule', requestId, sessionId, id: 'message-0001', text: 'Good morning.', seen: 7, at: at + 3_600_000 }],
  },
  unschedule: {
    summary: 'Cancels a message that is sent later, or takes note of one that came back.',
    examples: [{ type: 'unschedule', requestId, sessionId, id: 'message-0001' }],
  },
  approve: {
    summary: 'Decides what a run of a model waits for.',
    examples: [{ type: 'approve', requestId, approvalId: 'a-1', decision: 'deny', comment: 'Too much.' }],
  },
  presence: {
    summary: 'Says which session the agent views, and whether the agent types. It is not answered.',
    examples: [
      { type: 'presence', sessionId, typing: true },
      { type: 'presence', sessionId: null, typing: false },
    ],
  },
};

export const serverMessageDocs: Docs<ServerMessage> = {
  ready: {
    summary: 'Answers auth. Commands can be sent from now on.',
    examples: [{ type: 'ready', protocol: 1, agent, role: 'agent', viewer, silenceMs: 40_000, at }],
  },
  ack: {
    summary: 'Answers a command that was done.',
    examples: [
      { type: 'ack', requestId, version: 8 },
      { type: 'ack', requestId, topic },
    ],
  },
  error: {
    summary: 'Answers a command that was refused, or says that a list could not be loaded.',
    examples: [
      { type: 'error', requestId, code: 'held', message: 'Omar has this session.', holder: 'Omar' },
      { type: 'error', topic, code: 'unavailable', message: 'The list could not be loaded.', retryAfterMs: 1_000 },
    ],
  },
  inbox: {
    summary: 'A page of a list. The first page replaces the list that the client has.',
    examples: [{ type: 'inbox', topic, after: null, sessions: [session], next: null, presence: [presence] }],
  },
  changes: {
    summary: 'Sessions of a list after their latest turns, and those that match no more.',
    examples: [{ type: 'changes', topic, sessions: [session], left: [{ sessionId, version: 9 }] }],
  },
  transcript: {
    summary: 'The entries of a session from one on. If it is not the next one of the client, the client begins anew.',
    examples: [{ type: 'transcript', session, from: 7, entries: [entry], partial: { runId, text: 'Good mor' }, presence: [presence] }],
  },
  entry: { summary: 'The next entry of a session.', examples: [{ type: 'entry', sessionId, entry }] },
  state: {
    summary: 'A session is in another state, or has another handler.',
    examples: [{ type: 'state', sessionId, state: 'ACTIVE', handler: 'human', open: true, version: 8 }],
  },
  delta: {
    summary: 'A piece of an answer that is being written, from an offset in its text on.',
    examples: [{ type: 'delta', sessionId, runId, offset: 8, text: 'ning' }],
  },
  run: { summary: 'What a run of a model does.', examples: [{ type: 'run', sessionId, runId, phase: 'thinking' }] },
  delivery: {
    summary: 'How far the message of an entry came.',
    examples: [{ type: 'delivery', sessionId, seq: 8, delivery: { status: 'delivered', at } }],
  },
  typing: { summary: 'The customer types.', examples: [{ type: 'typing', sessionId, at }] },
  moved: { summary: 'The session has another address.', examples: [{ type: 'moved', sessionId, address: 'telegram:1:-100' }] },
  presence: {
    summary: 'A window of an agent views a session, writes there, or has left it.',
    examples: [{ type: 'presence', ...presence }],
  },
  attention: {
    summary: 'A session of a list needs an agent.',
    examples: [{ type: 'attention', topic, sessionId, reason: 'asked', queue: 'orders' }],
  },
  heartbeat: { summary: 'The connection is alive.', examples: [{ type: 'heartbeat', at }] },
};
