/**
 * The open streams of all visitors.
 *
 * Owns their number, the visitor with too many, the farewell at shutdown. Does not own one stream
 * (event-stream.ts), its events (the feed), access to it (the router).
 *
 * Invariants
 * 1. Whatever ends a stream frees its place.
 * 2. A page whose stream is ended here is sent the time to come back (`retry:`). The times are
 *    spread out.
 */
import type { Request, Response } from 'express';
import { EventStream } from '#channels/event-stream.ts';
import type { VisitorEvent } from '../feed.ts';

export interface EventStreamsOptions {
  readonly heartbeatMs: number;
  readonly stallMs: number;
  readonly perVisitor: number;
  readonly perNetwork: number;
  readonly total: number;
  /** A feed failed. Its page comes back by itself, but the failure should be reported. */
  readonly onError: (error: unknown) => void;
}

/** How soon a page comes back after a stream broke. Each page adds its own jitter and backs off. */
const RETRY_MS = 1_000;
/**
 * How soon a page comes back whose stream ended for another one of its visitor. It is late enough
 * that two pages do not end each other's.
 */
const RETRY_CROWDED_MS = 30_000;

interface OpenStream {
  readonly stream: EventStream;
  readonly network: string;
}

export class EventStreams {
  readonly #options: EventStreamsOptions;
  readonly #byVisitor = new Map<string, readonly OpenStream[]>();
  readonly #byNetwork = new Map<string, number>();
  #count = 0;

  constructor(options: EventStreamsOptions) {
    this.#options = options;
  }

  get size(): number {
    return this.#count;
  }

  /**
   * Why the visitor gets no stream now, if there is no place and none of its own that it could take
   * the place of.
   */
  refusal(visitorId: string, network: string): 'crowded' | 'full' | undefined {
    if (this.#replacedBy(visitorId, network) !== undefined) return undefined;
    if (this.#isCrowded(network)) return 'crowded';
    return this.#isFull ? 'full' : undefined;
  }

  /** Resolves when the stream is over. The visitor got no refusal just before. */
  async serve(
    visitorId: string,
    network: string,
    request: Request,
    response: Response,
    open: (signal: AbortSignal) => AsyncIterable<VisitorEvent>,
  ): Promise<void> {
    const stream = new EventStream(request, response, { ...this.#options, retryMs: RETRY_MS });
    if (stream.gone.aborted) return;
    const opened = { stream, network };
    this.#replacedBy(visitorId, network)?.stream.end(RETRY_CROWDED_MS);
    this.#add(visitorId, opened);
    stream.gone.addEventListener('abort', () => this.#remove(visitorId, opened), { once: true });
    await stream.run(frames(open(stream.gone)));
  }

  /** Ends every stream. Its page comes back a little later, to another instance. */
  closeAll(): void {
    for (const streams of [...this.#byVisitor.values()]) {
      for (const { stream } of streams) stream.end(RETRY_MS + Math.floor(Math.random() * 2 * RETRY_MS));
    }
  }

  get #isFull(): boolean {
    return this.#count >= this.#options.total;
  }

  #isCrowded(network: string): boolean {
    return (this.#byNetwork.get(network) ?? 0) >= this.#options.perNetwork;
  }

  /**
   * The stream that ends for another one of the same visitor. It is the oldest, because that is the
   * likeliest to be a half-open connection that a phone has left behind.
   */
  #replacedBy(visitorId: string, network: string): OpenStream | undefined {
    const streams = this.#byVisitor.get(visitorId) ?? [];
    if (this.#isCrowded(network)) return streams.find((one) => one.network === network);
    return this.#isFull || streams.length >= this.#options.perVisitor ? streams[0] : undefined;
  }

  #add(visitorId: string, opened: OpenStream): void {
    const { network } = opened;
    this.#byVisitor.set(visitorId, [...(this.#byVisitor.get(visitorId) ?? []), opened]);
    this.#count += 1;
    this.#byNetwork.set(network, (this.#byNetwork.get(network) ?? 0) + 1);
  }

  #remove(visitorId: string, ended: OpenStream): void {
    const { network } = ended;
    this.#count -= 1;
    const ofNetwork = (this.#byNetwork.get(network) ?? 0) - 1;
    if (ofNetwork > 0) this.#byNetwork.set(network, ofNetwork);
    else this.#byNetwork.delete(network);
    const rest = (this.#byVisitor.get(visitorId) ?? []).filter((other) => other !== ended);
    if (rest.length === 0) this.#byVisitor.delete(visitorId);
    else this.#byVisitor.set(visitorId, rest);
  }
}

/** JSON is written without line breaks, so each event is one `data:` line. */
async function* frames(events: AsyncIterable<VisitorEvent>): AsyncGenerator<string> {
  for await (const event of events) {
    const id = event.type === 'message' ? `id: ${event.id}\n` : '';
    yield `event: ${event.type}\n${id}data: ${JSON.stringify(event)}\n\n`;
  }
}
