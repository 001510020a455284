/** The concierge with the real SDK, against the wire format of the Messages API. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createAnthropicProvider } from '#agent-service/anthropic/adapter.ts';
import { propertyConcierge } from '#assistants/property-concierge/assistant.ts';
import { sampleListings } from '#assistants/property-concierge/listings/sample/adapter.ts';
import { calls } from '#test/agent-service/run-fixtures.ts';
import { AssistantSession } from '#test/assistants/assistant-session.ts';
import { FakeMessagesApi, fails, type Reply, says } from '#test/fakes/messages-api.ts';

let api: FakeMessagesApi;
let s: AssistantSession;
/** Replies to requests for facts, which come beside the answers in any order. */
let readings: Reply[];
let answers: Reply[];
beforeEach(async () => {
  api = await FakeMessagesApi.start();
  readings = [];
  answers = [];
  api.otherwise((writer, response) => {
    const isReading = api.requests.at(-1)?.body.output_config?.format !== undefined;
    const reply = (isReading ? readings : answers).shift();
    return (reply ?? says([isReading ? JSON.stringify({ found: [], dropped: [] }) : 'Fine.']))(writer, response);
  });
  const provider = createAnthropicProvider({ apiKey: 'test-key', baseUrl: api.url, maxRetries: 0, model: 'claude-test' });
  s = new AssistantSession(propertyConcierge({ listings: sampleListings() }), provider);
});
afterEach(() => api.close());

async function told(text: string): Promise<string> {
  const before = s.sent.length;
  await s.say(text);
  await expect.poll(() => s.sent.length).toBeGreaterThan(before);
  await expect.poll(async () => (await s.context()).answering).toBeNull();
  return s.sent.slice(before).join('\n');
}

const reads = (found: readonly object[], dropped: readonly object[] = []): Reply => says([JSON.stringify({ found, dropped })]);
const item = (field: string, value: unknown, words: string, message = 0) => ({ field, value, message, words, confidence: 0.9 });
const isReading = ({ body }: FakeMessagesApi['requests'][number]) => body.output_config?.format !== undefined;

describe('facts', () => {
  it('are read by the model beside the answer, and those that do not hold are dropped', async () => {
    readings.push(
      reads([
        item('bedrooms', 3, 'three rooms'),
        item('locations', ['New Cairo'], 'fifth settlement'),
        // It did not say so.
        item('budgetMax', 4_000_000, '4 million'),
        item('types', ['castle'], 'home'),
      ]),
    );
    answers.push(says(['What is your budget?']));
    expect(await told('a home with three rooms, fifth settlement')).toBe('What is your budget?');
    const { entities, sources, readThrough, counters } = await s.context();
    expect(entities).toEqual({ bedrooms: 3, locations: ['New Cairo'] });
    expect(sources).toMatchObject({ bedrooms: { by: 'model', message: 'm1', words: 'three rooms', confidence: 0.9 } });
    expect(readThrough).toBe('m1');
    // Both requests are counted.
    expect(api.requests).toHaveLength(2);
    expect(counters.tokensIn).toBeGreaterThan(0);
  });

  it('of the rules are in the prompt of the answer already', async () => {
    await told('3 bedrooms in Maadi');
    const answer = api.requests.find((one) => !isReading(one));
    expect(JSON.stringify(answer?.body.system)).toContain('\\"bedrooms\\":3');
  });

  it('of the rules stand if the model cannot read them, and the customer is answered', async () => {
    readings.push(says(['no JSON']), says(['still none']));
    answers.push(says(['Noted.']));
    expect(await told('3 bedrooms in Maadi')).toBe('Noted.');
    const { entities, sources, readThrough } = await s.context();
    expect(entities).toEqual({ bedrooms: 3, locations: ['Maadi'] });
    expect(sources).toMatchObject({ bedrooms: { by: 'rules' } });
    expect(readThrough).toBe('m1');
    await told('thanks');
    const later = api.requests.filter(isReading).at(-1);
    expect(JSON.stringify(later?.body.messages)).not.toContain('m1');
  });

  it('of a human hold while the model goes on', async () => {
    readings.push(reads([item('bedrooms', 3, 'three rooms')]));
    await told('three rooms');
    const agent = { id: 'a1', name: 'Mona' };
    await s.act({ type: 'agent.update', agent, entities: { bedrooms: { value: 2 } } });
    await told('in Maadi');
    expect((await s.context()).entities).toMatchObject({ bedrooms: 2 });
    const reading = api.requests.filter(isReading).at(-1)?.body.messages[0]?.content;
    expect(reading).toContain('"known":{"bedrooms":2}');
  });

  it('are counted also if the answer fails', async () => {
    answers.push(fails(400, 'invalid_request_error', 'wrong'));
    readings.push(reads([item('bedrooms', 3, 'three rooms')]));
    expect(await told('three rooms')).toMatch(/fault is on our side/);
    expect((await s.context()).failures).toBe(1);
  });
});

