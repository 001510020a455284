/** What `defineAssistant` makes of a definition, and every fault that it names. */
import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import {
  type AssistantDefinition,
  analysis,
  defineAssistant,
  defineExtraction,
  defineTool,
  defineWorkflow,
  InvalidInput,
} from '#assistants/index.ts';

const tool = (name: string) => defineTool({ name, description: '', input: z.object({}), run: async () => null });
const workflow = (name: string, tools = [tool('look')]) =>
  defineWorkflow({ name, params: z.object({ symbol: z.string() }), tools, prompt: () => ({ system: [], messages: [] }) });

const facts = defineExtraction({ name: 'facts', schema: z.object({ people: z.number().optional() }) });

const analysed = (name = 'study') => analysis(workflow(name), ({ args }) => ({ symbol: args }));

function faults(definition: object): string {
  try {
    // What JavaScript may hand in.
    defineAssistant(Object.assign({ name: 'cafe', prompt: 'Be kind.' }, definition));
  } catch (error) {
    if (error instanceof InvalidInput) return error.message;
    throw error;
  }
  throw new Error('nothing was found wrong');
}

describe('a definition', () => {
  it('that is right keeps what it says; commands and workflows follow from its analyses', () => {
    const study = analysed();
    const other = workflow('other');
    const definition: AssistantDefinition = {
      name: 'cafe',
      prompt: 'Be kind.',
      policy: { locale: 'ar' },
      analyses: { study, again: study },
      workflows: [other, study.workflow],
      tools: [tool('book')],
      approvals: { book: [{ role: 'agent' }], look: [{ agent: 'nadia' }] },
      hooks: [{ name: 'watch' }],
    };
    const assistant = defineAssistant(definition);
    expect(assistant).toEqual({
      ...definition,
      workflows: [study.workflow, other],
      policy: { locale: 'ar', analyses: true, analysisCommands: ['study', 'again'] },
    });
    expect(defineAssistant({ name: 'a', prompt: 'b' })).toEqual({ name: 'a', prompt: 'b', workflows: [], policy: {} });
  });

  it.each([
    [{ name: 'Café' }, /lower case letters, digits and -.*\n.*at name/],
    [{ prompt: ' ' }, /an assistant needs a prompt/],
    [{ promt: 'x' }, /Unrecognized key: "promt"/],
    [{ policy: { debounceMs: -1 } }, /at policy\.debounceMs/],
    [{ policy: { idle: 1 } }, /Unrecognized key: "idle"/],
    [{ model: '' }, /at model/],
    [{ maxTokens: 0.5 }, /at maxTokens/],
    [{ tools: [{ name: 'book' }] }, /expected what defineTool gave\n.*at tools\[0\]/],
    [{ workflows: [{}] }, /expected what defineWorkflow gave\n.*at workflows\[0\]/],
    [{ analyses: { 'not a command': analysed() } }, /analyses: "not a command" is no command: lower case letters, digits and _\./],
    [{ analyses: { study: workflow('study') } }, /at analyses\.study/],
    [{ approvals: { book: [] }, tools: [tool('book')] }, /somebody has to be able to allow it/],
    [{ approvals: { book: [{ role: 'boss' }] }, tools: [tool('book')] }, /expected \{ role: 'agent' \| 'supervisor' \| 'admin' \}/],
    [{ approvals: { buy: [{ role: 'agent' }] }, tools: [tool('book')] }, /approvals: it has no tool "buy"\. It has: book\./],
    [{ approvals: { buy: [{ role: 'agent' }] } }, /It has: none\./],
    [{ hooks: [{}] }, /at hooks\[0\]\.name/],
    [{ extraction: {} }, /expected what defineExtraction gave\n.*at extraction/],
    [{ escalate: true }, /expected a function\n.*at escalate/],
    [{ offline: 'hi' }, /expected a function\n.*at offline/],
    [{ workflows: [workflow('extract')] }, /"extract" is the program's own/],
    [{ extraction: facts, workflows: [workflow('facts')] }, /workflows: two are named "facts"\./],
    [{ machine: {} }, /expected a function\n.*at machine/],
    [{ tools: [tool('book'), tool('book')] }, /tools: two are named "book"\./],
    [{ workflows: [workflow('one'), workflow('one')] }, /workflows: two are named "one"\./],
    [{ workflows: [workflow('conversation')] }, /"conversation" is the program's own/],
    [{ analyses: { stop: analysed() } }, /analyses: \/stop is what every session answers to itself\./],
  ])('with the fault of %o is refused by name', (definition, message) => {
    expect(faults(definition)).toMatch(message);
    expect(faults(definition)).toMatch(/^The assistant ".*" is not right\./);
  });

  it('has all its faults told at once', () => {
    const message = faults({
      name: 'X',
      prompt: '',
      tools: ['no tool'],
      approvals: { buy: [{ role: 'agent' }] },
      analyses: { help: analysed() },
    });
    for (const part of ['at name', 'at prompt', 'at tools[0]', 'no tool "buy"', '/help is what']) expect(message).toContain(part);
  });

  it('offers the workflow of its extraction, and ties findings to the schema by type', () => {
    expect(defineAssistant({ name: 'a', prompt: 'b', extraction: facts }).workflows).toEqual([facts.workflow]);
    const schema = z.object({ people: z.number().optional() });
    // @ts-expect-error: people is a number.
    defineExtraction({ name: 'wrong', schema, rules: () => [{ field: 'people', value: 'four', words: 'four', confidence: 1 }] });
    // @ts-expect-error: there is no such field.
    defineExtraction({ name: 'wrong', schema, rules: () => [{ field: 'colour', value: 'red', words: 'red', confidence: 1 }] });
  });

  it('ties the parameters of an analysis to its workflow by type', () => {
    // @ts-expect-error: the workflow wants a symbol.
    analysis(workflow('study'), () => ({ ticker: 'A' }));
  });
});
