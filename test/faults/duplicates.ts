/**
 * Finds what was sent more than once, and whether that is explained. It is if a process died after
 * the receiver had accepted and before the process could mark so. It is also if the process could
 * not mark anything for so long that its lease ran out. That is the one window in which something
 * may happen twice.
 */
import type { Call } from '#test/fakes/bot-api.ts';
import { entriesAt, WINDOW_MS, wokeWithIt } from '#test/faults/checks.ts';
import type { Evidence } from '#test/faults/evidence.ts';
import { expectedLines, placeLine } from '#test/faults/screen-lines.ts';

export interface Duplicates {
  /** Effects and actions of the probe that reached the recorder. */
  readonly effects: { readonly delivered: number; readonly again: number };
  /** Messages to Telegram chats, and half-written answers that were left beside the final one. */
  readonly telegram: { readonly delivered: number; readonly again: number; readonly leftDrafts: number };
  /** What no death explains, a sentence each. */
  readonly findings: readonly string[];
}

export function duplicates(evidence: Evidence): Duplicates {
  const findings: string[] = [];
  const counted = evidence.recorded.filter(({ what }) => what !== 'run');
  const byKey = Map.groupBy(counted, ({ what, key }) => `${what} ${key}`);
  for (const [key, times] of byKey) {
    for (const [index, { by, at }] of times.slice(0, -1).entries()) {
      const next = times[index + 1];
      if (next && !explained(evidence, at, next.at, by) && !wokeWithIt(evidence, at, next))
        findings.push(`twice without a reason: ${key} by ${by} at ${at} and by ${next.by} at ${next.at}`);
    }
  }
  const telegram = telegramDuplicates(evidence, findings);
  return { effects: { delivered: byKey.size, again: counted.length - byKey.size }, telegram, findings };
}

/** While these last, an instance cannot mark, or does nothing at all. */
const HIDES_MARKS = /^(PostgreSQL|instance frozen)/;
/**
 * How long a dead connection may keep a statement waiting at most. It is the program's own limit (4
 * s) and a margin.
 */
const LINGERS_MS = 5_000;

/** Could the instance (any, if it is not known which) not renew its lease between the two? */
function lapsed({ outages, leaseMs, at }: Evidence, first: number, second: number, by?: string): boolean {
  return outages.some(({ kind, from, to = at, answeredAt = to, slots }) => {
    if (!HIDES_MARKS.test(kind) || (by !== undefined && !slots.includes(by.charAt(0)))) return false;
    const until = answeredAt + (kind.includes('half-open') ? LINGERS_MS : WINDOW_MS);
    // The last renewal may have been a third of a lease before it all began, and a bit.
    return from - leaseMs <= second && until >= first && until - from >= leaseMs * 0.6;
  });
}

/**
 * What was sent is read a moment later. A process that is known to have sent it may have been dead
 * for longer, because this process may have been busy.
 */
const READ_LATE_MS = 50;

/**
 * Whether the process (any, if it is not known which) died between the two, soon enough after the
 * first.
 */
export function explained(evidence: Evidence, first: number, second: number, by?: string): boolean {
  if (lapsed(evidence, first, second, by)) return true;
  const { deaths, postgresKills, outages } = evidence;
  return deaths.some(({ name, at, cause }) => {
    if (
      (by !== undefined && name !== by) ||
      cause === 'stopped' ||
      at < first - (by === undefined ? READ_LATE_MS : WINDOW_MS) ||
      at > second
    )
      return false;
    // While PostgreSQL is away nothing can be marked, so the window lasts as long as that.
    const away =
      postgresKills.some((kill) => kill >= first - WINDOW_MS && kill <= at) ||
      outages.some(({ kind, from, to = at, answeredAt = to }) => HIDES_MARKS.test(kind) && from <= at && answeredAt >= first - WINDOW_MS);
    return at - first <= WINDOW_MS || away;
  });
}

function telegramDuplicates(evidence: Evidence, findings: string[]): Duplicates['telegram'] {
  let delivered = 0;
  let again = 0;
  let leftDrafts = 0;
  for (const { address, transcript, sends } of evidence.chats) {
    const finals = expectedLines(address, entriesAt(evidence, address));
    const standing = transcript
      .filter(({ from }) => from === 'bot')
      .map(({ text, location }) => (location === undefined ? text : placeLine(location.title)));
    delivered += finals.length;
    // In the order of the calls. The draft of a later answer may already be in the chat.
    const shown = sends.map(lineOf);
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
      const calls = sends.filter((call) => lineOf(call) === text && (call.status === 200 || call.status === 0));
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

function lineOf({ method, payload }: Call): string {
  return method === 'sendVenue' ? placeLine(payload.title) : String(payload.text);
}
