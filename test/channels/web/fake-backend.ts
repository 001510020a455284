/**
 * Fake of everything behind the web channel. It accepts events, keeps each visitor's conversation
 * in memory, and feeds it. Its feed keeps the promises of `VisitorFeed`, so a test against it holds
 * for the real feed too.
 */

import type { VisitorEvent, VisitorFeed, VisitorFiles, VisitorUploads } from '#channels/feed.ts';
import type { ChannelEvent, Intake } from '#channels/inbound.ts';
import type { OutboundFile } from '#channels/port.ts';
import { InvalidInput, Unavailable } from '#machines/errors.ts';
import type { Address } from '#machines/ids.ts';
import { readConfig } from '#src/config/config.ts';
import { createVisitorUploads } from '#src/web/visitor-uploads.ts';
import { memoryUploads } from '#storage/memory/uploads.ts';

export type FeedMessage = Extract<VisitorEvent, { type: 'message' }>;

interface Conversation {
  sessionId: string;
  seq: number;
  readonly messages: FeedMessage[];
  readonly live: Set<(event: VisitorEvent) => void>;
  draft: { runId: string; text: string } | undefined;
  state: VisitorEvent | undefined;
}

export class FakeBackend {
  readonly heard: ChannelEvent[] = [];
  readonly conversations = new Map<Address, Conversation>();
  /** The store is away, so no event is taken. */
  down = false;
  /** Called for each event that was accepted. */
  onEvent: (event: ChannelEvent) => void = () => undefined;

  readonly #now: () => number;
  #sessions = 0;

  constructor(now: () => number = Date.now) {
    this.#now = now;
  }

  readonly intake: Intake = async (event) => {
    if (this.down) throw new Unavailable('The store is away');
    this.heard.push(event);
    if (event.type === 'moved' || event.type === 'status') throw new InvalidInput('visitors do not move, and report nothing');
    const conversation = this.conversation(event.address);
    if (event.type !== 'message' && event.type !== 'command') {
      this.onEvent(event);
      return { sessionId: conversation.sessionId, version: conversation.seq, duplicate: false };
    }
    const duplicate = conversation.messages.some((message) => message.clientId === event.id);
    if (!duplicate) {
      const text = event.type === 'message' ? event.text : `/${event.name} ${event.args}`.trim();
      const media = event.media?.map(({ ref: _ref, ...sent }) => sent);
      this.say(event.address, { author: 'customer', text, clientId: event.id, ...(media === undefined ? {} : { media }) });
      this.onEvent(event);
    }
    return { sessionId: conversation.sessionId, version: conversation.seq, duplicate };
  };

  /** By address and id. */
  readonly kept = new Map<string, OutboundFile>();
  readonly files: VisitorFiles = async (address, id) => this.kept.get(`${address} ${id}`);

  readonly uploads: VisitorUploads = createVisitorUploads({
    uploads: memoryUploads(),
    config: readConfig({ STATECHAT_MEDIA_MAX_MB: '1' }).media,
    now: () => 1_000,
  });

  readonly feed: VisitorFeed = (address, after, signal) => this.#feed(address, after, signal);

  conversation(address: Address): Conversation {
    let conversation = this.conversations.get(address);
    if (conversation === undefined) {
      conversation = { sessionId: this.newSessionId(), seq: 0, messages: [], live: new Set(), draft: undefined, state: undefined };
      this.conversations.set(address, conversation);
    }
    return conversation;
  }

  newSessionId(): string {
    this.#sessions += 1;
    return `0198c0de-0000-7000-8000-${String(this.#sessions).padStart(12, '0')}`;
  }

  say(address: Address, message: Omit<FeedMessage, 'type' | 'id' | 'at'> & { at?: number }): FeedMessage {
    const conversation = this.conversation(address);
    conversation.seq += 1;
    const said: FeedMessage = { type: 'message', id: `${conversation.sessionId}.${conversation.seq}`, at: this.#now(), ...message };
    conversation.messages.push(said);
    if (message.runId !== undefined && conversation.draft?.runId === message.runId) conversation.draft = undefined;
    this.#publish(conversation, said);
    return said;
  }

  live(address: Address, event: Exclude<VisitorEvent, { type: 'message' }>): void {
    const conversation = this.conversation(address);
    if (event.type === 'state') conversation.state = event;
    if (event.type === 'delta') {
      const before = conversation.draft?.runId === event.runId ? conversation.draft.text : '';
      conversation.draft = { runId: event.runId, text: before.slice(0, event.offset) + event.text };
    }
    this.#publish(conversation, event);
  }

  #publish(conversation: Conversation, event: VisitorEvent): void {
    for (const listener of [...conversation.live]) listener(event);
  }

  async *#feed(address: Address, after: string | undefined, signal: AbortSignal): AsyncGenerator<VisitorEvent> {
    const conversation = this.conversation(address);
    const waiting: VisitorEvent[] = [];
    let wake = (): void => undefined;
    const listener = (event: VisitorEvent): void => {
      waiting.push(event);
      wake();
    };
    const from = after === undefined ? 0 : conversation.messages.findIndex((message) => message.id === after) + 1;
    waiting.push(...conversation.messages.slice(from));
    if (conversation.state !== undefined) waiting.push(conversation.state);
    if (conversation.draft !== undefined)
      waiting.push({ type: 'delta', runId: conversation.draft.runId, offset: 0, text: conversation.draft.text });
    waiting.push({ type: 'live' });
    conversation.live.add(listener);
    signal.addEventListener('abort', () => wake(), { once: true });
    try {
      while (!signal.aborted) {
        const next = waiting.shift();
        if (next !== undefined) yield next;
        else await new Promise<void>((resolve) => (wake = resolve));
      }
    } finally {
      conversation.live.delete(listener);
    }
  }
}
