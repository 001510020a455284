/**
 * Decoders from Redis's data to the port's types, and encoders. Other clients may write into a
 * Redis, and an eviction or a partly restored backup may remove data, so everything that is read is
 * validated. Invalid data is a `StatechatError` with code `unreadable_record`, never a wrong
 * answer. Snapshots and payloads are JSON because they were parsed. The machines check what they
 * mean.
 */
import * as z from 'zod';
import type { Json } from '#machines/definition.ts';
import { StatechatError } from '#machines/errors.ts';
import { type Address, parseAddress, type SessionId } from '#machines/ids.ts';
import type { HoldChange, StoredDeadLetter } from '#storage/archive.ts';
import type { Delivery, JournalEntry, SessionRow, WorkItem } from '#storage/port.ts';

// Branded by decoding, because the value was branded when it was written.
const sessionId = z.custom<SessionId>((value) => typeof value === 'string' && value.length === 36);
const address = z.custom<Address>((value) => typeof value === 'string' && value.includes(':'));
const json = z.custom<Json>((value) => value !== undefined);
const whole = z.int();

/** What a session is opened with stays. */
const fixedPart = z.object({ id: sessionId, address, openedAt: whole, previousId: sessionId.nullable() });

const document = z.object({
  assistant: z.string(),
  machineId: z.string(),
  machineVersion: whole,
  state: z.string(),
  handler: z.enum(['bot', 'human', 'none']),
  agentId: z.string().nullable(),
  tags: z.array(z.string()),
  // Rows of 0.1.0 have neither. Their next turn writes them.
  queue: z.string().nullable().default(null),
  waitingSince: whole.nullable().default(null),
  open: z.boolean(),
  snapshot: json,
  lastActivityAt: whole,
  closedAt: whole.nullable(),
});

/** Answer of TIME, seconds and microseconds of the second. */
export function decodeTime(reply: unknown): number {
  const [seconds, micros] = z.tuple([z.coerce.number(), z.coerce.number()]).parse(reply);
  return seconds * 1_000 + micros / 1_000;
}

const storedRow = z.tuple([z.string(), z.string(), z.string(), z.string(), z.string().nullish()]);

export function encodeFixed({ id, address: where, openedAt, previousId }: SessionRow): string {
  return JSON.stringify({ id, address: where, openedAt, previousId });
}

/**
 * The snapshot comes after the fields that filters read, because scripts/list.lua searches the text
 * before it.
 */
export function encodeDocument(row: SessionRow): string {
  const { assistant, machineId, machineVersion, state, handler, agentId, tags, queue, waitingSince, open, snapshot } = row;
  const { lastActivityAt, closedAt } = row;
  const head = { assistant, machineId, machineVersion, state, handler, agentId, tags, queue, waitingSince, open };
  return JSON.stringify({ ...head, snapshot, lastActivityAt, closedAt });
}

/** {fixed, version, wakeAt, document, where it moved}, or undefined if there is no such session. */
export function decodeRow(reply: unknown): SessionRow | undefined {
  if (!Array.isArray(reply) || reply.every((part) => part === null)) return undefined;
  return reading('session', () => {
    const [fixed, version, wakeAt, text, moved] = storedRow.parse(reply);
    return {
      ...fixedPart.parse(JSON.parse(fixed)),
      ...(moved ? { address: address.parse(JSON.parse(moved)) } : {}),
      ...document.parse(JSON.parse(text)),
      version: whole.parse(Number(version)),
      wakeAt: wakeAt === '' ? null : whole.parse(Number(wakeAt)),
    };
  });
}

/**
 * The row as one document. A copy that an instance of 0.1.0 wrote lacks the queue and is not read,
 * since a turn that is computed from it could leave the queue of an earlier turn in the durable
 * row.
 */
export const wholeRow = fixedPart
  .extend(document.shape)
  .extend({ version: whole, wakeAt: whole.nullable(), queue: z.string().nullable(), waitingSince: whole.nullable() });

const entryDocument = z.object({
  sessionId,
  seq: whole,
  at: whole,
  kind: z.string(),
  author: z.string().nullable(),
  text: z.string().nullable(),
  eventId: z.string().nullable(),
  payload: json,
});

export function encodeEntry({ delivery: _, ...entry }: JournalEntry): string {
  return JSON.stringify(entry);
}

/** A flat list of documents and marks. */
export function decodeEntries(reply: unknown): JournalEntry[] {
  const parts = z.array(z.string().nullable()).parse(reply);
  return Array.from({ length: parts.length / 2 }, (_, index) =>
    reading('journal entry', () => ({
      ...entryDocument.parse(JSON.parse(parts[2 * index] ?? 'null')),
      delivery: decodeMark(parts[2 * index + 1] ?? null),
    })),
  );
}

const statuses = z.enum(['pending', 'sent', 'delivered', 'read', 'failed']);

/** Status, time, ref and reason in the form of scripts/marks.lua. */
export function encodeMark(mark: Delivery | null): [string, string, string, string] {
  if (mark === null) return ['', '', '', ''];
  const { status, at, ref, reason } = mark;
  return [status, String(at), ref === undefined ? '' : JSON.stringify(ref), reason === undefined ? '' : JSON.stringify(reason)];
}

function decodeMark(text: string | null): Delivery | null {
  if (text === null) return null;
  const [status, at, ref = '', reason = ''] = text.split('\n');
  return {
    status: statuses.parse(status),
    at: whole.parse(Number(at)),
    ...(ref === '' ? {} : { ref: z.string().parse(JSON.parse(ref)) }),
    ...(reason === '' ? {} : { reason: z.string().parse(JSON.parse(reason)) }),
  };
}

