/**
 * What agents save for their work: canned responses, macros, and filters of lists. The operations
 * that store them and the pages share these schemas.
 */
import * as z from 'zod/mini';
import { clientMessage, inboxFilter } from './protocol.ts';
import type { Request } from './request.ts';

const text = (most: number) => z.string().check(z.minLength(1), z.maxLength(most), z.regex(/\S/, 'expected something visible'));

/**
 * Commands of the gateway that a macro may have as steps. Add the type of a command here, and
 * macros can have it.
 */
const MACRO_COMMANDS = ['claim', 'send', 'note', 'update', 'snooze', 'transfer', 'release', 'close'] as const;

/** In place of what only the moment gives. */
const ANY = { requestId: 'placeholder', sessionId: 'placeholder' };

const commandStep = z
  .looseObject({ type: z.enum(MACRO_COMMANDS) })
  .check(
    z.refine(
      (step) => commandMessage(step, { ...ANY, seen: 0 }) !== undefined,
      'expected a command of the gateway, without requestId, sessionId and seen',
    ),
  );

export const macroStep = z.union([
  /** Sends the text of a canned response, by the id of the item. */
  z.strictObject({ type: z.literal('canned'), itemId: text(100) }),
  commandStep,
]);
export type MacroStep = z.infer<typeof macroStep>;

const locale = z.string().check(z.regex(/^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*$/, 'expected a language such as ar or en-GB'));

/** The texts of a canned response, one for each language. */
const cannedFields = {
  title: text(200),
  texts: z.array(z.strictObject({ locale, text: text(32_768) })).check(
    z.minLength(1),
    z.maxLength(20),
    z.refine((texts) => new Set(texts.map((one) => one.locale.toLowerCase())).size === texts.length, 'expected each language once'),
  ),
};

const macroFields = { steps: z.array(macroStep).check(z.minLength(1), z.maxLength(20)) };

const filterFields = {
  filter: inboxFilter,
  /** Only sessions that have waited for longer, in minutes. */
  waitingMinutes: z.optional(z.int().check(z.minimum(1), z.maximum(100_000))),
};

/** Of an item that is not a canned response. */
const name = text(100);

export const savedItem = z.discriminatedUnion('kind', [
  /** Its name is the shortcut, as it is written after the slash. */
  z.strictObject({
    kind: z.literal('canned'),
    name: z.string().check(z.regex(/^[\p{L}\p{N}\p{M}_-]{1,40}$/u, 'expected up to 40 letters, digits, - and _')),
    ...cannedFields,
  }),
  z.strictObject({ kind: z.literal('macro'), name, ...macroFields }),
  z.strictObject({ kind: z.literal('filter'), name, ...filterFields }),
]);
export type SavedItem = z.infer<typeof savedItem>;
export type CannedResponse = Extract<SavedItem, { readonly kind: 'canned' }>;
export type Macro = Extract<SavedItem, { readonly kind: 'macro' }>;
export type SavedFilter = Extract<SavedItem, { readonly kind: 'filter' }>;

/** The command of a step for a session. Undefined if the step is no command of this version. */
export function commandOfStep(step: MacroStep, given: { readonly sessionId: string; readonly seen: number }): Request | undefined {
  const message = commandMessage(step, { ...given, requestId: ANY.requestId });
  if (message === undefined) return undefined;
  const { requestId: _requestId, ...request } = message;
  return request;
}

function commandMessage(step: { readonly type: string }, { seen, ...given }: { requestId: string; sessionId: string; seen: number }) {
  // What a step says of these itself is no macro's business.
  if (['requestId', 'sessionId', 'seen'].some((key) => key in step)) return undefined;
  const { data } = clientMessage.safeParse({ ...step, ...given, ...(step.type === 'send' ? { seen } : {}) });
  return data !== undefined && 'requestId' in data ? data : undefined;
}
