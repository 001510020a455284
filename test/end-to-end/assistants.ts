/**
 * Assistants for tests of the running app. The code of one throws, the machine of one has grown
 * through versions, and one sends files.
 */
import { assign, fromPromise, setup } from 'xstate';
import { invocationContext } from '#actors/contract/api.ts';
import type { AssistantBinding } from '#actors/contract/registry.ts';
import { sessionInputOf } from '#assistants/bind-assistant.ts';
import type { MachineDefinition, PersistedMachine } from '#machines/definition.ts';
import { sessionDefinitions } from '#machines/session/definition.ts';
import type { AnalyseInput, AnalyseOutput, AnswerInput, AnswerOutput, SummariseInput, SummariseOutput } from '#machines/session/runs.ts';
import type { Files } from '#storage/files.ts';

interface Heard {
  readonly type: 'customer.message';
  readonly id: string;
  readonly text: string;
}

const says = (text: string) => ({ text, author: 'assistant' as const, draft: null });

/**
 * Throws where its author made a mistake, in a guard, an assign, an action's params or the action
 * itself. An effect may refuse its params.
 */
export function fragileAssistant(): AssistantBinding {
  const machine = setup({
    types: {} as {
      context: { heard: number; failed: string[] };
      events: Heard | { type: 'effect.failed'; effect: string; reason: string };
    },
    actions: {
      'message.send': (_, _params: ReturnType<typeof says>) => {},
      careless: ({ event }) => {
        if ('text' in event && event.text === 'throw in the action') throw new Error('the action is broken');
      },
    },
    guards: {
      picky: ({ event }) => {
        if ('text' in event && event.text === 'throw in the guard') throw new Error('the guard is broken');
        return true;
      },
    },
  }).createMachine({
    context: { heard: 0, failed: [] },
    on: {
      'customer.message': {
        guard: 'picky',
        actions: [
          assign(({ context, event }) => {
            if (event.text === 'throw in the assign') throw new Error('the assign is broken');
            return { heard: context.heard + 1 };
          }),
          {
            type: 'message.send',
            params: ({ event }) => {
              if (event.text === 'throw in the params') throw new Error('the params are broken');
              return says(event.text === 'throw in the effect' ? '' : `${event.text}!`);
            },
          },
          'careless',
        ],
      },
      'effect.failed': {
        actions: [
          assign(({ context, event }) => ({ failed: [...context.failed, event.effect] })),
          { type: 'message.send', params: ({ event }) => says(`I could not do "${event.effect}".`) },
        ],
      },
    },
  });
  return { name: 'fragile', definitions: [{ id: 'fragile', version: 1, machine, describe: describeEvent }] };
}

function describeEvent(event: { readonly type: string; readonly [key: string]: unknown }) {
  return event.type === 'customer.message' ? { kind: event.type, author: 'customer', text: String(event['text']) } : undefined;
}

/**
 * Counts the messages it receives. Version 2 keeps the count under another name. Version 3 came
 * without a migration from 2.
 */
export function tally(...versions: readonly (1 | 2 | 3)[]): AssistantBinding {
  return { name: 'tally', definitions: versions.map((version) => tallyAt(version)) };
}

function tallyAt(version: 1 | 2 | 3): MachineDefinition {
  const key = version === 1 ? 'count' : 'total';
  const machine = setup({
    types: {} as { context: Record<string, number>; events: Heard },
    actions: { 'message.send': (_, _params: ReturnType<typeof says>) => {} },
  }).createMachine({
    context: { [key]: 0 },
    initial: 'counting',
    states: { counting: {} },
    on: {
      'customer.message': {
        actions: [
          assign(({ context }) => ({ [key]: (context[key] ?? 0) + 1 })),
          { type: 'message.send', params: ({ context }) => says(`v${version}: ${context[key]}`) },
        ],
      },
    },
  });
  const migrate = (persisted: PersistedMachine): PersistedMachine => {
    const { count } = Object(persisted.context);
    if (typeof count !== 'number') throw new Error('there is no count');
    return { ...persisted, context: { total: count } };
  };
  return { id: 'tally', version, machine, describe: describeEvent, ...(version === 2 ? { migrateFrom: { version: 1, migrate } } : {}) };
}

/**
 * Analyses every subject with a text and a report. The report of LOST is never put into the store.
 */
export function reporter(files: Pick<Files, 'put'>, bytes: Uint8Array): AssistantBinding {
  const report = async (args: { readonly system: object }, subject: string) => {
    const { sessionId, runId } = invocationContext(args);
    const file = { id: `${runId}.1`, name: `تقرير ${subject}.pdf`, mimeType: 'application/pdf' };
    if (subject !== 'LOST') await files.put({ ...file, sessionId, bytes, at: Date.now() });
    return [{ ...file, size: bytes.byteLength }];
  };
  const analyse = fromPromise<AnalyseOutput, AnalyseInput>(async (args) => ({
    text: `**${args.input.args}** is worth what it costs.`,
    summary: 'worth it',
    files: await report(args, args.input.args),
  }));
  const answer = fromPromise<AnswerOutput, AnswerInput>(async (args) => ({ text: '', files: await report(args, 'ANSWER') }));
  const summarise = fromPromise<SummariseOutput, SummariseInput>(async () => ({ text: 'nothing' }));
  return {
    name: 'reporter',
    definitions: sessionDefinitions({ analyse, answer, summarise }),
    input: (opening) => sessionInputOf(opening, { analyses: true, subjectPattern: '[A-Z]{1,5}', debounceMs: 0 }),
  };
}
