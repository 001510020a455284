/**
 * The name of a message in a provider's status reports. It says which entry of which session the
 * message is, so that a report needs no lookup and may come to any instance.
 */
import { InvalidInput } from '#machines/errors.ts';
import { MAX_SEQ, parseSessionId, type SessionId } from '#machines/ids.ts';

export interface SentMessage {
  readonly sessionId: SessionId;
  /** Number of its effect. */
  readonly serial: number;
  /** Its entry in the journal. */
  readonly seq: number;
}

const FORM = /^([0-9a-f-]{36})\.(\d{1,10})\.(\d{1,10})$/;

/** `key` is that of the effect, `{sessionId}.{serial}`. */
export function statusKey({ key, seq }: { readonly key: string; readonly seq: number }): string {
  return `${key}.${seq}`;
}

/** Throws `InvalidInput` for one that `statusKey` never made. */
export function parseStatusKey(text: string): SentMessage {
  const [, id, serial, seq] = FORM.exec(text) ?? [];
  if (id === undefined || Number(serial) > MAX_SEQ || Number(seq) > MAX_SEQ)
    throw new InvalidInput(`"${text.slice(0, 80)}" names no message of ours`);
  return { sessionId: parseSessionId(id), serial: Number(serial), seq: Number(seq) };
}
