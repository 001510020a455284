/** A request of a console, its answer, and the error that it may get instead. */
import type { Command, ServerMessage } from './protocol.ts';

/** A command without its `requestId`, which the client chooses. */
type WithoutId<T> = T extends unknown ? Omit<T, 'requestId'> : never;
export type Request = WithoutId<Command>;
export type Ack = Extract<ServerMessage, { readonly type: 'ack' }>;
export type ErrorMessage = Extract<ServerMessage, { readonly type: 'error' }>;

/** The gateway refused a command. */
export class CommandError extends Error {
  readonly code: string;
  readonly holder: string | undefined;
  readonly seq: number | undefined;
  /** For `unseen`, the session that has the entry if another one was named. */
  readonly sessionId: string | undefined;
  /** Set if the same command may succeed later, in so many milliseconds. */
  readonly retryAfterMs: number | undefined;

  constructor({ code, message, holder, seq, sessionId, retryAfterMs }: Omit<ErrorMessage, 'type'>) {
    super(message);
    this.name = 'CommandError';
    this.code = code;
    this.holder = holder;
    this.seq = seq;
    this.sessionId = sessionId;
    this.retryAfterMs = retryAfterMs;
  }
}

/** Two requests with one key follow the same. Empty for a request that follows nothing. */
export function keyOf(request: Request): string {
  if (request.type === 'watch') return request.sessionId;
  if (request.type !== 'subscribe') return '';
  const fields = Object.entries(request.filter).filter(([, value]) => value !== undefined);
  return `inbox ${JSON.stringify(fields.sort(([a], [b]) => (a < b ? -1 : 1)))}`;
}
