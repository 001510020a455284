/**
 * What a visitor's page is told, and the port through which the adapter gets it. `src/` implements
 * `VisitorFeed` over the journal and the live stream; this folder only carries it over HTTP.
 */
import type { OutboundFile } from '#channels/port.ts';
import type { Address } from '#machines/ids.ts';

export type DeliveryStatus = 'sent' | 'delivered' | 'read';

export type VisitorEvent =
  | {
      readonly type: 'message';
      /** `{sessionId}.{seq}`: the SSE id, and what a page resumes after. */
      readonly id: string;
      readonly author: 'customer' | 'assistant' | 'agent' | 'system';
      /** The human's name where one wrote. */
      readonly name?: string;
      /** CommonMark, except the customer's own, which is plain. */
      readonly text: string;
      /** The message is this file, and `text` its name. The bytes: `GET /files/{id}`. */
      readonly file?: { readonly id: string; readonly name: string; readonly mimeType: string; readonly size: number };
      /** Milliseconds since the epoch. */
      readonly at: number;
      /** The id that the page gave to its own message. */
      readonly clientId?: string;
      readonly delivery?: { readonly status: DeliveryStatus | 'pending' | 'failed' };
      /** The run whose deltas this message completes. */
      readonly runId?: string;
    }
  | { readonly type: 'delivery'; readonly sessionId: string; readonly seq: number; readonly status: DeliveryStatus }
  /** `offset` is how much of the run's text came before, in UTF-16 units; 0 starts it over. */
  | { readonly type: 'delta'; readonly runId: string; readonly offset: number; readonly text: string }
  | { readonly type: 'typing'; readonly who: 'assistant' | 'agent'; readonly on: boolean }
  | {
      readonly type: 'state';
      readonly state: string;
      readonly handler: string;
      readonly sessionId: string;
      /** False once the session is over; the next message opens another. */
      readonly open: boolean;
      /** Who answers, while `handler` is `human` and it is known. */
      readonly name?: string;
    };

/**
 * Everything for one visitor. Without `after`: all messages of the address's latest session from
 * its beginning, then what is live. With it: exactly the messages behind that id, across sessions,
 * nothing twice. An answer in the making is begun with a delta at offset 0.
 *
 * It is pulled: the next event is asked for when the last one was taken by the socket. What is live
 * must be bounded by the implementation: when a reader falls too far behind, end the iteration; the
 * page comes back with `after`. `signal` aborts when the visitor is gone. Errors end the stream;
 * the page comes back.
 */
export type VisitorFeed = (address: Address, after: string | undefined, signal: AbortSignal) => AsyncIterable<VisitorEvent>;

/**
 * A file of one of the address's own sessions. Undefined: there is none, it was deleted, or it is
 * somebody else's; which of them nobody is told.
 */
export type VisitorFiles = (address: Address, id: string) => Promise<OutboundFile | undefined>;
