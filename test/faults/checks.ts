/**
 * Checks of what must hold after a round, whatever died. Each check returns its findings as
 * sentences. An empty list is good. Owns the promises G1 to G6 as seen from outside. Does not own
 * how the evidence was collected.
 */
import { isDeepStrictEqual } from 'node:util';
import { replay as replayJournal } from '#actors/session/replay.ts';
import { reactionSendParams } from '#machines/session/effects.ts';
import { programAssistants } from '#src/assistants/program-assistants.ts';
import { createReadingRegistry } from '#src/cli/reading-registry.ts';
import { readConfig } from '#src/config/config.ts';
import { type Evidence, journalEntry, type StoredEntry } from '#test/faults/evidence.ts';
import { PROBE, probeAssistant, probeEffects, ringDelay, silent } from '#test/faults/probe.ts';
import { webhooks } from '#test/faults/webhooks.ts';
import { countJournals, inTheSameForm } from '#test/src/analytics/count-journal.ts';

export type Check = (evidence: Evidence) => string[];

const stimulusOf = (entry: StoredEntry): Readonly<Record<string, unknown>> => Object(entry.payload.stimulus);
export const entriesAt = ({ byAddress }: Pick<Evidence, 'byAddress'>, address: string): readonly StoredEntry[] =>
  byAddress.get(address) ?? [];
const entriesOf = ({ bySession }: Pick<Evidence, 'bySession'>, sessionId: string): readonly StoredEntry[] => bySession.get(sessionId) ?? [];

/**
 * Each acknowledged message is stored exactly once, in the order in which it was sent, and nothing
 * else is (G1, G2, G3).
 */
const messages: Check = (evidence) =>
  evidence.visitors.flatMap(({ name, address, sent }) => {
    const received = entriesAt(evidence, address).filter(({ kind }) => kind === 'customer.message');
    const findings: string[] = [];
    const bursts: number[] = [];
    for (const { id, text, acknowledgedAt, sessionId } of sent) {
      const found = received.filter(({ eventId }) => eventId === id);
      if (found.length > 1) findings.push(`duplicated: ${id} stands ${found.length} times in the journal of ${address}`);
      if (acknowledgedAt !== undefined && found.length === 0)
        findings.push(`lost: ${id} was acknowledged and is not in the journal of ${address}`);
      if (found[0] && found[0].text !== text) findings.push(`changed: ${id} stands as "${found[0].text}", was "${text}"`);
      if (found[0] && sessionId !== undefined && found[0].sessionId !== sessionId)
        findings.push(`${id} was acknowledged in ${sessionId} and stands in ${found[0].sessionId}`);
    }
    for (const { eventId } of received) {
      const message = sent.find(({ id }) => id === eventId);
      if (!message) findings.push(`invented: the journal of ${address} has ${eventId}, which ${name} never sent`);
      else bursts.push(message.burst);
    }
    if (bursts.some((burst, index) => burst < (bursts[index - 1] ?? 0)))
      findings.push(`out of order: ${name}'s messages stand as ${received.map(({ eventId }) => eventId).join(', ')}`);
    return findings;
  });

/** The same for messengers, whose messages are known by their texts. */
const updates: Check = (evidence) =>
  [...evidence.chats, ...evidence.messengers].flatMap(({ address, said }) => {
    const received = entriesAt(evidence, address)
      .filter(({ kind }) => kind === 'customer.message')
      .map(({ text }) => text);
    return isDeepStrictEqual(received, said)
      ? []
      : [`at ${address}, the provider received [${said.join(' | ')}] and the journal has [${received.join(' | ')}]`];
  });

const journal: Check = (evidence) =>
  evidence.sessions.flatMap(({ id, version }) => {
    const entries = entriesOf(evidence, id);
    const gap = entries.findIndex(({ seq }, index) => seq !== index + 1);
    return [
      ...(gap >= 0 ? [`the journal of ${id} has a gap before seq ${entries[gap]?.seq}`] : []),
      ...(version !== entries.length ? [`session ${id} is at version ${version}, its journal has ${entries.length} entries`] : []),
      ...entries
        .filter(({ kind }) => kind === 'parked' || kind === 'quarantined')
        .map(({ seq, kind, payload }) => `entry ${seq} of ${id} is ${kind}: ${JSON.stringify(payload).slice(0, 300)}`),
    ];
  });

const replay: Check = (evidence) => {
  const registry = createReadingRegistry({
    assistants: programAssistants(readConfig({}), Date.now),
    bindings: [probeAssistant(silent)],
    effects: probeEffects(silent),
  });
  return evidence.sessions.flatMap(({ id, assistant, snapshot }) => {
    // The lineage of earlier sessions belongs to the host, so the replay does not compute it.
    const { lineage: _kept, ...stored } = snapshot;
    const entries = entriesOf(evidence, id);
    const computed: unknown = JSON.parse(JSON.stringify(replayJournal(registry, { assistant }, entries.map(journalEntry)).snapshot));
    return isDeepStrictEqual(computed, stored)
      ? []
      : [
          `the snapshot of ${id} (${assistant}) is not what its journal amounts to:\n  stored   ${JSON.stringify(stored)}\n  replayed ${JSON.stringify(computed)}`,
        ];
  });
};

