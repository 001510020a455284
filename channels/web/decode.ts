/**
 * Decodes what a page sends into events of the channel port. Every request body passes through
 * here.
 */
import * as z from 'zod';
import { MAX_COMMAND_ARGS, readCommand } from '#channels/command.ts';
import type { ChannelEvent } from '#channels/inbound.ts';
import { HttpProblem } from '#channels/problem.ts';
import { MAX_SEQ, parseSessionId, type SessionId } from '#machines/ids.ts';
import { MAX_TEXT, messageIdSchema } from '#machines/session/events.ts';
import { isVisible, wellFormed } from '#machines/text.ts';
import { type Visitor, visitorAddress } from './tokens.ts';
import { MAX_FILES } from './upload.ts';

const visitorRequest = z.strictObject({
  assistant: z
    .string()
    .regex(/^[A-Za-z0-9_-]{1,64}$/, 'expected letters, digits, - and _, at most 64')
    .optional(),
  locale: z
    .string()
    .regex(/^[A-Za-z0-9-]{2,35}$/, 'expected a BCP 47 language tag such as ar-EG')
    .optional(),
});

const messageRequest = z.strictObject({
  id: z
    .string()
    .regex(
      /^(?!statechat:|api:)[\x21-\x7e]{1,200}$/,
      'expected 1 to 200 printable ASCII characters that do not begin with statechat: or api:, the same for every attempt at this message',
    ),
  text: z.string(),
  /** Ids of uploads, in their order. */
  files: z.array(z.string().max(100)).max(MAX_FILES).optional(),
  /** The message that it answers, by its `clientId`, or by its `ref` if it is ours. */
  replyTo: messageIdSchema.optional(),
  /** Where the visitor is, in degrees. */
  location: z.strictObject({ latitude: z.number().min(-90).max(90), longitude: z.number().min(-180).max(180) }).optional(),
});

const receiptRequest = z.strictObject({
  upTo: z.string().max(60),
  status: z.enum(['delivered', 'read']),
});

const emptyRequest = z.strictObject({});

/** Of a query. English if it is absent. */
const language = z
  .string()
  .regex(/^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*$/, 'expected a BCP 47 language tag such as ar')
  .default('en');

export type VisitorRequest = z.infer<typeof visitorRequest>;

export function decodeVisitor(body: unknown): VisitorRequest {
  return parse(visitorRequest, body ?? {});
}

export interface DecodedMessage {
  readonly event: Extract<ChannelEvent, { type: 'message' | 'command' }>;
  /** Ids of uploads that it names. */
  readonly files: readonly string[];
}

export function decodeMessage(body: unknown, visitor: Visitor, at: number): DecodedMessage {
  const { id, text: written, files = [], location, replyTo } = parse(messageRequest, body);
  const text = wellFormed(written);
  checkText(text, files.length > 0 || location !== undefined);
  const from = {
    id,
    at,
    address: visitorAddress(visitor),
    ...(visitor.locale === undefined ? {} : { customer: { locale: visitor.locale } }),
    ...(location === undefined ? {} : { media: [{ kind: 'location' as const, ...location }] }),
    ...(replyTo === undefined ? {} : { replyTo }),
  };
  const command = readCommand(text);
  if (command === undefined) return { event: { type: 'message', ...from, text }, files };
  const { name, args } = command;
  if (args.length > MAX_COMMAND_ARGS)
    throw tooLong(`What follows /${name} is ${args.length} characters long. At most ${MAX_COMMAND_ARGS} are taken.`);
  return { event: { type: 'command', ...from, name, args }, files };
}

export function decodeReceipt(body: unknown, visitor: Visitor, at: number): ChannelEvent {
  const { upTo, status } = parse(receiptRequest, body);
  const { sessionId, seq } = decodeEventId(upTo);
  return { type: 'receipt', address: visitorAddress(visitor), at, sessionId, upTo: seq, status };
}

export function decodeTyping(body: unknown, visitor: Visitor, at: number): ChannelEvent {
  parse(emptyRequest, body ?? {});
  return { type: 'typing', address: visitorAddress(visitor), at };
}

export function decodeLanguage(query: unknown): string {
  const result = language.safeParse(query);
  if (result.success) return result.data;
  throw invalid(`lang: ${result.error.issues[0]?.message}`);
}

/** `{sessionId}.{seq}` */
export function decodeEventId(text: string): { readonly sessionId: SessionId; readonly seq: number } {
  const [, session = '', seq = ''] = /^([0-9a-fA-F-]{36})\.([1-9][0-9]{0,15})$/.exec(text) ?? [];
  if (session === '' || Number(seq) > MAX_SEQ) {
    throw new HttpProblem({
      status: 400,
      code: 'invalid_event_id',
      title: 'Not an event id',
      detail: `An event id is {sessionId}.{seq}, as the stream gave it, and seq is a whole number from 1 to ${MAX_SEQ}. Leave it out to begin with the whole conversation.`,
    });
  }
  return { sessionId: parseSessionId(session), seq: Number(seq) };
}

function checkText(text: string, isCaption: boolean): void {
  if (text.length > MAX_TEXT) throw tooLong(`The text is ${text.length} characters long. Shorten it to ${MAX_TEXT}, or send it in parts.`);
  if (!isCaption && !isVisible(text)) throw invalid('text: there is nothing in it. Send at least one visible character.');
}

function parse<T>(schema: z.ZodType<T>, body: unknown): T {
  if (body === undefined) {
    throw new HttpProblem({
      status: 415,
      code: 'unsupported_media_type',
      title: 'JSON expected',
      detail: 'Send a JSON object with the header Content-Type: application/json.',
    });
  }
  const result = schema.safeParse(body);
  if (result.success) return result.data;
  throw invalid(
    result.error.issues
      .slice(0, 5)
      .map((issue) => `${issue.path.join('.') || 'body'}: ${issue.message}`)
      .join('; '),
  );
}

function invalid(detail: string): HttpProblem {
  return new HttpProblem({ status: 400, code: 'invalid_input', title: 'Invalid input', detail });
}

function tooLong(detail: string): HttpProblem {
  return new HttpProblem({ status: 413, code: 'too_large', title: 'Too long', detail });
}
