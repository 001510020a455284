/** What the stand-in page and the server behind it say to each other. */

/** A message as WhatsApp's page has it, with the fields that whatsapp-web.js reads. */
export interface PageMessage {
  readonly id: { readonly fromMe: boolean; readonly remote: string; readonly id: string; readonly _serialized: string };
  readonly type: string;
  /** Seconds since the epoch. */
  readonly t: number;
  readonly [field: string]: unknown;
}

export interface PageChat {
  readonly id: string;
  readonly messages: readonly PageMessage[];
}

export type ToPage =
  | { readonly type: 'unpaired'; readonly ref: string }
  | { readonly type: 'paired'; readonly token: string; readonly me: string; readonly chats: readonly PageChat[] }
  | { readonly type: 'message'; readonly message: PageMessage }
  | { readonly type: 'ack'; readonly id: string; readonly ack: number }
  | { readonly type: 'change'; readonly id: string; readonly fields: Record<string, unknown> }
  | { readonly type: 'reaction'; readonly reaction: Record<string, unknown> }
  | { readonly type: 'call'; readonly call: Record<string, unknown> }
  | { readonly type: 'state'; readonly state: string }
  | { readonly type: 'logout' }
  /** The page answers nothing any more. */
  | { readonly type: 'freeze' }
  /** The page takes memory and keeps it. */
  | { readonly type: 'leak'; readonly bytes: number }
  | { readonly type: 'reply'; readonly request: number; readonly value: unknown };

export type FromPage =
  | { readonly type: 'hello'; readonly token: string | null }
  | { readonly type: 'scannable'; readonly qr: string }
  | { readonly type: 'pairing'; readonly request: number; readonly phone: string }
  | { readonly type: 'send'; readonly request: number; readonly message: PageMessage; readonly data?: string }
  /** An empty text takes the reaction back. */
  | { readonly type: 'react'; readonly request: number; readonly target: PageMessage['id']; readonly text: string }
  | { readonly type: 'query'; readonly request: number; readonly id: string }
  | { readonly type: 'download'; readonly request: number; readonly directPath: string }
  | { readonly type: 'earlier'; readonly request: number; readonly chat: string; readonly before: string | null }
  | { readonly type: 'stored'; readonly request: number; readonly id: string }
  | { readonly type: 'typing'; readonly chat: string }
  | { readonly type: 'seen'; readonly chat: string };
