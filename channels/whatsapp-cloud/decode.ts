/**
 * A webhook of WhatsApp, read entry by entry. A broken entry costs only itself. Pure.
 */
import { createHash } from 'node:crypto';
import * as z from 'zod';
import { InvalidInput } from '#machines/errors.ts';
import { type Decoded, decodeCall, decodeEcho, decodeMessage } from './decode-person.ts';
import { fieldRuling } from './kinds.ts';
import {
  anyId,
  type Change,
  type Contact,
  callSchema,
  changeSchema,
  contactSchema,
  echoSchema,
  envelope,
  errorsSchema,
  messageSchema,
  type Status,
  statusSchema,
} from './payload.ts';

/** One thing that WhatsApp reports. */
export interface Entry {
  /** WhatsApp's id of it, or one made of its content. The same in each redelivery. */
  readonly providerId: string;
  /** As it came. */
  readonly content: unknown;
  readonly decoded:
    | Decoded
    | { readonly type: 'status'; readonly status: Status }
    | { readonly type: 'broken'; readonly error: InvalidInput };
}

/**
 * Throws `InvalidInput` if this is no webhook at all.
 * @param account the phone number id whose entries are taken.
 */
export function decodeWebhook(raw: unknown, account: string): readonly Entry[] {
  const parsed = envelope.safeParse(raw);
  if (!parsed.success)
    throw new InvalidInput(`this is no webhook of WhatsApp: ${z.prettifyError(parsed.error).slice(0, 300)}`, {}, parsed.error);
  return parsed.data.entry.flatMap(({ changes }) => changes.flatMap((change) => decodeChange(change, account)));
}

function decodeChange(raw: unknown, account: string): readonly Entry[] {
  const parsed = changeSchema.safeParse(raw);
  if (!parsed.success) return [broken(raw, parsed.error)];
  const { field, value } = parsed.data;
  const ruling = fieldRuling(field);
  if (ruling === undefined) return [ignored(raw, 'field.unknown', `the field "${field.slice(0, 40)}" is newer than this program`)];
  if ('ignored' in ruling) return [ignored(raw, `field.${field}`, ruling.ignored)];
  const number = value.metadata?.phone_number_id;
  if (number !== account) {
    const whose = number === undefined ? 'no number' : 'another number of the account';
    return [ignored(raw, 'another_number', `it is for ${whose}. This program takes those of WHATSAPP_CLOUD_PHONE_NUMBER_ID`)];
  }
  const entries = entriesOf(value);
  return entries.length > 0 ? entries : [ignored(raw, 'change.empty', 'it reports nothing that this program knows')];
}

function entriesOf({ contacts: given = [], metadata, ...value }: Change['value']): readonly Entry[] {
  const contacts = given.flatMap((one): readonly Contact[] => {
    const { data } = contactSchema.safeParse(one);
    return data === undefined ? [] : [data];
  });
  return [
    ...read(value.messages, messageSchema, (message) => decodeMessage(message, contacts)),
    ...read(value.message_echoes, echoSchema, (echo) => decodeEcho(echo, contacts)),
    ...read(value.calls, callSchema, (call) => decodeCall(call, contacts, metadata?.display_phone_number)),
    ...read(value.statuses, statusSchema, (status) => ({ type: 'status', status }), statusId),
    ...(errorsSchema.safeParse(value.errors).data ?? []).map((error) =>
      ignored(error, 'errors', `WhatsApp reports the error ${error.code} and names no message`),
    ),
  ];
}

/** One id for each status of a message, because they come one by one. */
function statusId({ id, status }: Status): string {
  return `${id}:${status}`;
}

function read<T extends { readonly id: string }>(
  list: readonly unknown[] | undefined,
  schema: z.ZodType<T>,
  decode: (one: T) => Entry['decoded'],
  idOf: (one: T) => string = ({ id }) => id,
): readonly Entry[] {
  return (list ?? []).map((content): Entry => {
    const parsed = schema.safeParse(content);
    if (!parsed.success) return broken(content, parsed.error);
    const providerId = idOf(parsed.data);
    try {
      return { providerId, content, decoded: decode(parsed.data) };
    } catch (error) {
      if (error instanceof InvalidInput) return { providerId, content, decoded: { type: 'broken', error } };
      throw error;
    }
  });
}

function broken(content: unknown, error: z.ZodError): Entry {
  const message = `the entry is not as Meta documents it: ${z.prettifyError(error).slice(0, 500)}`;
  return { providerId: idOf(content), content, decoded: { type: 'broken', error: new InvalidInput(message, {}, error) } };
}

function ignored(content: unknown, kind: string, reason: string): Entry {
  return { providerId: idOf(content), content, decoded: { type: 'ignored', kind, reason } };
}

function idOf(content: unknown): string {
  const { data } = anyId.safeParse(content);
  return (
    data?.id ??
    createHash('sha256')
      .update(JSON.stringify(content) ?? '')
      .digest('hex')
      .slice(0, 32)
  );
}