/** WhatsApp reports more than that it took a message. */
const ARRIVED: ReadonlySet<string> = new Set(['sent', 'delivered', 'read']);

/** No work is left, and everything for the customer counts as sent (G4). */
const outbox: Check = ({ work, journal: entries }) => [
  ...work.map((line) => `left in the outbox: ${line}`),
  ...entries
    .filter(({ delivery }) => delivery !== null && !ARRIVED.has(delivery))
    .map(({ sessionId, seq, delivery, text }) => `entry ${seq} of ${sessionId} ("${text}") was to be sent and is ${delivery}`),
];

/** From a provider's acceptance to our mark, at most, while PostgreSQL answers. */
export const WINDOW_MS = 2_000;

/**
 * Whether the second process was suspended when the first did it, and woke just then. Its call had
 * begun before, and a call that is on its way to a provider cannot be revoked.
 */
export function wokeWithIt({ outages }: Evidence, first: number, second: { readonly by: string; readonly at: number }): boolean {
  return outages.some(
    ({ kind, from, to, slots }) =>
      kind === 'instance frozen' &&
      slots.includes(second.by.charAt(0)) &&
      from < first &&
      to !== undefined &&
      to <= second.at &&
      second.at - to <= WINDOW_MS,
  );
}

/**
 * Every committed effect reached its receiver, in its lane's order (G4). duplicates.ts checks how
 * often.
 */
const effects: Check = (evidence) => {
  const records = evidence.recorded.filter(({ what }) => what === 'record');
  const reached = new Set(records.map(({ key }) => key));
  const tallied = new Set(evidence.recorded.filter(({ what }) => what === 'tally').map(({ key }) => key));
  const missing = evidence.journal.flatMap(({ sessionId, payload }) => {
    const params = Object(payload.params);
    if (payload.effect === 'probe.record' && !reached.has(`${sessionId}.${payload.serial}`))
      return [`never delivered: ${JSON.stringify(params)} of ${sessionId}`];
    if (payload.action === 'tally' && !tallied.has(String(params.id)))
      return [`never done: the action tally for ${params.id} of ${sessionId}`];
    return [];
  });
  const committed = new Set(
    evidence.journal
      .filter(({ payload }) => payload.effect === 'probe.record')
      .map(({ sessionId, payload }) => `${sessionId}.${payload.serial}`),
  );
  const uncommitted = [...reached].filter((key) => !committed.has(key)).map((key) => `delivered, but never committed: ${key}`);
  const overtaken = [...Map.groupBy(records, ({ key }) => key.split('.')[0])].flatMap(([session, ofSession]) => {
    const firsts = new Map<string, number>();
    const serials = ofSession.flatMap(({ key, by, at }) => {
      const first = firsts.get(key) ?? at;
      firsts.set(key, first);
      return first !== at && wokeWithIt(evidence, first, { by, at }) ? [] : [Number(key.split('.')[1])];
    });
    const early = serials.findIndex((serial, index) => serial < (serials[index - 1] ?? 0));
    return early < 0 ? [] : [`the lane of ${session} was not in order: serial ${serials[early]} came after ${serials[early - 1]}`];
  });
  return [...missing, ...uncommitted, ...overtaken];
};

/** What the program reacted with stands at the customer's message. */
const reactions: Check = (evidence) =>
  [...evidence.reactions].flatMap(([address, shown]) =>
    entriesAt(evidence, address).flatMap(({ payload }) => {
      if (payload.effect !== 'reaction.send') return [];
      const { messageId, emoji } = reactionSendParams.parse(payload.params);
      const found = shown.get(messageId) ?? null;
      return found === emoji ? [] : [`at ${address}, the reaction to ${messageId} is ${found} and was to be ${emoji}`];
    }),
  );

/**
 * A timer's firing names the timer. Other entries of that kind only record that the session was
 * woken.
 */
export const firedTimers = ({ journal: entries }: Pick<Evidence, 'journal'>): StoredEntry[] =>
  entries.filter(({ kind, payload }) => kind === 'timer' && typeof payload.due === 'number');

/** Each timer fires once, not early, and none is left behind (G5, G6). */
const timers: Check = (evidence) => {
  const fired = firedTimers(evidence);
  const findings = fired
    .filter(({ at, payload }) => at < Number(payload.due))
    .map(
      ({ sessionId, seq, at, payload }) =>
        `early: timer entry ${seq} of ${sessionId} fired ${Number(payload.due) - at} ms before it was due`,
    );
  const bySerial = Map.groupBy(fired, (entry) => `${entry.sessionId}.${String(stimulusOf(entry).serial)}`);
  for (const [serial, times] of bySerial) if (times.length > 1) findings.push(`fired ${times.length} times: timer ${serial}`);
  for (const { id, open, snapshot } of evidence.sessions) {
    for (const { serial, due } of open ? snapshot.timers : [])
      if (due < evidence.at - 3_000) findings.push(`left behind: timer ${id}.${serial} was due ${evidence.at - due} ms ago`);
  }
  return findings;
};

