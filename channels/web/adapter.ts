/**
 * The web chat as a channel. It is pulled. The visitor's stream reads the journal, so a message has
 * been sent when its turn is committed. `send` has nothing to do. It is called for messages that
 * 0.1.0 left in the outbox.
 */
import type { Router } from 'express';
import type { ChannelEvent, Intake, IntakeReceipt } from '#channels/inbound.ts';
import type { ChannelAdapter } from '#channels/port.ts';
import type { StoreOf } from '#channels/rate-limit.ts';
import { Unavailable } from '#machines/errors.ts';
import { MAX_TEXT } from '#machines/session/events.ts';
import type { Faces } from '../face.ts';
import type { VisitorFeed, VisitorFiles, VisitorUploads } from '../feed.ts';
import { EventStreams } from './event-streams.ts';
import { DEFAULT_LIMITS, rateLimits, type WebLimits } from './limits.ts';
import { webRouter } from './router.ts';
import { visitorTokens } from './tokens.ts';
import { uploadedFile } from './upload.ts';

export interface WebChannelOptions {
  readonly feed: VisitorFeed;
  readonly files: VisitorFiles;
  readonly uploads: VisitorUploads;
  /** At least 32 characters, the same on every instance. A new one signs every visitor out. */
  readonly tokenSecret: string;
  /** How long a page can continue its conversation, in days. Default 365. */
  readonly tokenLifetimeDays?: number;
  /** By default every well-formed name is an assistant. */
  readonly knowsAssistant?: (name: string) => boolean;
  /** What visitors see of the assistants. By default there are no faces. */
  readonly faces?: Faces;
  readonly limits?: Partial<WebLimits>;
  /** Keeps the counts of rate limits by name. Default is the memory of this instance. */
  readonly limitStore?: StoreOf;
  /** Default 15,000, below the 30 s after which many proxies drop a silent connection. */
  readonly heartbeatMs?: number;
  /** A reader that takes nothing for so long is cut off and resumes. Default 10,000. */
  readonly stallMs?: number;
  /** Milliseconds since the epoch. Default is the system's clock. */
  readonly now?: () => number;
  /** Receives defects and the errors of feeds. By default they are dropped. */
  readonly onError?: (error: unknown) => void;
}

export interface WebChannel extends ChannelAdapter {
  /**
   * To be mounted at `/channels/web`. Before `start` and after `stop` it answers 503, except for
   * new visitors.
   */
  readonly router: Router;
  /** Open streams on this instance. */
  readonly streamCount: () => number;
}

export function webChannel(options: WebChannelOptions): WebChannel {
  const now = options.now ?? Date.now;
  const onError = options.onError ?? (() => undefined);
  const limits: WebLimits = { ...DEFAULT_LIMITS, ...options.limits };
  const streams = new EventStreams({
    heartbeatMs: options.heartbeatMs ?? 15_000,
    stallMs: options.stallMs ?? 10_000,
    perVisitor: limits.streamsPerVisitor,
    perNetwork: limits.streamsPerAddress,
    total: limits.streams,
    onError,
  });
  const inFlight = new Set<Promise<unknown>>();
  let intake: Intake | undefined;

  function take(event: ChannelEvent): Promise<IntakeReceipt> {
    if (intake === undefined) return Promise.reject(new Unavailable('The web channel is not taking anything in'));
    const taken = intake(event).finally(() => inFlight.delete(taken));
    inFlight.add(taken);
    return taken;
  }

  const http = webRouter({
    tokens: visitorTokens(options.tokenSecret, options.tokenLifetimeDays ?? 365, now),
    feed: options.feed,
    files: options.files,
    uploads: options.uploads,
    streams,
    limits: (visitorOf) => rateLimits(limits, visitorOf, options.limitStore, now),
    knowsAssistant: options.knowsAssistant ?? (() => true),
    faces: options.faces ?? { list: () => [], find: () => undefined },
    now,
    take,
    accepting: () => intake !== undefined,
    onError,
  });

  return {
    name: 'web',
    router: http.router,
    streamCount: () => streams.size,
    capabilities: {
      streaming: 'pulled',
      typing: true,
      edits: false,
      // The page shows any.
      buttons: () => true,
      media: ['document'],
      cards: ['location', 'contact', 'link', 'location_request'],
      reactions: true,
      replies: true,
      maxText: MAX_TEXT,
      receipts: true,
      window: false,
      idempotentSend: true,
    },
    async start(to) {
      intake = to;
    },
    async stop() {
      intake = undefined;
      streams.closeAll();
      http.limits.close();
      await Promise.allSettled([...inFlight]);
    },
    async send(_to, _message, context) {
      return context.key;
    },
    async typing() {
      // The stream carries the sign of typing while a run is at work.
    },
    async receivedFile(ref, mostBytes) {
      return uploadedFile(options.uploads, ref, mostBytes);
    },
    draft() {
      // The visitor's stream carries the run's own deltas.
      return { update: () => undefined, close: async () => null };
    },
    async check() {
      return null;
    },
  };
}
