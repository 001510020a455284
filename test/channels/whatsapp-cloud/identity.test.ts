/**
 * Who is who on WhatsApp. The matrix of docs/decisions/0073-whatsapp-identity.md. Nobody is lost,
 * and nobody is merged with another person.
 */
import { describe, expect, it } from 'vitest';
import { Unavailable } from '#machines/errors.ts';
import type { GraphApi } from '#test/fakes/graph-api.ts';
import type { Person } from '#test/fakes/graph-api-webhooks.ts';
import { at, Host, PHONE, startAdapter, USER } from './started-adapter.ts';

const OTHER_USER = 'EG.77770000000000000001';
const NEW_USER = 'EG.55550000000000000002';
const NEW_PHONE = '201009999999';
const LONGEST = `EG.${'x'.repeat(128)}`;
const PARENT = 'EG.ENT.11815799212886844830';

let count = 0;
async function says(api: GraphApi, person: Person, text: string): Promise<void> {
  expect(await api.webhooks.post(api.webhooks.text(person, `wamid.${++count}`, text))).toBe(200);
}

function changed(api: GraphApi, system: object, more: object = {}): object {
  return api.webhooks.change('messages', {
    messages: [{ id: `wamid.system${++count}`, timestamp: '1750269342', type: 'system', system, ...more }],
  });
}

/** In whose conversation each text arrived. */
function conversations(host: Host): Record<string, string | undefined> {
  return Object.fromEntries(host.of('message').map((event) => [event.text, host.where(event)]));
}

describe('one person', () => {
  it.each<readonly [string, readonly Person[], string]>([
    ['by number, then with a user id', [{ phone: PHONE }, { phone: PHONE, userId: USER }, { userId: USER }, { phone: PHONE }], USER],
    ['by user id, then with a number', [{ userId: USER }, { phone: PHONE, userId: USER }, { phone: PHONE }], USER],
    ['with both from the start', [{ phone: PHONE, userId: USER }, { userId: USER }, { phone: PHONE }], USER],
    ['by number alone', [{ phone: PHONE }, { phone: PHONE }], PHONE],
    ['by user id alone', [{ userId: USER }, { userId: USER }], USER],
    ['by the longest user id', [{ phone: PHONE, userId: LONGEST }, { userId: LONGEST }], LONGEST],
    ['with a parent', [{ parentId: PARENT }, { userId: USER, parentId: PARENT }, { parentId: PARENT }], USER],
    [
      'with all three',
      [{ phone: PHONE }, { parentId: PARENT }, { phone: PHONE, userId: USER, parentId: PARENT }, { phone: PHONE }, { parentId: PARENT }],
      USER,
    ],
    [
      'by parent and number',
      [{ phone: PHONE, parentId: PARENT }, { phone: PHONE, userId: USER, parentId: PARENT }, { phone: PHONE }],
      USER,
    ],
  ])('%s is one conversation', async (_, people, where) => {
    const { api, host } = await startAdapter();
    for (const [i, person] of people.entries()) await says(api, person, `message ${i}`);
    const found = new Set(Object.values(conversations(host)));
    expect([...found]).toEqual([at(where)]);
    expect(host.of('message')).toHaveLength(people.length);
    for (const { certain } of host.of('moved')) expect(certain).not.toBe(false);
  });

  it('is moved before the message that links the ids, under the same id each time', async () => {
    const { api, host } = await startAdapter();
    await says(api, { phone: PHONE }, 'first');
    await says(api, { phone: PHONE, userId: USER }, 'second');
    expect(host.events.map(({ type }) => type)).toEqual(['message', 'moved', 'message']);
    const again = await startAdapter();
    await says(again.api, { phone: PHONE, userId: USER }, 'second');
    expect(again.host.of('moved')[0]?.id).toBe(host.of('moved')[0]?.id);
  });

  it('costs no lookup once the ids are known', async () => {
    const { api, host } = await startAdapter();
    await says(api, { phone: PHONE, userId: USER }, 'first');
    const { lookups } = host;
    for (let i = 0; i < 5; i++) await says(api, { phone: PHONE, userId: USER }, `more ${i}`);
    await says(api, { userId: USER }, 'by user id');
    await says(api, { phone: PHONE }, 'by number');
    expect(host.lookups).toBe(lookups);
    expect(host.of('moved')).toHaveLength(1);
  });

  it('is not moved again after a restart', async () => {
    const host = new Host();
    const first = await startAdapter({ host });
    await says(first.api, { phone: PHONE, userId: USER }, 'before');
    await first.adapter.stop();
    const second = await startAdapter({ host });
    await says(second.api, { phone: PHONE, userId: USER }, 'after');
    expect(host.of('moved')).toHaveLength(1);
  });

  it('is not lost while the store is away within the move', async () => {
    let down = true;
    const host = new Host((event) => (event.type === 'moved' && down ? Promise.reject(new Unavailable('away')) : Promise.resolve()));
    const { api } = await startAdapter({ host });
    const payload = api.webhooks.text({ phone: PHONE, userId: USER }, 'wamid.once', 'hello');
    expect(await api.webhooks.post(payload)).toBe(503);
    expect(host.events).toEqual([]);
    down = false;
    expect(await api.webhooks.post(payload)).toBe(200);
    expect(host.events.map(({ type }) => type)).toEqual(['moved', 'message']);
  });

  it('keeps the order of messages while the first one is linked', async () => {
    const { api, host } = await startAdapter();
    const texts = Array.from({ length: 20 }, (_, i) => `message ${i}`);
    const person = { phone: PHONE, userId: USER };
    await api.webhooks.post(api.webhooks.batch(texts.map((text, i) => api.webhooks.text(person, `wamid.b${i}`, text))));
    expect(host.texts).toEqual(texts);
    expect(host.of('moved')).toHaveLength(1);
  });

  it('keeps it if the second one names the person by user id alone, which needs no lookup', async () => {
    const { api, host } = await startAdapter();
    const [first, second] = [
      api.webhooks.text({ phone: PHONE, userId: USER }, 'wamid.1', 'first'),
      api.webhooks.text({ userId: USER }, 'wamid.2', 'second'),
    ];
    await api.webhooks.post(api.webhooks.batch([first, second]));
    expect(host.texts).toEqual(['first', 'second']);
  });
});