/**
 * How far the instances' common clock may differ from the true one, which is half of a round trip
 * over lines that are made slow.
 */
const CLOCK_BOUND_MS = 150;

/**
 * G5 by the true clock, whatever the clocks of the instances show. What a message's turn wrote is
 * dated between the message's first sending and its acknowledgement. Its reminder was not recorded
 * before its time.
 */
const clocks: Check = (evidence) => {
  const rang = new Map(evidence.recorded.filter(({ detail }) => detail.startsWith('rang ')).map(({ detail, at }) => [detail.slice(5), at]));
  return evidence.visitors.flatMap(({ address, sent }) => {
    const received = new Map(entriesAt(evidence, address).map((entry) => [entry.eventId, entry]));
    return sent.flatMap(({ id, firstAt, acknowledgedAt }) => {
      const entry = received.get(id);
      if (entry === undefined || firstAt === undefined) return [];
      const findings: string[] = [];
      const [least, most] = [firstAt - CLOCK_BOUND_MS, (acknowledgedAt ?? evidence.at) + CLOCK_BOUND_MS];
      if (entry.at < least || entry.at > most)
        findings.push(
          `wrong time: entry ${entry.seq} of ${entry.sessionId} (${id}) stands as of ${entry.at}, was sent ${firstAt} and acknowledged ${acknowledgedAt}`,
        );
      const due = firstAt + ringDelay(id) - CLOCK_BOUND_MS;
      const at = rang.get(id);
      if (at !== undefined && at < due)
        findings.push(`early: the timer of ${id} in ${entry.sessionId} rang ${due - at} ms before its time`);
      return findings;
    });
  });
};

/**
 * Half of the lines of callback history that the host keeps, because a question and its answer are
 * two lines.
 */
const REMEMBERED = 45;

/**
 * Each message made the probe do each thing once. No turn was played twice, and no invocation's
 * result and no timer was lost.
 */
const consequences: Check = (evidence) =>
  evidence.sessions
    .filter(({ assistant }) => assistant === PROBE)
    .flatMap(({ id }) => {
      const entries = entriesOf(evidence, id);
      const done = entries
        .filter(({ payload }) => payload.effect === 'probe.record')
        .map(({ payload }) => `${Object(payload.params).what} ${Object(payload.params).id}`);
      return entries
        .filter(({ kind }) => kind === 'customer.message')
        .flatMap((entry, index) => {
          // The probe records the id of the message. The entry has the id of the update.
          const { event, stimulus } = stimulusOf(entry);
          // An input that waited for code is held in another one.
          const { id: messageId } = Object(event ?? Object(stimulus).event);
          return ['heard', 'rang', 'looked', 'answered'].flatMap((what) => {
            const times = done.filter((line) => line === `${what} ${messageId}`).length;
            // Callback history is not kept for ever. After that, a restarted callback begins
            // without it.
            const forgotten = what === 'answered' && times === 0 && index >= REMEMBERED;
            return times === 1 || forgotten ? [] : [`the probe ${id} recorded "${what} ${messageId}" ${times} times`];
          });
        });
    });

/** What a visitor's page showed is complete, in order, and each message once. */
const readers: Check = (evidence) =>
  evidence.visitors.flatMap(({ name, address, shown }) => {
    if (shown === undefined) return [];
    const expected = shownAt(evidence, address);
    if (isDeepStrictEqual(shown, expected)) return [];
    const at = shown.findIndex((id, index) => id !== expected[index]);
    return [
      `${name} was shown ${shown.length} messages of ${expected.length}; the first difference: ${shown[at] ?? 'nothing'} where ${expected[at < 0 ? shown.length : at]} was to come`,
    ];
  });

const SHOWN = new Set(['customer.message', 'assistant.message', 'agent.message', 'system.message']);

export function shownAt(evidence: Pick<Evidence, 'byAddress'>, address: string): string[] {
  return entriesAt(evidence, address)
    .filter((entry) => SHOWN.has(entry.kind) && entry.text !== null)
    .map(({ sessionId, seq }) => `${sessionId}.${seq}`);
}

/** Every entry is in the roll-ups of analytics exactly once, by a second count of the journals. */
export const analyticsFindings = (evidence: Pick<Evidence, 'sessions' | 'bySession' | 'rollups'>): string[] => {
  const expected = countJournals(evidence.sessions.map((session) => ({ ...session, entries: entriesOf(evidence, session.id) })));
  const counted = inTheSameForm(evidence.rollups);
  return [...new Set([...expected.keys(), ...counted.keys()])].flatMap((place) => {
    const [found, right] = [counted.get(place) ?? 'nothing', expected.get(place) ?? 'nothing'];
    return found === right ? [] : [`analytics counted ${found} of "${place}", and the journals have ${right}`];
  });
};

export const CHECKS: Readonly<Record<string, Check>> = {
  messages,
  updates,
  journal,
  replay,
  outbox,
  effects,
  reactions,
  timers,
  clocks,
  consequences,
  readers,
  analytics: analyticsFindings,
  webhooks,
};
