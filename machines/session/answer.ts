/**
 * Answer region. It makes one answer at a time, for all pending messages.
 *
 * Owns debounce, the `answer` invocation, overlap, failures. Does not own whether the bot may
 * answer (the lifecycle).
 *
 * Invariants
 * 1. At most one `answer` runs.
 * 2. When the lifecycle leaves ACTIVE.bot, this region becomes quiet in the same macrostep, which
 *    stops the invocation.
 * 3. The result of a stopped run is dropped.
 */
import { assign, enqueueActions } from 'xstate';
import { answered, answerInput, declined, escalation, reactionIn } from './changes.ts';
import { replyButtons } from './effects.ts';
import { answerOutput } from './runs.ts';
import { sendingFile, session } from './setup.ts';

const SILENCED = { guard: 'botSilent', target: 'quiet' } as const;
const NEXT = { guard: 'hasPending', target: 'gathering' } as const;

export const answerRegion = session.createStateConfig({
  initial: 'quiet',
  states: {
    quiet: {
      entry: 'forgetAnswer',
      on: { 'answer.ask': [{ guard: 'answersAtOnce', target: 'answering' }, { target: 'gathering' }] },
    },
    gathering: {
      entry: 'forgetAnswer',
      always: SILENCED,
      after: { debounce: 'answering' },
      on: {
        'answer.ask': { target: 'gathering', reenter: true },
        'answer.again': { target: 'gathering', reenter: true },
        'work.stop': 'quiet',
      },
    },
    answering: {
      always: SILENCED,
      entry: 'beginAnswer',
      invoke: {
        id: 'answer',
        src: 'answer',
        input: ({ context }) => answerInput(context),
        onDone: {
          target: 'settled',
          actions: enqueueActions(({ context, event, enqueue }) => {
            const parsed = answerOutput.safeParse(event.output);
            if (!parsed.success) {
              enqueue('failAnswer');
              return;
            }
            const output = parsed.data;
            enqueue.assign(output.declined ? declined(context, output) : answered(context, output));
            if (output.declined) enqueue('dropDeclined');
            if (output.text !== '') {
              const { text, draft, replies } = output;
              enqueue({ type: 'message.send', params: { text, author: 'assistant', draft, ...replyButtons(replies) } });
            }
            for (const file of output.files) enqueue({ type: 'file.send', params: sendingFile(context, file) });
            for (const card of output.cards) enqueue({ type: 'message.send', params: { ...card, author: 'assistant', draft: null } });
            // Behind the answer, which it must not hold back.
            const reaction = reactionIn(context, output);
            if (reaction !== undefined) enqueue({ type: 'reaction.send', params: reaction });
            enqueue.raise({ type: 'answer.given' });
            if (output.escalate) enqueue.raise(escalation(context, output, output.escalate));
          }),
        },
        onError: [
          { guard: 'stoppedElsewhere', target: 'settled', actions: ['giveUpAnswer', 'tellStopped'] },
          { target: 'settled', actions: 'failAnswer' },
        ],
      },
      on: {
        // Queued. It is pending already, and more is pending than this answer took.
        'answer.ask': { guard: 'interrupts', target: 'gathering' },
        'answer.again': [
          { guard: 'interrupts', target: 'gathering' },
          { actions: assign({ pending: ({ context }) => context.pending + 1 }) },
        ],
        'work.stop': 'quiet',
      },
    },
    settled: { always: [SILENCED, NEXT, { target: 'quiet' }] },
  },
});
