/** Stores dead letters in the archive, where `GET /api/rejected` shows them. */
import { inspect } from 'node:util';
import type { KeepDeadLetter } from '#channels/inbound.ts';
import { type Archive, MAX_DEAD_LETTER_CONTENT } from '#storage/archive.ts';

/** A reason may quote what it is about. */
const MAX_REASON = 2_000;

export function deadLettersIn(archive: Pick<Archive, 'keepDeadLetter'>): KeepDeadLetter {
  return async ({ channel, account, providerId, receivedAt, reason, content }) => {
    const text = textOf(content);
    await archive.keepDeadLetter({
      channel,
      account,
      providerId,
      receivedAt,
      code: reason.code,
      reason: reason.message.slice(0, MAX_REASON).toWellFormed(),
      content: text.slice(0, MAX_DEAD_LETTER_CONTENT).toWellFormed(),
      size: text.length,
    });
  };
}

/**
 * Turns what was parsed from JSON into JSON again. What is nested too deep for that is shown as far
 * as possible.
 */
function textOf(content: unknown): string {
  try {
    return JSON.stringify(content) ?? String(content);
  } catch {
    return inspect(content, {
      depth: 100,
      maxArrayLength: 1_000,
      maxStringLength: MAX_DEAD_LETTER_CONTENT,
      breakLength: Number.POSITIVE_INFINITY,
      compact: true,
    });
  }
}
