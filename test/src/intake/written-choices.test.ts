/** A number of a list of choices is the choice, if the channel shows these buttons as a list. */
import { expect, it } from 'vitest';
import type { ChannelEvent } from '#channels/inbound.ts';
import { parseAddress, parseSessionId } from '#machines/ids.ts';
import { withWrittenChoices } from '#src/intake/written-choices.ts';

const address = parseAddress('whatsapp-web:1:2@c.us');
const sessionId = parseSessionId('0198c0de-0000-7000-8000-000000000000');
const say = (label: string) => ({ id: `say ${label}`, label });

/** `entries` are what the journal ends with. */
function setUp(entries: readonly object[], { lists = true, open = true }: { readonly lists?: boolean; readonly open?: boolean } = {}) {
  const taken: ChannelEvent[] = [];
  const gate = { open: Promise.resolve() };
  const store: object = {
    load: async () => {
      await gate.open;
      return { id: sessionId, version: entries.length, open };
    },
    journal: async () => entries,
  };
  const intake = withWrittenChoices(
    async (event) => {
      taken.push(event);
      return { sessionId, version: taken.length, duplicate: false };
    },
    { store: store as never, isList: (_, { length }) => lists && length > 0 },
  );
  let count = 0;
  const message = (text: string, more: object = {}): ChannelEvent => ({
    type: 'message',
    id: `m${++count}`,
    address,
    at: 1,
    text,
    ...more,
  });
  const texts = () => taken.map((event) => ('text' in event ? event.text : event.type === 'command' ? `/${event.name} ${event.args}` : ''));
  return { intake, message, texts, taken, gate };
}

const offer = (...buttons: readonly object[]) => [
  { kind: 'customer.message', payload: {} },
  { kind: 'assistant.message', payload: { effect: 'message.send', params: { text: 'Which?', buttons } } },
  { kind: 'run', payload: {} },
];

it.each([
  ['1', 'Cairo'],
  [' 2. ', 'Giza'],
  ['٢', 'Giza'],
  ['۳)', '/agent '],
  ['4', '4'],
  ['0', '0'],
  ['2 rooms', '2 rooms'],
])('%j is %j', async (written, chosen) => {
  const { intake, message, texts, taken } = setUp(offer(say('Cairo'), say('Giza'), { id: 'agent', label: 'A person' }));
  await intake(message(written));
  expect(texts()).toEqual([chosen]);
  expect(taken).toMatchObject([{ id: 'm1', address, at: 1 }]);
});

it('labels with numbers of their own are chosen by those', async () => {
  const { intake, message, texts } = setUp(offer(...[5, 4, 3].map((score) => ({ id: `pick ${score}`, label: `${score} – words` }))));
  for (const text of ['5', '٣', '1']) await intake(message(text));
  expect(texts()).toEqual(['/pick 5', '/pick 3', '1']);
});

it.each([
  ['the customer has written since', [...offer(say('Cairo')), { kind: 'customer.message', payload: {} }], {}, {}],
  ['nothing was offered', [{ kind: 'assistant.message', payload: { params: { text: 'Hi' } } }], {}, {}],
  ['the session is closed', offer(say('Cairo')), { open: false }, {}],
  ['the channel shows these as buttons', offer(say('Cairo')), { lists: false }, {}],
  ['it is the caption of a file', offer(say('Cairo')), {}, { media: [{ kind: 'image', ref: 'r' }] }],
])('a number is a number if %s', async (_, entries, options, more) => {
  const { intake, message, texts } = setUp(entries, options);
  await intake(message('1', more));
  expect(texts()).toEqual(['1']);
});

it('what comes behind a number waits for it', async () => {
  const { intake, message, texts, gate } = setUp(offer(say('Cairo')));
  const opened = Promise.withResolvers<void>();
  gate.open = opened.promise;
  const both = [intake(message('1')), intake(message('please'))];
  expect(texts()).toEqual([]);
  opened.resolve();
  await Promise.all(both);
  expect(texts()).toEqual(['Cairo', 'please']);
});
