/** `companion`: general chat, on every channel. */
import { fromPromise } from 'xstate';
import * as z from 'zod';
import { type AssistantVoice, answerRun } from '#actors/agent/answer.ts';
import { buildContext } from '#actors/agent/memory/context.ts';
import { summaryRun } from '#actors/agent/memory/summarise.ts';
import { contextSource } from '#actors/agent/prompt.ts';
import type { Provider } from '#actors/agent/provider.ts';
import { invocationContext } from '#actors/invocation-context.ts';
import type { AssistantBinding, Opening } from '#actors/registry.ts';
import type { Draft, DraftOptions } from '#channels/port.ts';
import type { Address } from '#machines/ids.ts';
import { answerInput } from '#machines/session/changes.ts';
import { type SessionInput, sessionContext } from '#machines/session/context.ts';
import { sessionDefinitions } from '#machines/session/definition.ts';
import { customerSchema } from '#machines/session/events.ts';
import type { PolicySettings } from '#machines/session/policy.ts';
import type { AnswerInput, AnswerOutput, SummariseInput, SummariseOutput } from '#machines/session/runs.ts';
import { type Pay, unpaid } from '../pay.ts';
import { asksForPerson } from './asks-for-person.ts';

const COMPANION = 'companion';

const VOICE: AssistantVoice = {
  prompt: `You are Companion, a warm, attentive conversation partner in a chat window.
Answer briefly, as one does in a chat: a few sentences, more only where the question needs it. Use Markdown sparingly.
Say so when you do not know something. If the customer needs a person, tell them that /agent brings one.`,
};

export interface CompanionOptions {
  readonly provider: Provider;
  readonly policy: PolicySettings;
  /** Shows an answer in the making in the customer's channel. */
  readonly openDraft: (address: Address, options: DraftOptions) => Draft | undefined;
  readonly now: () => number;
  /** Default: nobody is asked. */
  readonly pay?: Pay;
  /** Hears why the model made no summary. */
  readonly trouble?: (error: unknown) => void;
  /** Hears of the tokens of each answer and summary. */
  readonly counted?: (tokens: { readonly tokensIn: number; readonly tokensOut: number }) => void;
}

/** What intake puts with the event that opens a session. */
const openingHint = z.object({ customer: customerSchema.optional() });

export function companion({
  provider,
  policy,
  openDraft,
  now,
  pay = unpaid(provider),
  trouble,
  counted = () => {},
}: CompanionOptions): AssistantBinding {
  const writing = {
    contextOf: invocationContext,
    voiceOf: (name: string) => (name === COMPANION ? VOICE : undefined),
    openDraft,
    now,
  };
  const answer = fromPromise<AnswerOutput, AnswerInput>(async (args) => {
    // A request for a person needs no model, and must be heard even when there is none.
    const asked = args.input.messages.slice(-args.input.pending).some(({ role, text }) => role === 'customer' && asksForPerson(text));
    if (asked) return { text: '', escalate: { reason: 'the customer asked for a person' } };
    return pay.answer(invocationContext(args), args.input.locale, async (paid, costMicros) => {
      const output = await answerRun({ ...writing, provider: paid })(args);
      counted(output.usage);
      return { ...output, usage: { ...output.usage, costMicros: costMicros() } };
    });
  });
  const summarise = fromPromise<SummariseOutput, SummariseInput>((args) =>
    pay.run(invocationContext(args), '', async (paid, costMicros) => {
      const output = await summaryRun({ provider: paid, now, ...(trouble ? { trouble } : {}) })(args);
      const { tokensIn = 0, tokensOut = 0 } = output.usage ?? {};
      counted({ tokensIn, tokensOut });
      return { ...output, usage: { ...output.usage, costMicros: costMicros() } };
    }),
  );
  return {
    name: COMPANION,
    definitions: sessionDefinitions({ answer, summarise }),
    input: (opening) => sessionInputOf(opening, policy),
    describeContext: (context, options) =>
      buildContext(contextSource.parse(answerInput(sessionContext({ context }))), { prompt: VOICE.prompt, ...options }),
  };
}

/** The input of a `session@1` that is about to be opened. */
export function sessionInputOf({ address, assistant, now, previousId, hint }: Opening, policy: PolicySettings) {
  const customer = openingHint.safeParse(hint).data?.customer;
  return { address, assistant, now, previous: previousId, policy, ...(customer ? { customer } : {}) } satisfies SessionInput;
}
