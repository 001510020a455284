/**
 * What reached the world more than once, and whether that is explained: a process died after the world had accepted,
 * and before it could mark so. That is the one window in which something may happen twice.
 */
import { render } from '#channels/telegram/render.ts';
import { entriesAt } from '#test/faults/checks.ts';
import type { Evidence } from '#test/faults/evidence.ts';

export interface Duplicates {
  /** Effects and actions of the probe that reached the recorder. */
  readonly effects: { readonly delivered: number; readonly again: number };
  /** Messages to Telegram chats, and half-written answers that were left standing beside the final one. */
  readonly telegram: { readonly delivered: number; readonly again: number; readonly leftDrafts: number };
  /** What no death explains, a sentence each. */
  readonly findings: readonly string[];
}

/** From a provider's acceptance to our mark, at most, while PostgreSQL answers. */
const WINDOW_MS = 2_000;

export function duplicates(evidence: Evidence): Duplicates {
  const findings: string[] = [];
  const counted = evidence.recorded.filter(({ what }) => what !== 'run');
  const byKey = Map.groupBy(counted, ({ what, key }) => `${what} ${key}`);
  for (const [key, times] of byKey) {
    for (const [index, { by, at }] of times.slice(0, -1).entries()) {
      const next = times[index + 1];
      if (next && !explained(evidence, at, next.at, by))
        findings.push(`twice without a reason: ${key} by ${by} at ${at} and by ${next.by} at ${next.at}`);
    }
  }
  const telegram = telegramDuplicates(evidence, findings);
  return { effects: { delivered: byKey.size, again: counted.length - byKey.size }, telegram, findings };
}

/** Did the process (any, if it is not known which) die between the two, soon enough after the first? */
function explained({ deaths, postgresKills }: Evidence, first: number, second: number, by?: string): boolean {
  return deaths.some(({ name, at, cause }) => {
    if ((by !== undefined && name !== by) || cause === 'stopped' || at < first - 50 || at > second) return false;
    // While PostgreSQL is away nothing can be marked: the window lasts as long as that.
    const away = postgresKills.some((kill) => kill >= first - WINDOW_MS && kill <= at);
    return at - first <= WINDOW_MS || away;
  });
}

function telegramDuplicates(evidence: Evidence, findings: string[]): Duplicates['telegram'] {
  let delivered = 0;
  let again = 0;
  let leftDrafts = 0;
  for (const { address, transcript, sends } of evidence.chats) {
    const finals = entriesAt(evidence, address)
      .filter(({ kind, text }) => kind.endsWith('.message') && kind !== 'customer.message' && text !== null)
      .flatMap(({ text }) => render(text ?? '').map((part) => part.text));
    const standing = transcript.filter(({ from }) => from === 'bot').map(({ text }) => text);
    delivered += finals.length;
    // In the order of the calls: the draft of a later answer may have begun to stand in the chat before.
    const shown = sends.map(({ payload }) => String(payload.text));
    let from = 0;
    for (const text of finals) {
      const found = shown.indexOf(text, from);
      if (!standing.includes(text)) findings.push(`at ${address}, "${text.slice(0, 80)}" does not stand in the chat`);
      else if (found < 0)
        findings.push(
          `at ${address}, "${text.slice(0, 80)}" came before what was to come before it: ${JSON.stringify(shown.map((line) => line.slice(0, 40)))}`,
        );
      else from = found + 1;
    }
    for (const [text, times] of Map.groupBy(standing, (line) => line)) {
      const expected = finals.filter((final) => final === text).length;
      if (expected === 0) leftDrafts += times.length;
      else again += times.length - expected;
      if (expected === 0 || times.length === expected) continue;
      const calls = sends.filter(({ payload, status }) => payload.text === text && (status === 200 || status === 0));
      const reasons = calls.slice(0, -1).filter(({ at }, index) => explained(evidence, at, calls[index + 1]?.at ?? evidence.at)).length;
      if (reasons < times.length - expected)
        findings.push(
          `at ${address}, "${text.slice(0, 80)}" stands ${times.length} times, ${expected} were sent, and deaths explain ${reasons}`,
        );
    }
  }
  const cutOff = evidence.chats
    .flatMap(({ sends }) => sends)
    .filter(({ method, at }) => method === 'sendMessage' && explained(evidence, at, evidence.at)).length;
  if (leftDrafts > cutOff) findings.push(`${leftDrafts} drafts were left standing, and deaths explain ${cutOff}`);
  return { delivered, again, leftDrafts };
}
