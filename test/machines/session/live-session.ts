/** Session under a manual clock. The test settles its runs and reads its effects. */
import { createActor, fromPromise, SimulatedClock } from 'xstate';
import type { SessionInput } from '#machines/session/context.ts';
import { lifecycleState } from '#machines/session/definition.ts';
import type {
  AgentsNotifyParams,
  FileSendParams,
  MediaKeepParams,
  MessageSendParams,
  ReactionSendParams,
} from '#machines/session/effects.ts';
import type { Media, SessionEvent } from '#machines/session/events.ts';
import { sessionMachine } from '#machines/session/machine.ts';
import type { PolicySettings } from '#machines/session/policy.ts';
import type { AnalyseInput, AnalyseOutput, AnswerInput, AnswerOutput, SummariseInput, SummariseOutput } from '#machines/session/runs.ts';
import type { SessionEmitted } from '#machines/session/setup.ts';

export const OPENED_AT = 1_700_000_000_000;
export const MINUTE = 60_000;
export const HOUR = 60 * MINUTE;
export const ann = { id: 'a1', name: 'Ann' };
export const bob = { id: 'b1', name: 'Bob' };

export const report = { id: '0198c0de-0000-7000-8000-000000000000.7.1', name: 'AAPL.pdf', mimeType: 'application/pdf', size: 1_200 };

interface Run<I, O> {
  readonly input: I;
  readonly signal: AbortSignal;
  done(output: O): Promise<void>;
  fail(error?: Error): Promise<void>;
}

/** Lets handlers of settled promises run. */
export const settle = () => new Promise<void>((resolve) => setImmediate(resolve));

export function liveSession(policy: PolicySettings = {}, input: Partial<SessionInput> = {}) {
  const clock = new SimulatedClock();
  const sent: MessageSendParams[] = [];
  const files: FileSendParams[] = [];
  /** Messages and files that were sent, in order. The text, or the name of the file. */
  const order: string[] = [];
  const reactions: ReactionSendParams[] = [];
  const notified: AgentsNotifyParams[] = [];
  const keeping: MediaKeepParams[] = [];
  const emitted: SessionEmitted[] = [];
  const answers: Run<AnswerInput, AnswerOutput>[] = [];
  const analyses: Run<AnalyseInput, AnalyseOutput>[] = [];
  const summaries: Run<SummariseInput, SummariseOutput>[] = [];
  const machine = sessionMachine.provide({
    actions: {
      'message.send': (_, params) => {
        sent.push(params);
        order.push(params.text);
      },
      'file.send': (_, params) => {
        files.push(params);
        order.push(params.file.name);
      },
      'reaction.send': (_, params) => void reactions.push(params),
      'agents.notify': (_, params) => void notified.push(params),
      'media.keep': (_, params) => void keeping.push(params),
    },
    actors: {
      answer: fromPromise<AnswerOutput, AnswerInput>(({ input, signal }) => started(answers, input, signal)),
      analyse: fromPromise<AnalyseOutput, AnalyseInput>(({ input, signal }) => started(analyses, input, signal)),
      summarise: fromPromise<SummariseOutput, SummariseInput>(({ input, signal }) => started(summaries, input, signal)),
    },
  });
  const actor = createActor(machine, {
    clock,
    input: { address: 'web:default:v_1', assistant: 'companion', now: OPENED_AT, policy, ...input },
  });
  actor.on('*', (event) => void emitted.push(event));
  actor.start();
  let messages = 0;

  const session = {
    actor,
    sent,
    files,
    order,
    reactions,
    notified,
    keeping,
    emitted,
    answers,
    analyses,
    summaries,
    now: () => OPENED_AT + clock.now(),
    advance: (ms: number) => clock.increment(ms),
    send: (event: SessionEvent) => actor.send(event),
    say: (text: string, media?: Media[]) => {
      messages += 1;
      actor.send({ type: 'customer.message', id: `m${messages}`, at: session.now(), text, ...(media === undefined ? {} : { media }) });
      return `m${messages}`;
    },
    command: (name: string, args = '') => {
      messages += 1;
      actor.send({ type: 'customer.command', id: `m${messages}`, at: session.now(), name, args });
    },
    state: () => lifecycleState(actor.getSnapshot()),
    value: () => {
      const { value } = actor.getSnapshot();
      if (typeof value === 'string') throw new Error('The session is closed');
      return value.open;
    },
    context: () => actor.getSnapshot().context,
    /** Texts that the customer was sent. Notices by name. */
    told: () => sent.map((message) => message.notice ?? message.text),
    /** Events and messages from now on. */
    forget: () => {
      for (const list of [sent, files, order, notified, emitted]) list.length = 0;
    },
  };
  return session;
}

export type LiveSession = ReturnType<typeof liveSession>;

function started<I, O>(runs: Run<I, O>[], input: I, signal: AbortSignal): Promise<O> {
  const { promise, resolve, reject } = Promise.withResolvers<O>();
  runs.push({
    input,
    signal,
    done: (output) => {
      resolve(output);
      return settle();
    },
    fail: (error = new Error('the model failed')) => {
      reject(error);
      return settle();
    },
  });
  return promise;
}
