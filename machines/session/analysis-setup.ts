/**
 * What analyses add to the vocabulary of the session machine (setup.ts), which is what asks for
 * one, the question whether it may replace another, and what becomes of its outcome.
 */
import * as analysisChange from './analysis-changes.ts';
import * as change from './changes.ts';
import { type AnalysisRequest, contextPolicy } from './context.ts';
import { replyButtons } from './effects.ts';
import { mayPass } from './failures.ts';
import { analyseOutput } from './runs.ts';
import { session as base, failureIn, notify, sendingFile } from './setup.ts';

export const session = base.extend({
  guards: {
    isAnalysis: ({ context, event }) => {
      const policy = contextPolicy(context);
      return policy.analyses && event.type === 'customer.command' && policy.analysisCommands.includes(event.name);
    },
    isSubject2: ({ context, event }) => {
      const { analyses, subjectPattern } = contextPolicy(context);
      if (!analyses || subjectPattern === null || event.type !== 'customer.message') return false;
      return new RegExp(`^(?:${subjectPattern})$`, 'u').test(event.text.trim());
    },
    isSubject: ({ context, event }) => {
      const { analyses, subjectPattern } = contextPolicy(context);
      if (!analyses || subjectPattern === null || event.type !== 'customer.message') return false;
      return change.subjectNamed(subjectPattern, event.text) !== undefined;
    },
    replacesAnalysis: ({ context }) => context.analysis?.before !== undefined,
  },
  actions: {
    requestAnalysis: base.enqueueActions(({ context, event, enqueue }) => {
      if (event.type === 'customer.command')
        enqueue.raise({ type: 'analysis.request', command: event.name, args: event.args, message: event.id });
      if (event.type !== 'customer.message') return;
      // The text is the subject and no question, so it needs no answer.
      enqueue.assign(change.setAside(context, event.id));
      const { analysisCommands, subjectPattern } = contextPolicy(context);
      const [command = 'analyze'] = analysisCommands;
      const args = (subjectPattern === null ? undefined : change.subjectNamed(subjectPattern, event.text)) ?? event.text.trim();
      enqueue.raise({ type: 'analysis.request', command, args, message: event.id });
    }),
    requestAnalysis2: base.enqueueActions(({ context, event, enqueue }) => {
      if (event.type === 'customer.command') enqueue.raise({ type: 'analysis.request', command: event.name, args: event.args });
      if (event.type !== 'customer.message') return;
      enqueue.assign({ pending: Math.max(0, context.pending - 1) });
      const [command = 'analyze'] = contextPolicy(context).analysisCommands;
      enqueue.raise({ type: 'analysis.request', command, args: event.text.trim() });
    }),
    confirmAnalysis: base.enqueueActions(({ context, enqueue }) => {
      if (context.proposed) enqueue.raise({ type: 'analysis.start', ...context.proposed });
    }),
    dropConfirmation: base.enqueueActions(({ enqueue, check }) => {
      if (check('asked')) enqueue.raise({ type: 'confirmation.drop' });
    }),
    tellAnalysisStatus: base.enqueueActions(({ context, enqueue, check }) => {
      const running = check('analysing');
      const notice = running ? 'statusRunning' : check('analysed') ? 'statusCompleted' : 'statusNone';
      enqueue({ type: 'message.send', params: notify(context, notice, { subject: subjectOf(context.analysis) }) });
    }),

    beginAnalysis: base.assign(({ context, event }) =>
      event.type === 'analysis.request' || event.type === 'analysis.start' ? analysisChange.analysisBegun(context, requestIn(event)) : {},
    ),
    forgetAnalysis: base.assign({ analysis: null }),
    giveUpAnalysis: base.assign(({ context }) => analysisChange.analysisGivenUp(context)),
    proposeAnalysis: base.enqueueActions(({ context, event, enqueue }) => {
      if (event.type !== 'analysis.request') return;
      const proposed = requestIn(event);
      enqueue.assign({ proposed });
      enqueue({ type: 'message.send', params: notify(context, 'confirmAnalysis', { subject: subjectOf(proposed) }) });
    }),
    forgetProposal: base.assign({ proposed: null }),
    /** The outcome is sent. It may hand over to a human. */
    tellAnalysis: base.enqueueActions(({ context, event, enqueue }) => {
      const { data: output } = analyseOutput.safeParse('output' in event ? event.output : undefined);
      if (!output) return;
      enqueue.assign(analysisChange.analysed(context, output));
      if (output.declined) {
        enqueue.raise({ type: 'memory.drop' });
        if (change.declinesAll({ declines: (context.declines ?? 0) + 1 })) enqueue.raise({ type: 'analysis.drop' });
      }
      const { text, draft, replies } = output;
      if (text !== '') enqueue({ type: 'message.send', params: { text, author: 'assistant', draft, ...replyButtons(replies) } });
      for (const file of output.files) enqueue({ type: 'file.send', params: sendingFile(context, file) });
      for (const card of output.cards) enqueue({ type: 'message.send', params: { ...card, author: 'assistant', draft: null } });
      const reaction = analysisChange.reactionTo(context, output);
      if (reaction !== undefined) enqueue({ type: 'reaction.send', params: reaction });
      enqueue.raise({ type: 'answer.given' });
      if (output.escalate) enqueue.raise(change.escalation(context, output, output.escalate));
    }),
    failAnalysis: base.enqueueActions(({ context, event, enqueue }) => {
      const { counters } = context;
      enqueue.assign({ ...analysisChange.analysisGivenUp(context), counters: { ...counters, errors: counters.errors + 1 } });
      enqueue({ type: 'message.send', params: notify(context, mayPass(failureIn(event)) ? 'analysisFailed' : 'cannotAnalyse') });
    }),
  },
});

function requestIn({ command, args, message }: AnalysisRequest): AnalysisRequest {
  return { command, args, ...(message === undefined ? {} : { message }) };
}

function subjectOf(request: AnalysisRequest | null): string {
  return request === null ? '' : request.args === '' ? `/${request.command}` : request.args;
}
