/** The way of a buyer through the concierge, without a model, with a human in between (A8). */
import { beforeEach, describe, expect, it } from 'vitest';
import { propertyConcierge } from '#assistants/property-concierge/assistant.ts';
import { sampleListings } from '#assistants/property-concierge/listings/sample/adapter.ts';
import { arabic } from '#assistants/property-concierge/offline/words-arabic.ts';
import { english } from '#assistants/property-concierge/offline/words-english.ts';
import { AssistantSession } from '#test/assistants/assistant-session.ts';

const concierge = propertyConcierge({ listings: sampleListings() });
const agent = { id: 'a1', name: 'Mona' };
let s: AssistantSession;
beforeEach(() => {
  s = new AssistantSession(concierge);
});

/** What the customer was sent after `text`. */
async function told(text: string): Promise<string> {
  const before = s.sent.length;
  await s.say(text);
  await expect.poll(() => s.sent.length).toBeGreaterThan(before);
  await expect.poll(async () => (await s.context()).answering).toBeNull();
  return s.sent.slice(before).join('\n');
}

/** What is shown below the answer to `text`, and the answer. */
async function shownFor(text: string) {
  const before = s.cards.length;
  const answer = await told(text);
  await s.settle();
  return { answer, cards: s.cards.slice(before) };
}

const refsIn = (text: string): readonly string[] => text.match(/SC-\d+/g) ?? [];

it('goes from a greeting over three messages to three listings, to a human and back', async () => {
  const greeting = await told('Hello!');
  expect(greeting).toContain(english.greeting);
  expect(greeting).toContain(english.ask.locations);

  expect(await told('an apartment in New Cairo please')).toContain(english.ask.budget);
  const third = await told('my budget is 4.5 million');
  expect(third).toContain('apartment, in New Cairo, up to 4.5 million EGP');
  expect(third).toContain(english.ask.bedrooms);
  // Only what is missing is asked for, and no more than two facts at a time.
  expect(third.match(/\?/g)).toHaveLength(1);

  const offers = await told('3');
  expect(new Set(refsIn(offers)).size).toBe(3);
  expect(offers).toMatch(/1\. .*SC-103.*3\.95 million EGP.*Fits the area, your budget, the kind of home, and the bedrooms/);
  expect(offers).toMatch(/but /);

  const cheaper = await told('cheaper');
  const prices = [...cheaper.matchAll(/([\d.]+) million EGP/g)].map(([, price]) => Number(price));
  expect(Math.max(...prices)).toBeLessThan(3.95);
  expect(await told('the second one')).toContain(refsIn(cheaper)[1]);

  const sorry = await told('THIS IS USELESS, YOU DO NOT LISTEN');
  expect(sorry).toMatch(/^I am sorry about this/);
  const waiting = await s.context();
  expect(waiting.waiting?.reason).toBe(
    'the customer is frustrated. Looks for: apartment, 3 bedrooms, in New Cairo, up to 4.5 million EGP.',
  );
  expect(waiting.entities).toEqual({ types: ['apartment'], locations: ['New Cairo'], budgetMax: 4_500_000, bedrooms: 3 });
  expect(waiting.sources?.budgetMax).toMatchObject({ by: 'rules', message: 'm3', words: '4.5 million' });

  await s.act({ type: 'agent.claim', agent });
  await s.act({ type: 'agent.update', agent, entities: { bedrooms: { value: 2, was: 3 }, locations: { value: 'Sheikh Zayed' } } });
  await s.act({ type: 'agent.release', agent });

  const again = await told('so what do you have?');
  const corrected = await s.context();
  expect(corrected.entities).toMatchObject({ bedrooms: 2, locations: 'Sheikh Zayed' });
  expect(corrected.sources).toMatchObject({ bedrooms: { by: 'agent', agent: 'Mona' } });
  expect(again).not.toContain('3 bedrooms');
  const others = await told('budget 5 million');
  expect(others).toContain('Sheikh Zayed');
  expect((await s.context()).entities).toMatchObject({ bedrooms: 2, locations: 'Sheikh Zayed', budgetMax: 5_000_000 });

  // The customer says something new about it.
  await told('actually 4 bedrooms in Madinaty');
  expect((await s.context()).entities).toMatchObject({ bedrooms: 4, locations: ['Madinaty'] });
  expect((await s.context()).sources).toMatchObject({ bedrooms: { by: 'rules', words: '4 bedrooms' } });
  expect(await s.replayed()).toEqual(await s.stored());
});