describe('two people', () => {
  it('a number that comes with another user id is another person, by whatever they are named later', async () => {
    const { api, host, ignored } = await startAdapter();
    await says(api, { phone: PHONE, userId: USER }, 'the first owner');
    await says(api, { phone: PHONE, userId: OTHER_USER }, 'the second owner');
    await says(api, { userId: USER }, 'the first owner, by user id');
    await says(api, { userId: OTHER_USER }, 'the second owner, by user id');
    await says(api, { phone: PHONE }, 'the owner of the number now');
    expect(conversations(host)).toEqual({
      'the first owner': at(USER),
      'the second owner': at(OTHER_USER),
      'the first owner, by user id': at(USER),
      'the second owner, by user id': at(OTHER_USER),
      'the owner of the number now': at(OTHER_USER),
    });
    expect(ignored.map(({ kind }) => kind)).toEqual(['identity.other_person']);
  });

  it('the number of one who changed it, given to another', async () => {
    const { api, host } = await startAdapter();
    await says(api, { phone: PHONE, userId: USER }, 'before the change');
    const system = {
      type: 'user_changed_number',
      body: `User Mona changed from ${PHONE} to ${NEW_PHONE}`,
      wa_id: NEW_PHONE,
      user_id: NEW_USER,
      previous_user_id: USER,
    };
    expect(await api.webhooks.post(changed(api, system, { from: PHONE }))).toBe(200);
    await says(api, { phone: NEW_PHONE, userId: NEW_USER }, 'after the change');
    await says(api, { phone: PHONE, userId: OTHER_USER }, 'the next owner of the number');
    const where = conversations(host);
    expect(where['after the change']).toBe(at(NEW_USER));
    expect(where['before the change']).toBe(at(NEW_USER));
    expect(where['the next owner of the number']).toBe(at(OTHER_USER));
  });

  it('a parent that comes with another user id', async () => {
    const { api, host } = await startAdapter();
    await says(api, { userId: USER, parentId: PARENT }, 'one');
    await says(api, { userId: OTHER_USER, parentId: PARENT }, 'two');
    expect(conversations(host)).toEqual({ one: at(USER), two: at(OTHER_USER) });
  });
});