it('searches by its tools, and answers about one listing', async () => {
  answers.push(
    calls(['search_listings', { purpose: 'buy', locations: ['Maadi'], bedrooms: 2, budgetMax: 5_000_000 }]),
    calls(['get_listing', { ref: 'sc-131' }], ['get_listing', { ref: 'SC-999' }]),
    says(['Degla Gardens fits.']),
  );
  expect(await told('2 bedrooms in Maadi, 5 million, to buy')).toBe('Degla Gardens fits.');
  const answering = api.requests.filter((one) => !isReading(one)).map(({ body }) => body);
  const tools = answering[0]?.tools?.map(({ name }) => name);
  expect(tools).toEqual(['search_listings', 'get_listing', 'hand_over']);
  const results = JSON.stringify(answering.at(-1)?.messages);
  expect(results).toContain('SC-131');
  expect(results).toContain('There is no listing');
});

describe('the place of a listing', () => {
  const asks = (input: object) => answers.push(calls(['get_listing', input]), says(['It is in Maadi.']));
  const results = () => JSON.stringify(api.requests.filter((one) => !isReading(one)).at(-1)?.body.messages);

  it('is shown below the answer, and the model reads what the map shows', async () => {
    asks({ ref: 'SC-125' });
    expect(await told('where is SC-125?')).toBe('It is in Maadi.');
    expect(s.cards).toEqual([
      {
        kind: 'location',
        latitude: 29.96,
        longitude: 31.26,
        name: 'Degla Gardens, apartment (SC-125)',
        street: 'Maadi (the middle of the area)',
      },
    ]);
    expect(results()).toContain('\\"map\\":\\"area\\"');
    expect(results()).not.toContain('29.96');
    await told('thanks');
    expect(JSON.stringify(api.requests.at(-1)?.body.messages)).toContain('📍 [Degla Gardens, apartment (SC-125)');
  });

  it('has the words of the language that the model answers in', async () => {
    asks({ ref: 'SC-125', language: 'ar' });
    await told('فين مكانه؟');
    expect(s.cards).toMatchObject([{ name: 'شقة في دجلة جاردنز (SC-125)', street: 'المعادي (وسط المنطقة)' }]);
  });

  it('is not shown if the model does without, nor by a search', async () => {
    asks({ ref: 'SC-125', map: false });
    await told('does it have a garden?');
    expect(results()).toContain('\\"map\\":\\"not_shown\\"');
    answers.push(calls(['search_listings', { purpose: 'buy', locations: ['Maadi'] }]), says(['Three.']));
    await told('what do you have in Maadi?');
    expect(results()).not.toMatch(/latitude|position/);
    expect(s.cards).toEqual([]);
  });
});

it('hands over by its tool, with a summary for the human', async () => {
  answers.push(
    calls(['hand_over', { reason: 'wants a viewing', summary: 'Looks at SC-131, two bedrooms in Maadi.' }]),
    says(['A colleague takes over.']),
  );
  expect(await told('can I see it on Friday?')).toMatch(/^A colleague takes over\./);
  expect((await s.context()).waiting?.reason).toBe('wants a viewing. Looks at SC-131, two bedrooms in Maadi.');
});

it('asks no model before it hands over an angry customer', async () => {
  await told('you are useless');
  expect(api.requests).toHaveLength(0);
  expect((await s.context()).waiting?.reason).toMatch(/^the customer is frustrated/);
});