describe('where a listing is', () => {
  const asksFor = async (text: string) => {
    const offers = await shownFor(text);
    expect(offers.cards).toEqual([]);
    return refsIn(offers.answer);
  };
  const WISH = '3 bedrooms in New Cairo, to buy, up to 5 million';

  it('is on a map below its details, and on another one for who asks where it is', async () => {
    const refs = await asksFor(WISH);
    const name = expect.stringContaining(`(${refs[1]})`);
    const card = { kind: 'location', latitude: 30.03, longitude: 31.47, name, street: 'New Cairo (the middle of the area)' };
    const details = await shownFor('the second one');
    expect(details.answer).toContain('2 bathrooms');
    expect(details.cards).toEqual([card]);
    for (const text of ['Where is it?', 'location please', 'can you send me the address', 'show me on the map']) {
      const { answer, cards } = await shownFor(text);
      expect(answer).toMatch(new RegExp(`\\(${refs[1]}\\)\\*{0,2} is in New Cairo\\. The map shows the middle of the area\\.`));
      expect(answer).not.toContain('2 bathrooms');
      expect(cards).toEqual([card]);
    }
    expect(await s.replayed()).toEqual(await s.stored());
  });

  it('has Arabic words for who asks in Arabic', async () => {
    const [ref] = await asksFor('عايز اشتري شقة ٣ غرف في التجمع حتى ٥ مليون');
    await told('الأولى');
    for (const text of ['فين مكانه؟', 'ابعتلي اللوكيشن', 'وين موقعها', 'العنوان لو سمحت']) {
      const { answer, cards } = await shownFor(text);
      expect(answer).toContain(`(${ref}) تقع في القاهرة الجديدة. تُظهر الخريطة وسط المنطقة.`);
      expect(cards).toMatchObject([{ kind: 'location', name: expect.stringMatching(/^شقة في /), street: 'القاهرة الجديدة (وسط المنطقة)' }]);
    }
  });

  it('needs to know which, if several were shown', async () => {
    expect(await shownFor('where is it?')).toMatchObject({ answer: expect.stringContaining(english.noneBefore), cards: [] });
    const refs = await asksFor(WISH);
    expect(await shownFor('where are they?')).toMatchObject({ answer: english.which, cards: [] });
    expect((await shownFor('where is number 3?')).cards).toMatchObject([{ name: expect.stringContaining(`(${refs.at(-1)})`) }]);
    expect((await shownFor('and where is SC-125?')).cards).toMatchObject([{ name: expect.stringContaining('(SC-125)') }]);
  });

  it.each(['location: Maadi', 'I want a good location in Maadi', 'where can I find something in Maadi?'])(
    'is not asked by "%s"',
    async (text) => {
      await asksFor(WISH);
      await told('the first one');
      const { answer, cards } = await shownFor(text);
      expect(cards).toEqual([]);
      expect(new Set(refsIn(answer)).size).toBeGreaterThan(1);
    },
  );

  it.each([
    [
      'is the property itself',
      { latitude: 30.05, longitude: 31.5, of: 'property' as const },
      'Here it is on the map.',
      [{ street: 'New Cairo' }],
    ],
    ['is known to nobody', undefined, 'I do not have it on a map.', []],
  ])('%s, if the store says so', async (_name, position, words, cards) => {
    const sample = sampleListings();
    const listings = {
      find: sample.find,
      get: async (ref: string) => {
        const found = await sample.get(ref);
        if (found === undefined) return undefined;
        const { position: _, ...one } = found;
        return position === undefined ? one : { ...one, position };
      },
    };
    s = new AssistantSession(propertyConcierge({ listings }));
    const shown = await shownFor('where is SC-101?');
    expect(shown.answer).toContain(words);
    expect(shown.cards).toMatchObject(cards);
    expect(shown.cards).toHaveLength(cards.length);
  });
});

describe('the office', () => {
  const office = { name: 'Nile Homes', phone: '+20 2 1234 5678', email: 'office@example.com' };

  it('is shown as a contact to who asks for it', async () => {
    s = new AssistantSession(propertyConcierge({ listings: sampleListings(), office }));
    for (const [text, answer] of [
      ['what is your phone number?', english.office],
      ['where is your office?', english.office],
      ['ممكن رقمكم؟', arabic.office],
      ['فين مكتبكم', arabic.office],
    ] as const) {
      const shown = await shownFor(text);
      expect(shown.answer).toContain(answer);
      expect(shown.cards).toEqual([{ kind: 'contact', ...office }]);
    }
  });

  it('is not, if the agency gave none', async () => {
    expect(await shownFor('what is your phone number?')).toMatchObject({
      answer: expect.stringContaining(english.notUnderstood),
      cards: [],
    });
  });
});

it('speaks Arabic to who writes Arabic', async () => {
  expect(await told('السلام عليكم')).toContain(arabic.greeting);
  expect(await told('عايز شقة ٣ غرف في التجمع')).toContain(arabic.ask.budget);
  const offers = await told('من ٤ لـ ٥ مليون');
  expect(new Set(refsIn(offers)).size).toBe(3);
  expect(offers).toContain('مليون جنيه');
  expect(offers).not.toMatch(/bedroom|Fits|but /);
  await told('عايز اكلم حد');
  expect((await s.context()).waiting?.reason).toBe('the customer asked for a human');
});

it('reads what the customer wrote to a human, once the bot answers again', async () => {
  await told('hi');
  await s.act({ type: 'agent.claim', agent });
  await s.say('I need 3 bedrooms in Maadi');
  await s.act({ type: 'agent.message', agent, text: 'Let me see.' });
  expect((await s.context()).entities).toEqual({});
  await s.act({ type: 'agent.release', agent });
  await told('for 5 million');
  expect((await s.context()).entities).toMatchObject({ bedrooms: 3, locations: ['Maadi'], budgetMax: 5_000_000 });
});

