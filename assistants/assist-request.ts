/** The run by which the model writes a draft or a brief for a human agent. Pure. */
import { handoverBrief } from '#agent-service/assist/handover-brief.ts';
import { replyDraft } from '#agent-service/assist/reply-draft.ts';
import type { Json } from '#machines/definition.ts';
import type { AssistRequest, AssistWish } from '#machines/session/assist.ts';
import { answerInput } from '#machines/session/changes.ts';
import { localeOf, type SessionContext } from '#machines/session/context.ts';
import { uncovered } from '#machines/session/window.ts';
import type { Assistant } from './define-assistant.ts';
import { sessionOf } from './run-session.ts';

export function assistRequest(
  { prompt, model }: Pick<Assistant, 'prompt' | 'model'>,
  context: SessionContext,
  wish: AssistWish,
  { now, alone }: { readonly now: number; readonly alone: boolean },
): AssistRequest {
  const { address, assistant, memory, waiting } = context;
  const session = sessionOf({ address, assistant, locale: localeOf(context) }, alone);
  const notes = [...wish.notes];
  if (wish.type === 'reply') {
    const params: Json = {
      ...answerInput(context),
      instructions: prompt,
      now,
      agent: wish.agent,
      notes,
      ...(model === undefined ? {} : { model }),
    };
    return { workflow: replyDraft.name, params, session };
  }
  const { language } = wish;
  // Messages that a summary covers are in it.
  const earlier = memory?.summaries.map(({ text }) => ({ text })) ?? [];
  const said = uncovered(context).map(({ role, text }) => ({ role, text }));
  const reason = waiting === null ? {} : { reason: waiting.reason };
  return { workflow: handoverBrief.name, params: { language, earlier, messages: said, notes, ...reason }, session };
}
