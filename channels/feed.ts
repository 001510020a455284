/**
 * The events of a visitor's page, and the port through which the adapter gets them. `src/`
 * implements `VisitorFeed` over the journal and the live stream. This folder only carries it over
 * HTTP.
 */
import type { OutboundFile } from '#channels/port.ts';
import type { Address } from '#machines/ids.ts';

export type DeliveryStatus = 'sent' | 'delivered' | 'read';

export type VisitorEvent =
  | {
      readonly type: 'message';
      /** `{sessionId}.{seq}` is the SSE id, after which a page resumes. */
      readonly id: string;
      readonly author: 'customer' | 'assistant' | 'agent' | 'system';
      /** The human's name where one wrote. */
      readonly name?: string;
      /** CommonMark, except the customer's own, which is plain. */
      readonly text: string;
      /** The message is this file, and `text` its name. `GET /files/{id}` has its bytes. */
      readonly file?: { readonly id: string; readonly name: string; readonly mimeType: string; readonly size: number };
      /** Milliseconds since the epoch. */
      readonly at: number;
      /** The id that the page gave to its own message. */
      readonly clientId?: string;
      readonly delivery?: { readonly status: DeliveryStatus | 'pending' | 'failed' };
      /** Replies that the visitor may choose by one press, each the text that is sent for it. */
      readonly replies?: readonly { readonly label: string; readonly text: string }[];
      /** The run whose deltas this message completes. */
      readonly runId?: string;
    }
  /** What was there when the stream began has been sent. What follows is new. Once a stream. */
  | { readonly type: 'live' }
  | { readonly type: 'delivery'; readonly sessionId: string; readonly seq: number; readonly status: DeliveryStatus }
  /** `offset` is how much of the run's text came before, in UTF-16 units. 0 starts it over. */
  | { readonly type: 'delta'; readonly runId: string; readonly offset: number; readonly text: string }
  | { readonly type: 'typing'; readonly who: 'assistant' | 'agent'; readonly on: boolean }
  /**
   * A tool call of the assistant waits for a human to allow it, `since` then, in milliseconds since
   * the epoch. Without `since`, none waits any more.
   */
  | { readonly type: 'approval'; readonly since?: number }
  | {
      readonly type: 'state';
      readonly state: string;
      readonly handler: string;
      readonly sessionId: string;
      /** False once the session is over. The next message opens another. */
      readonly open: boolean;
      /** The agent's name, while `handler` is `human` and it is known. */
      readonly name?: string;
      /**
       * When the wait for a human began, in milliseconds since the epoch, while the session waits.
       */
      readonly waitingSince?: number;
      /**
       * Number of the journal entry after which this is the state. A resumed stream may repeat
       * states. One whose number is not higher than the last is old.
       */
      readonly seq?: number;
    };

/**
 * Everything for one visitor. Without `after`, it yields all messages of the address's latest
 * session from its beginning, then `live`, then what happens. With `after`, it yields exactly the
 * messages behind that id, across sessions, and nothing twice. A partial answer begins with a delta
 * at offset 0.
 *
 * The stream pulls it. It requests the next event when the socket has taken the last one. The
 * implementation must bound what is live. When a reader falls too far behind, it ends the
 * iteration, and the page comes back with `after`. `signal` aborts when the visitor is gone. Errors
 * end the stream, and the page comes back.
 */
export type VisitorFeed = (address: Address, after: string | undefined, signal: AbortSignal) => AsyncIterable<VisitorEvent>;

/**
 * A file of one of the address's own sessions. Undefined if there is none, if it was deleted, or if
 * it is another visitor's. The caller cannot distinguish these cases.
 */
export type VisitorFiles = (address: Address, id: string) => Promise<OutboundFile | undefined>;