it('reads an edited message again', async () => {
  await told('3 bedrooms in Maadi');
  await s.edit(1, '2 bedrooms in Zamalek');
  expect((await s.context()).entities).toEqual({});
  await told('thanks');
  expect((await s.context()).entities).toEqual({ bedrooms: 2, locations: ['Zamalek'] });
});

describe('a voice note', () => {
  const sent = async (fileName?: string) => {
    const before = s.sent.length;
    const media = [{ kind: 'voice', mimeType: 'audio/ogg', ...(fileName === undefined ? {} : { fileName }) }];
    await s.act({ type: 'customer.message', id: `v${before}`, text: '', media });
    await expect.poll(() => s.sent.length).toBeGreaterThan(before);
    return s.sent.slice(before).join('\n');
  };

  it('is not answered as words are, in the language of before, whatever its name says', async () => {
    await told('عايز شقة ٣ غرف في التجمع');
    expect(await sent('contract for 2 bedrooms, 5 million.ogg')).toBe(`${arabic.received} ${arabic.ask.budget} ${arabic.ask.purpose}`);
    expect((await s.context()).entities).not.toHaveProperty('budgetMax');
    expect((await s.context()).waiting).toBeNull();
  });

  it('brings a human who can listen, from the third one on', async () => {
    await sent();
    await sent();
    await sent();
    expect((await s.context()).waiting?.reason).toMatch(/^the assistant failed repeatedly/);
  });
});

describe('hands over', () => {
  it.each([
    ['I want a viewing of SC-101', 'wants a viewing (SC-101). '],
    ['can you give me a discount?', 'wants to negotiate the price. '],
    ['عايز ابيع شقتي', 'wants to sell or let a property. '],
  ])('"%s"', async (text, reason) => {
    await told('3 bedrooms in Maadi');
    await told(text);
    const { waiting, messages } = await s.context();
    expect(waiting?.reason).toMatch(new RegExp(`^${reason.replace(/[()]/g, '\\$&')}Looks for: 3 bedrooms, in Maadi\\.`));
    expect(messages.at(-1)?.role).toBe('assistant');
  });

  it('after it has failed twice', async () => {
    await told('flurb gnarl');
    await told('zibble');
    await told('wuggle');
    expect((await s.context()).waiting?.reason).toMatch(/^the assistant failed repeatedly/);
  });
});

it('says where nothing fits, and searches wider by itself', async () => {
  const text = await told('a 6 bedroom villa in Zamalek with a sea view to buy, max 2 million');
  expect(text).toMatch(new RegExp(`^(${english.nearest}|${english.noOffers})`));
});

it('keeps what it knows for the customer’s next session', async () => {
  await told('3 bedrooms in Maadi');
  const first = (await s.row()).id;
  await s.act({ type: 'close', by: 'a1' });
  const greeting = await told('hello again');
  expect((await s.row()).id).not.toBe(first);
  expect(greeting).toContain('3 bedrooms, in Maadi');
  expect((await s.context()).sources).toMatchObject({ bedrooms: { words: '3 bedrooms' } });
  expect(await s.replayed()).toEqual(await s.stored());
});

it.each([
  ['Can I see it tomorrow at 5pm?', 'viewing', 'wants a viewing', /You want a viewing on \w+ \d+ \w+ at 17:00/],
  ['call me on Sunday', 'callBack', 'wants a call', /You want a call on Sunday/],
  ['ممكن أشوفها بكرة الساعة 5؟', 'viewing', 'wants a viewing', /تريد معاينة .* الساعة ٥:٠٠/],
])('takes "%s" for an appointment, and gets a human who reads when', async (text, field, reason, answer) => {
  await told('3 bedrooms in Maadi');
  expect(await told(text)).toMatch(answer);
  const { entities, sources, waiting } = await s.context();
  expect(entities).toMatchObject({ bedrooms: 3, [field]: expect.stringMatching(/^\d{4}-\d{2}-\d{2}/) });
  expect(entities.moveIn).toBeUndefined();
  expect(sources?.[field]).toMatchObject({ by: 'rules', message: 'm2' });
  expect(waiting?.reason).toContain(reason);
  expect(waiting?.reason).toMatch(/a (?:viewing|call) on /);
});

it.each([
  ['I want a viewing', 'Hello'],
  ['عايز معاينة', 'السلام عليكم'],
  ['THIS IS USELESS, YOU DO NOT LISTEN', 'Hello'],
  ['انت مالكش لازمة', 'السلام عليكم'],
])('announces the colleague once, after the answer: %s', async (text, greeting) => {
  await told(greeting);
  const before = s.sent.length;
  await told(text);
  await expect.poll(() => s.sent.length).toBe(before + 2);
  const [answer, notice] = s.sent.slice(before);
  expect(notice).toContain('I am passing you to a colleague.');
  expect(answer).not.toMatch(/takes over|passing you|getting you|سيتابع|سأحضر|سأحوّل/);
});
