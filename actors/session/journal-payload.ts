/**
 * The payloads of the journal entries that replay reads. They are how a session began, how it was
 * migrated, and each input that moved its machine.
 *
 * Owns their stored form. The keys are those of 0.1.0 and never change. The stored form of an
 * input is in `interpreter/stored-snapshot.ts`.
 */
import * as z from 'zod';
import type { Json, MachineEvent } from '#machines/definition.ts';
import type { JournalEntry } from '#storage/port.ts';
import type { ActorInput } from '../interpreter/input.ts';
import { toJson } from '../interpreter/serialize.ts';
import { decodeInput, encodeInput } from '../interpreter/stored-snapshot.ts';
import type { TurnResult } from './turn-result.ts';

const machineSchema = z.object({ id: z.string(), version: z.number().int() });
const beginningSchema = z.object({ machine: machineSchema, input: z.unknown().optional(), firstSerial: z.number().int() });
const migrationSchema = z.object({ from: machineSchema, to: machineSchema });
const inputSchema = z.object({ stimulus: z.unknown() });

export type MachineVersion = z.infer<typeof machineSchema>;

/** What an entry did to the machine of its session. */
export type Movement =
  | { readonly kind: 'beginning'; readonly machine: MachineVersion; readonly machineInput: unknown; readonly firstSerial: number }
  | { readonly kind: 'migration'; readonly from: MachineVersion; readonly to: MachineVersion }
  | { readonly kind: 'input'; readonly input: ActorInput };

/** Undefined for an entry that moved nothing. */
export function movementOf({ kind, payload }: Pick<JournalEntry, 'kind' | 'payload'>): Movement | undefined {
  if (kind === 'opened' || kind === 'quarantined') {
    const { data } = beginningSchema.safeParse(payload);
    if (data) return { kind: 'beginning', machine: data.machine, machineInput: data.input, firstSerial: data.firstSerial };
  }
  if (kind === 'migrated') return { kind: 'migration', ...migrationSchema.parse(payload) };
  const input = inputOf(payload);
  return input && { kind: 'input', input };
}

const refusedSchema = z.object({ code: z.string(), message: z.string(), holder: z.string().exactOptional() });
const resultSchema = z
  .object({ ignored: z.string().exactOptional(), refused: refusedSchema.exactOptional(), reason: z.string().exactOptional() })
  .catch({});

/** What a turn made of the event of an entry. Empty if the event took effect, or waits for code. */
export function resultOfEntry({ kind, payload }: Pick<JournalEntry, 'kind' | 'payload'>): TurnResult {
  const { ignored, refused, reason = '' } = resultSchema.parse(payload);
  if (kind === 'parked') return { parked: reason };
  return { ...(ignored === undefined ? {} : { ignored }), ...(refused === undefined ? {} : { refused }) };
}

/** The input that an entry holds. */
export function inputOf(payload: Json): ActorInput | undefined {
  return decodeInput(inputSchema.safeParse(payload).data?.stimulus);
}

/** The event that an entry is about, also one that waits for code. Undefined for another input. */
export function eventOf(payload: Json): MachineEvent | undefined {
  let input = inputOf(payload);
  while (input?.kind === 'hold') input = input.input;
  return input?.kind === 'event' ? input.event : undefined;
}

export function beginningPayload(machine: MachineVersion, machineInput: Json | undefined, firstSerial: number): object {
  return { machine, ...(machineInput === undefined ? {} : { input: machineInput }), firstSerial };
}

export function migrationPayload(from: MachineVersion, to: MachineVersion): object {
  return { from, to };
}

export function inputPayload(input: ActorInput): object {
  return { stimulus: encodeInput(input) };
}

/** Characters of an instance's name that the journal keeps. Each turn has them. */
const INSTANCE = 12;
const instanceSchema = z.object({ instance: z.string().optional() }).catch({});

/** Short enough for each turn, and long enough to find the instance in the logs. */
export function instanceName(owner: string): string {
  return owner.slice(-INSTANCE);
}

/** The payload with the instance that committed its turn. What is no record keeps none. */
export function instancePayload(payload: Json, owner: string): Json {
  return isRecord(payload) ? { ...payload, instance: instanceName(owner) } : payload;
}

/** The instance that committed the turn. Undefined but for the first entry of a turn. */
export function instanceOfEntry({ payload }: Pick<JournalEntry, 'payload'>): string | undefined {
  return instanceSchema.parse(payload).instance;
}

function isRecord(value: Json): value is { readonly [key: string]: Json } {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** An input that was parked, whole. Its kind alone if it is what cannot be stored. */
export function parkedInput(input: ActorInput): unknown {
  try {
    return toJson(encodeInput(input), 'input');
  } catch {
    return { kind: input.kind };
  }
}
