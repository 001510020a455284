/** Puts what no session can hear into the archive, where `GET /api/rejected` shows it. */
import { inspect } from 'node:util';
import type { DeadLetter } from '#channels/port.ts';
import { type Archive, MAX_REJECTED_CONTENT } from '#storage/archive.ts';

/** A reason may quote what it is about. */
const MAX_REASON = 2_000;

export function deadLettersIn(archive: Pick<Archive, 'reject'>): DeadLetter {
  return async ({ channel, account, providerId, receivedAt, reason, content }) => {
    const text = textOf(content);
    await archive.reject({
      channel,
      account,
      providerId,
      receivedAt,
      code: reason.code,
      reason: reason.message.slice(0, MAX_REASON).toWellFormed(),
      content: text.slice(0, MAX_REJECTED_CONTENT).toWellFormed(),
      size: text.length,
    });
  };
}

/** What was parsed from JSON as JSON again; what is nested too deep for that, as far as it can be shown. */
function textOf(content: unknown): string {
  try {
    return JSON.stringify(content) ?? String(content);
  } catch {
    return inspect(content, {
      depth: 100,
      maxArrayLength: 1_000,
      maxStringLength: MAX_REJECTED_CONTENT,
      breakLength: Number.POSITIVE_INFINITY,
      compact: true,
    });
  }
}
