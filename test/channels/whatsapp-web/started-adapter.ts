import type { ChannelEvent, DeadLetter, IgnoredEvent, Intake } from '#channels/inbound.ts';
import type { ChannelBlobs } from '#channels/plugin.ts';
import type { ChannelAdapter, SendContext } from '#channels/port.ts';
import { type WhatsAppWebOptions, whatsAppWebAdapter } from '#channels/whatsapp-web/adapter.ts';
import { type Address, parseAddress } from '#machines/ids.ts';
import { memoryBlobs } from '#storage/memory/blobs.ts';
import { TestClock } from '../telegram/test-clock.ts';
import { FakeChildren, ME, MONA } from './fake-child.ts';

export const SESSION_ID = '0198c0de-0000-7000-8000-000000000000';

export interface Harness {
  readonly adapter: ChannelAdapter & { close(): Promise<void> };
  readonly children: FakeChildren;
  readonly clock: TestClock;
  readonly blobs: ChannelBlobs;
  readonly events: ChannelEvent[];
  readonly deadLetters: DeadLetter[];
  readonly ignored: IgnoredEvent[];
  readonly printed: string[];
  /** What the host does with an event before it is durable. */
  store: (event: ChannelEvent) => Promise<void>;
  readonly intake: Intake;
}

export const AT_MONA: Address = parseAddress(`whatsapp-web:${ME.split('@')[0]}:${MONA}`);

export function harness(
  options: Partial<WhatsAppWebOptions> & { readonly children?: FakeChildren; readonly manual?: boolean } = {},
): Harness {
  const { children = new FakeChildren(), manual = false, blobs = memoryBlobs(), ...more } = options;
  const clock = new TestClock({ automatic: !manual });
  const lists = { events: [] as ChannelEvent[], deadLetters: [] as DeadLetter[], ignored: [] as IgnoredEvent[] };
  const printed: string[] = [];
  const adapter = whatsAppWebAdapter({
    session: 'main',
    dataDir: '/nowhere',
    blobs,
    clock,
    random: () => 0,
    startChild: children.start,
    deadLetter: async (letter) => void lists.deadLetters.push(letter),
    ignored: (event) => void lists.ignored.push(event),
    print: (text) => void printed.push(text),
    ...more,
  });
  const self: Harness = {
    adapter: Object.assign(adapter, { close: adapter.close?.bind(adapter) ?? (async () => undefined) }),
    children,
    clock,
    blobs,
    printed,
    ...lists,
    store: async () => undefined,
    intake: async (event) => {
      lists.events.push(event);
      await self.store(event);
      return { sessionId: SESSION_ID, version: lists.events.length, duplicate: false };
    },
  };
  return self;
}

export function sendContext(more: Partial<SendContext> = {}): SendContext & { readonly sentParts: string[] } {
  const sentParts: string[] = [];
  return {
    key: `${SESSION_ID}.1`,
    statusKey: `${SESSION_ID}.1.2`,
    attempt: 1,
    signal: new AbortController().signal,
    sent: [],
    onSent: async (ref) => void sentParts.push(ref),
    sentParts,
    ...more,
  };
}
