/**
 * Reads the facts in a customer's new messages for one answer.
 *
 * The rules of the extraction read at once, so that the answer knows the facts. The model reads
 * beside the answer, which does not wait for it to begin. What the model read replaces what the
 * rules read, and a model that fails or is too slow changes nothing.
 *
 * Invariants
 * 1. Nothing of it fails an answer.
 * 2. Usage of the reading is reported once, with the answer or by itself.
 * 3. A message is read once. Without rules, one whose reading failed is read again with the next
 *    answer.
 */
import * as z from 'zod';
import type { InvocationContext } from '#actors/contract/api.ts';
import { systemClock } from '#actors/contract/system-clock.ts';
import { assistRun } from '#agent-service/assist/assist-run.ts';
import type { Extraction } from '#agent-service/extraction/define-extraction.ts';
import type { ReadingParams } from '#agent-service/extraction/read-messages.ts';
import { OFFLINE_MODEL } from '#agent-service/offline/adapter.ts';
import type { SessionRunParts } from '#agent-service/session-run.ts';
import type { Clock } from '#machines/clock.ts';
import type { Json } from '#machines/definition.ts';
import { withReading } from '#machines/session/reading.ts';
import type { FactReading } from '#machines/session/reading-facts.ts';
import type { AnswerInput } from '#machines/session/runs.ts';
import type { RunUsage } from '#machines/session/usage.ts';
import { clip, isVisible } from '#machines/text.ts';

/** How long a finished answer waits for the reading, in milliseconds. */
const PATIENCE_MS = 10_000;
/** Messages before the new ones that a reader gets to understand them. */
const MOST_BEFORE = 6;
/** New messages that are read at once, the latest ones, and characters of each. */
const MOST_READ = 50;
const MOST_CHARACTERS = 2_000;

export interface FactReaderParts extends Pick<SessionRunParts, 'service' | 'spent'> {
  /** Default is the machine's own clock. */
  readonly after?: Clock['after'];
  readonly onError: (where: string, error: unknown) => void;
}

/** What the rules make of the new messages. */
export interface FirstReading {
  /** The input of the answer, with the facts. */
  readonly input: AnswerInput;
  readonly reading?: FactReading;
  /** The messages for the model. Absent if none may hold facts. */
  readonly unread?: ReadingParams | undefined;
}

export interface Read {
  readonly reading?: FactReading;
  readonly usage?: RunUsage;
}

/** Customer's messages since the last reading that may hold facts, with what came before them. */
function unreadParams(input: AnswerInput, extraction: Extraction): ReadingParams | undefined {
  const { messages, readThrough } = input;
  const from = readThrough === undefined ? 0 : messages.findLastIndex(({ id }) => id === readThrough) + 1;
  const unread = messages
    .slice(from)
    .filter(({ role, text }) => role === 'customer' && isVisible(text) && extraction.mayHold(text))
    .slice(-MOST_READ);
  const first = unread[0];
  if (first === undefined) return undefined;
  const before = messages.slice(0, messages.indexOf(first)).slice(-MOST_BEFORE);
  return {
    messages: unread.map(({ id, text, at }) => ({ id, text: clip(text, MOST_CHARACTERS), at })),
    before: before.map(({ role, text }) => ({ role, text: clip(text, MOST_CHARACTERS) })),
    known: input[extraction.into],
  };
}

/** The messages are not marked as read, so that the model reads them too. */
export function firstReading(input: AnswerInput, extraction: Extraction, onError: FactReaderParts['onError']): FirstReading {
  try {
    const unread = unreadParams(input, extraction);
    if (unread === undefined || extraction.byRules === undefined) return { input, unread };
    const reading: FactReading = { into: extraction.into, facts: extraction.byRules(unread) };
    return { input: { ...input, ...withReading(input, reading) }, unread, reading };
  } catch (error) {
    onError('reading facts by rules', error);
    return { input };
  }
}

/** What the rules read stands if the model has read nothing. The messages are not read again. */
export function settledReading(
  read: Read | undefined,
  rules: FactReading | undefined,
  params: ReadingParams | undefined,
): FactReading | undefined {
  const through = params?.messages.at(-1)?.id;
  return read?.reading ?? (rules === undefined || through === undefined ? rules : { ...rules, through });
}

const written = z.json();

/** Begins at once. `done` never rejects. Call it when the answer is there, or with a failed one. */
export function beginReading(
  { service, spent, after = systemClock.after, onError }: FactReaderParts,
  { sessionId, runId, attempt }: Pick<InvocationContext, 'sessionId' | 'runId' | 'attempt'>,
  extraction: Extraction,
  params: ReadingParams,
  session: Json,
  signal: AbortSignal,
): { readonly done: (answered: boolean) => Promise<Read> } {
  const ending = new AbortController();
  const stop = (): void => ending.abort();
  signal.addEventListener('abort', stop, { once: true });
  if (signal.aborted) stop();
  let used: { readonly usage: RunUsage; readonly id: string } | undefined;
  const run = assistRun(service, {
    sessionId,
    // A run that was stopped with its process is not started again under its name.
    runId: `${runId}.facts.${attempt}`,
    request: { workflow: extraction.workflow.name, params: written.parse(params), session },
    signal: ending.signal,
    onUsage: (usage, id) => {
      used = { usage, id };
    },
  })
    .then(({ text, model }): FactReading | undefined => {
      const by = model === OFFLINE_MODEL ? 'rules' : 'model';
      const facts = extraction.checked(written.parse(JSON.parse(text)), params, by);
      const through = params.messages.at(-1)?.id;
      return { into: extraction.into, facts, ...(through === undefined ? {} : { through }) };
    })
    .catch((error: unknown): undefined => {
      if (!ending.signal.aborted) onError('reading facts', error);
      return undefined;
    });
  return {
    async done(answered) {
      const cancel = answered ? after(PATIENCE_MS, stop) : () => {};
      if (!answered) stop();
      const reading = await run;
      cancel();
      signal.removeEventListener('abort', stop);
      if (answered) return { ...(reading === undefined ? {} : { reading }), ...(used === undefined ? {} : { usage: used.usage }) };
      if (used !== undefined)
        await spent?.(sessionId, { id: `spent:${used.id}`, usage: used.usage }).catch((error: unknown) => onError('counting a run', error));
      return {};
    },
  };
}
