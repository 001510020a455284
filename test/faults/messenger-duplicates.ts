/**
 * Compares the screens of customers on messengers with the journal. Every message stands there, in
 * order, and once, unless a death explains that it came again.
 */
import { entriesAt } from '#test/faults/checks.ts';
import { explained } from '#test/faults/duplicates.ts';
import type { Evidence } from '#test/faults/evidence.ts';
import { expectedLines } from '#test/faults/screen-lines.ts';

export interface MessengerDuplicates {
  readonly delivered: number;
  /** Of these, again in the window. */
  readonly again: number;
  readonly findings: readonly string[];
}

export function messengerDuplicates(evidence: Evidence): MessengerDuplicates {
  const findings: string[] = [];
  let delivered = 0;
  let again = 0;
  for (const { address, shown } of evidence.messengers) {
    const expected = expectedLines(address, entriesAt(evidence, address));
    delivered += expected.length;
    let from = 0;
    for (const text of expected) {
      const found = shown.findIndex((one, index) => index >= from && one.text === text);
      if (found >= 0) from = found + 1;
      else
        findings.push(
          `at ${address}, "${text.slice(0, 80)}" does not stand where it belongs: ${JSON.stringify(shown.map((one) => one.text.slice(0, 40)))}`,
        );
    }
    for (const [text, times] of Map.groupBy(shown, (one) => one.text)) {
      const wanted = expected.filter((one) => one === text).length;
      again += times.length - wanted;
      const reasons = times.slice(0, -1).filter(({ at }, index) => explained(evidence, at, times[index + 1]?.at ?? evidence.at)).length;
      if (times.length - wanted > reasons)
        findings.push(
          `at ${address}, "${text.slice(0, 80)}" stands ${times.length} times, ${wanted} were sent, and deaths explain ${reasons}`,
        );
    }
  }
  return { delivered, again, findings };
}