describe('a change that WhatsApp reports', () => {
  const number = { type: 'user_changed_number', body: `User Mona changed from ${PHONE} to ${NEW_PHONE}`, wa_id: NEW_PHONE };

  it.each<readonly [string, object, object, Person, Person]>([
    ['of the number, by numbers alone', number, { from: PHONE }, { phone: PHONE }, { phone: NEW_PHONE }],
    [
      'of the number of a linked person, by numbers alone',
      number,
      { from: PHONE },
      { phone: PHONE, userId: USER },
      { phone: NEW_PHONE, userId: NEW_USER },
    ],
    [
      'of the number with the new user id',
      { ...number, user_id: NEW_USER, previous_user_id: USER },
      { from: PHONE },
      { phone: PHONE, userId: USER },
      { phone: NEW_PHONE, userId: NEW_USER },
    ],
    [
      'of the user id',
      { type: 'user_changed_user_id', user_id: NEW_USER, previous_user_id: USER },
      {},
      { userId: USER },
      { userId: NEW_USER },
    ],
    [
      'of the user id, with the former one in the text alone',
      { type: 'user_changed_user_id', body: `User Mona changed from ${USER} to ${NEW_USER}`, user_id: NEW_USER },
      {},
      { userId: USER },
      { userId: NEW_USER },
    ],
    [
      'of the user id of one with a number',
      { type: 'user_changed_user_id', user_id: NEW_USER, previous_user_id: USER, wa_id: PHONE },
      { from: PHONE },
      { phone: PHONE, userId: USER },
      { phone: PHONE, userId: NEW_USER },
    ],
    [
      'of the user id, where the number alone was known',
      { type: 'user_changed_user_id', user_id: NEW_USER, previous_user_id: USER, wa_id: NEW_PHONE },
      { from: PHONE },
      { phone: PHONE },
      { userId: NEW_USER },
    ],
  ])('%s takes the conversation along', async (_, system, more, before, after) => {
    const { api, host } = await startAdapter();
    await says(api, before, 'before');
    const payload = changed(api, system, more);
    expect(await api.webhooks.post(payload)).toBe(200);
    expect(await api.webhooks.post(payload)).toBe(200);
    await says(api, after, 'after');
    await says(api, before, 'from an old id');
    const where = conversations(host);
    expect(where['after']).toBe(where['before']);
    expect(where['from an old id']).toBe(where['before']);
  });

  it('that comes after the first message with the new ids still takes it along', async () => {
    const { api, host } = await startAdapter();
    await says(api, { phone: PHONE, userId: USER }, 'before');
    await says(api, { phone: NEW_PHONE, userId: NEW_USER }, 'too early');
    await api.webhooks.post(changed(api, { ...number, user_id: NEW_USER, previous_user_id: USER }, { from: PHONE }));
    expect(new Set(Object.values(conversations(host)))).toEqual(new Set([at(NEW_USER)]));
  });

  it('and another one before it in the wrong order end at the last user id', async () => {
    const { api, host } = await startAdapter();
    await says(api, { userId: USER }, 'first');
    const [one, two] = [
      { type: 'user_changed_user_id', user_id: OTHER_USER, previous_user_id: USER },
      { type: 'user_changed_user_id', user_id: NEW_USER, previous_user_id: OTHER_USER },
    ];
    await api.webhooks.post(changed(api, two));
    await api.webhooks.post(changed(api, one));
    expect(conversations(host)).toEqual({ first: at(NEW_USER) });
  });

  it('of a number to one that another person had does not merge the two', async () => {
    const { api, host } = await startAdapter();
    await says(api, { phone: NEW_PHONE, userId: OTHER_USER }, 'who had the number before');
    await says(api, { phone: PHONE, userId: USER }, 'before');
    await api.webhooks.post(changed(api, number, { from: PHONE }));
    await says(api, { phone: NEW_PHONE, userId: NEW_USER }, 'after');
    const where = conversations(host);
    expect(where['who had the number before']).toBe(at(OTHER_USER));
    expect(where['after']).toBe(at(NEW_USER));
    expect(where['before']).toBe(at(NEW_USER));
  });

  it('and names nobody is kept for people to see', async () => {
    const { api, rejected } = await startAdapter();
    expect(await api.webhooks.post(changed(api, { type: 'user_changed_number', body: 'a number changed' }))).toBe(200);
    expect(rejected).toHaveLength(1);
  });
});

it('a message of nobody is kept for people to see', async () => {
  const { api, host, rejected } = await startAdapter();
  await says(api, { name: 'Nobody' }, 'hello?');
  expect(host.events).toEqual([]);
  expect(rejected[0]?.reason.message).toMatch(/names nobody/);
});
