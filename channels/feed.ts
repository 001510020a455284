/**
 * The events of a visitor's page, and the port through which the adapter gets them. `src/`
 * implements `VisitorFeed` over the journal and the live stream. This folder only carries it over
 * HTTP.
 */
import type { OutboundFile } from '#channels/port.ts';
import type { Address } from '#machines/ids.ts';
import type { Card } from '#machines/session/cards.ts';
import type { Media } from '#machines/session/events.ts';

export type DeliveryStatus = 'sent' | 'delivered' | 'read';

/** As the sender named it. Facts of the bytes follow once they are kept. */
export type SentMedia = Pick<Media, 'kind' | 'fileName' | 'latitude' | 'longitude'> & NewsOfMedia;

/** `GET /files/{file}` has the bytes, and `GET /files/{thumbnail}` a small image. */
export type NewsOfMedia = Pick<Media, 'file' | 'thumbnail' | 'width' | 'height' | 'seconds' | 'pages' | 'mimeType' | 'size' | 'lost'>;

/** What pages show as such. Any other card is in the text alone. */
export type VisitorCard = Exclude<Card, { readonly kind: 'whatsapp' }>;

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
      /**
       * Shown below `caption`, in place of `text`, which has both as words. A reader that shows no
       * cards shows `text`.
       */
      readonly card?: VisitorCard;
      /** CommonMark, empty if the card stands alone. Only beside `card`. */
      readonly caption?: string;
      /** By which `replyTo` names this message of ours. One of the visitor's has its `clientId`. */
      readonly ref?: string;
      /** The message that it answers. */
      readonly replyTo?: string;
      /** What came with a customer's message. */
      readonly media?: readonly SentMedia[];
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
  /**
   * What became of the media of the visitor's message with this id, in its session. Such an event
   * may come again.
   */
  | ({ readonly type: 'media'; readonly sessionId: string; readonly clientId: string; readonly index: number } & NewsOfMedia)
  /**
   * A reaction to the visitor's message with this id, in its session. Null takes it back. Of two,
   * the one with the higher `seq` counts, the number of its journal entry. Such an event may come
   * again.
   */
  | {
      readonly type: 'reaction';
      readonly sessionId: string;
      readonly clientId: string;
      readonly seq: number;
      readonly emoji: string | null;
      readonly author: 'assistant' | 'agent';
      /** The human's name where one reacted. */
      readonly name?: string;
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

export interface VisitorUpload {
  /** Names it among the uploads of its address. */
  readonly id: string;
  readonly name: string;
  /** What the bytes are. */
  readonly mimeType: string;
  /** Bytes. */
  readonly size: number;
}

/**
 * Files that visitors uploaded, until they are forgotten. A message that names one brings it into
 * its session.
 */
export interface VisitorUploads {
  /** Bytes of one file. */
  readonly maxBytes: number;
  /** Types that are taken. `image/*` stands for all that begin with `image/`. */
  readonly types: readonly string[];
  /**
   * Stores one. The same file again is the same upload. `refused` says why it is not taken. Throws
   * `InvalidInput` for a name that is none.
   */
  put(address: Address, file: { readonly name: string; readonly bytes: Uint8Array }): Promise<VisitorUpload | { readonly refused: string }>;
  /** Undefined if there is none of this id at the address. */
  get(address: Address, id: string): Promise<VisitorUpload | undefined>;
  bytes(address: Address, id: string): Promise<Uint8Array | undefined>;
}