const workBody = z.object({
  sessionId,
  serial: whole,
  seq: whole,
  kind: z.enum(['effect', 'invocation']),
  lane: z.string().nullable(),
  type: z.string(),
  payload: json,
});

export function encodeWork({ attempts: _, notBefore: __, progress: ___, ...body }: WorkItem): string {
  return JSON.stringify(body);
}

const storedWork = z.tuple([z.string(), z.string(), z.string(), z.string(), z.string().nullable()]).rest(z.string());

/** {body, attempts, not before, progress, where its session moved, …} */
export function decodeWork(reply: unknown): WorkItem {
  return reading('work item', () => {
    const [text, attempts, notBefore, progress, moved] = storedWork.parse(reply);
    const body = workBody.parse(JSON.parse(text));
    const movedTo = moved === null ? undefined : address.parse(JSON.parse(moved));
    return {
      ...body,
      ...(movedTo === undefined ? {} : { movedTo, lane: body.lane === null ? null : movedTo }),
      attempts: whole.parse(Number(attempts)),
      notBefore: whole.parse(Number(notBefore)),
      progress: json.parse(JSON.parse(progress)),
    };
  });
}

/** {…, owner, lease until} after what `decodeWork` reads. */
export function decodePending(reply: unknown): WorkItem & { readonly owner: string | null; readonly leaseUntil: number } {
  const item = decodeWork(reply);
  const [, , , , , owner = '', leaseUntil = '0'] = storedWork.parse(reply);
  return { ...item, owner: owner === '' ? null : z.string().parse(JSON.parse(owner)), leaseUntil: whole.parse(Number(leaseUntil)) };
}

/** {another home} where an address leads to one, else the answer itself. */
export function decodeLead(reply: unknown): Address | undefined {
  const [lead, ...more] = Array.isArray(reply) ? z.array(z.unknown()).parse(reply) : [];
  return typeof lead === 'string' && more.length === 0 ? parseAddress(String(JSON.parse(lead))) : undefined;
}

/** One for each turn, which is {0}, {1} or {2, nth entry with an event id, session, seq, …}. */
export function decodeResults(reply: unknown): number[][] {
  return z.array(z.array(whole)).parse(reply);
}

export function decodeList(reply: unknown): unknown[] {
  return z.array(z.unknown()).parse(reply);
}

export function decodeTexts(reply: unknown): string[] {
  return z.array(z.string()).parse(reply);
}

const finished = z.tuple([z.array(whole), z.array(z.tuple([whole, z.string()]))]);

/** Of the outcomes, counted from 1, those of lost work, and those whose mark moved by a report. */
export function decodeFinished(reply: unknown) {
  const [lost, moved] = finished.parse(reply);
  return { lost, moved: moved.map(([nth, to]) => ({ nth, movedTo: to === '' ? undefined : address.parse(JSON.parse(to)) })) };
}

export function decodeFlags(reply: unknown): boolean[] {
  return z
    .array(whole)
    .parse(reply)
    .map((flag) => flag === 1);
}

export function decodeCount(reply: unknown): number {
  return whole.parse(reply);
}

const holdChange = z.object({ held: z.boolean(), at: whole, by: z.string(), reason: z.string() });

export function encodeHold({ held, at, by, reason }: HoldChange): string {
  return JSON.stringify({ held, at, by, reason });
}

export function decodeHold(text: string): HoldChange {
  return reading('hold', () => holdChange.parse(JSON.parse(text)));
}

const deadLetter = z.object({
  channel: z.string(),
  account: z.string(),
  providerId: z.string(),
  receivedAt: whole,
  code: z.string(),
  reason: z.string(),
  content: z.string(),
  size: whole,
});

export function encodeDeadLetter(event: StoredDeadLetter): string {
  return JSON.stringify(event);
}

/** {document, number, …} */
export function decodeDeadLetters(reply: unknown): { readonly event: StoredDeadLetter; readonly number: string }[] {
  const parts = decodeTexts(reply);
  return Array.from({ length: parts.length / 2 }, (_, index) =>
    reading('dead letter', () => ({
      event: deadLetter.parse(JSON.parse(parts[2 * index] ?? 'null')),
      number: parts[2 * index + 1] ?? '',
    })),
  );
}

/** {number of the key from 1, time, …} */
export function decodePeek(reply: unknown): { readonly key: number; readonly time: number }[] {
  const parts = z.array(z.union([whole, z.string()])).parse(reply);
  return Array.from({ length: parts.length / 2 }, (_, index) => ({ key: Number(parts[2 * index]), time: Number(parts[2 * index + 1]) }));
}

/** {{id, {field, value}}, …} of a stream */
export function decodeRecords(reply: unknown): { readonly id: string; readonly record: string }[] {
  return z
    .array(z.tuple([z.string(), z.array(z.string())]))
    .parse(reply)
    .map(([id, [, record = '']]) => ({ id, record }));
}

/** An unreadable value is a `StatechatError` that says what it should have been. */
export function reading<T>(what: string, read: () => T): T {
  try {
    return read();
  } catch (cause) {
    throw new StatechatError('unreadable_record', `a ${what} in Redis is not what this program writes: was it changed or evicted?`, {
      expose: false,
      cause,
    });
  }
}
