/** What tools give to the customer beside the answer, as events of a run with the real SDK. */
import { afterEach, beforeEach, expect, it } from 'vitest';
import * as z from 'zod';
import type { CallOutputs } from '#agent-service/tool-outputs.ts';
import { defineTool } from '#agent-service/tools.ts';
import type { Card } from '#machines/session/cards.ts';
import { FakeMessagesApi, says } from '#test/fakes/messages-api.ts';
import { calls, of, resultsIn, start } from './run-fixtures.ts';

let api: FakeMessagesApi;
beforeEach(async () => {
  api = await FakeMessagesApi.start();
});
afterEach(() => api.close());

const PLACE: Card = { kind: 'location', latitude: 30.03, longitude: 31.47, name: 'New Cairo' };
const LINK: Card = { kind: 'link', label: 'The plan', url: 'https://example.com/plan' };

const tool = (name: string, gives: (context: CallOutputs) => Promise<void> | void, timeoutMs = 1_000) =>
  defineTool({
    name,
    description: 'Gives.',
    input: z.object({}),
    timeoutMs,
    run: async (_input, context) => {
      await gives(context);
      return 'given';
    },
  });

it('are cards in their order and reactions, and the model reads the result of the tool alone', async () => {
  api.script(calls(['show', {}]), calls(['show', {}]), says(['There.']));
  const show = tool('show', (context) => {
    context.show({ card: PLACE });
    context.show({ text: 'The plan:', card: LINK });
    context.react('👍');
  });
  const { result, events } = start(api, { tools: [show] });
  await result;
  const both = [
    { type: 'card', text: '', card: PLACE },
    { type: 'card', text: 'The plan:', card: LINK },
  ];
  expect(of(events, 'card')).toEqual([...both, ...both]);
  expect(of(events, 'reaction')).toEqual([
    { type: 'reaction', emoji: '👍' },
    { type: 'reaction', emoji: '👍' },
  ]);
  for (const turn of [2, 3]) expect(resultsIn(api, turn)).toEqual([{ id: 'tu_1', text: 'given', error: false }]);
});

it('are at most ten cards in a run, whichever calls and turns show them', async () => {
  api.script(calls(['show', {}], ['show', {}]), calls(['show', {}]), says(['There.']));
  const show = tool('show', (context) => {
    for (let count = 0; count < 4; count += 1) context.show({ card: PLACE });
  });
  const { result, events } = start(api, { tools: [show] });
  await result;
  expect(of(events, 'card')).toHaveLength(10);
  expect(resultsIn(api, 3)).toMatchObject([{ error: true, text: expect.stringContaining('10 cards already') }]);
});

it.each<[string, (context: CallOutputs) => void, RegExp]>([
  ['a card that needs a text', ({ show }) => show({ card: LINK }), /needs a text/],
  ['a place beyond the pole', ({ show }) => show({ card: { ...PLACE, latitude: 91 } }), /latitude/],
  ['a text longer than a message', ({ show }) => show({ text: 'x'.repeat(32_769), card: PLACE }), /text/],
  ['a reaction of nothing', ({ react }) => react(''), /one emoji/],
  ['a reaction of many words', ({ react }) => react('thank you very much, that is very kind'), /one emoji/],
])('are refused to the tool: %s', async (_name, gives, message) => {
  api.script(calls(['give', {}]), says(['Sorry.']));
  const { result, events, errors } = start(api, { tools: [tool('give', gives)] });
  await result;
  expect([...of(events, 'card'), ...of(events, 'reaction')]).toEqual([]);
  expect(resultsIn(api, 2)).toMatchObject([{ error: true, text: expect.stringMatching(message) }]);
  expect(resultsIn(api, 2)[0]?.text).toContain('invalid_input');
  expect(errors).toEqual([]);
});

it('are dropped once the time of the call is up', async () => {
  api.script(calls(['late', {}]), says(['Sorry.']));
  const tried = Promise.withResolvers<void>();
  const late = tool(
    'late',
    async ({ show, react, report }) => {
      await expect.poll(() => api.requests.length).toBe(2);
      show({ card: LINK });
      react('');
      report({ name: 'a.pdf', mimeType: 'application/pdf', bytes: Buffer.from('%PDF') });
      tried.resolve();
    },
    20,
  );
  const { result, events } = start(api, { tools: [late] });
  await Promise.all([result, tried.promise]);
  expect([...of(events, 'card'), ...of(events, 'reaction'), ...of(events, 'report')]).toEqual([]);
});

it('have whole characters only', async () => {
  api.script(calls(['show', {}]), says(['There.']));
  const show = tool('show', (context) => context.show({ text: 'a\ud800', card: { ...PLACE, name: 'b\udc00' } }));
  const { result, events } = start(api, { tools: [show] });
  await result;
  expect(of(events, 'card')).toMatchObject([{ text: 'a\ufffd', card: { name: 'b\ufffd' } }]);
});
