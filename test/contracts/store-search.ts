/** What every search must find, whatever its store is made of. */
import { v7 } from 'uuid';
import { describe, expect, test } from 'vitest';
import { InvalidInput } from '#machines/errors.ts';
import { parseAddress, parseSessionId } from '#machines/ids.ts';
import type { SessionRow } from '#storage/port.ts';
import type { SearchFilter, SearchHit, SearchIndex } from '#storage/search.ts';
import { parseQuery } from '#storage/search-query.ts';
import type { Stores } from '#test/contracts/store-contract.ts';
import { LEASE, NOW, newSession, type TurnParts, turnOn } from '#test/contracts/store-fixtures.ts';

const DAY = 86_400_000;

/** The fixtures' tags stand for what is known of a customer. */
const profileOf = ({ tags }: SessionRow): string => tags.join('\n');

/** Feeds the index until nothing is missing, as the chore does. */
export async function indexAll(search: SearchIndex): Promise<void> {
  for (let round = 0; ; round += 1) {
    const sessions = await search.unindexed(10);
    if (sessions.length === 0) return;
    expect(round).toBeLessThan(100);
    await search.put(sessions.map((one) => ({ ...one, profile: profileOf(one.session) })));
  }
}

/** Opened later than every other session of the test. */
let opened = 0;
function session(parts: Partial<SessionRow> = {}): SessionRow {
  opened += 1;
  const openedAt = parts.openedAt ?? NOW;
  return newSession({ id: parseSessionId(v7({ msecs: openedAt, seq: opened })), ...parts, openedAt });
}

export function describeSearch({ one, search, otherSearch, archive }: Stores): void {
  async function commit(before: SessionRow, parts: TurnParts): Promise<SessionRow> {
    const turn = turnOn(before, parts);
    expect(await one().commit([turn], 'me', LEASE)).toEqual([{ ok: true }]);
    return turn.session;
  }
  const saying = (before: SessionRow, ...texts: readonly string[]) => commit(before, { journal: texts.map((text) => ({ text })) });

  async function hits(query: string, filter: SearchFilter = {}, limit = 10): Promise<SearchHit[]> {
    const found: SearchHit[] = [];
    let cursor: string | undefined;
    do {
      const request = { query: parseQuery(query), filter, limit, profileOf };
      const page = await otherSearch().search(cursor === undefined ? request : { ...request, cursor });
      expect(page.items.length).toBeLessThanOrEqual(limit);
      found.push(...page.items);
      cursor = page.next ?? undefined;
    } while (cursor !== undefined);
    return found;
  }
  const named = (found: readonly SearchHit[]) =>
    found.map(({ sessionId, entry, isNear }) => `${sessionId}.${entry?.seq ?? 0}${isNear ? '~' : ''}`);
  const find = async (query: string, filter?: SearchFilter) => named(await hits(query, filter));
  const closed = { open: false, state: 'CLOSED', closedAt: NOW };

  describe('search', () => {
    test('finds messages of open and closed sessions by the beginnings of words, youngest first', async () => {
      const first = await saying(session(closed), 'Hello, do you have a café near École?', 'No.');
      const second = await saying(session(), 'HELLO again', 'The cafeteria, perhaps');
      await indexAll(search());
      expect(await find('hello')).toEqual([`${second.id}.1`, `${first.id}.1`]);
      expect(await find('CAFE')).toEqual([`${second.id}.2`, `${first.id}.1`]);
      expect(await find('ecole hel')).toEqual([`${first.id}.1`]);
      for (const query of ['afe', "'; drop table search; --", '  !? ', '""', '\\', '~', '#source=note'])
        expect(await find(query)).toEqual([]);
    });

    test('finds what was said since it was indexed, and what is said after a session was closed', async () => {
      const before = await saying(session(), 'parcel one');
      await indexAll(search());
      const after = await saying(before, 'parcel two', 'nothing');
      await indexAll(search());
      expect(await find('parcel')).toEqual([`${after.id}.2`, `${after.id}.1`]);
      const end = await commit(after, { row: closed, journal: [{ kind: 'transition', text: null }] });
      await indexAll(search());
      const later = await commit(end, { journal: [{ kind: 'note', text: 'parcel three' }] });
      await indexAll(search());
      expect(await find('parcel')).toContain(`${later.id}.1`);
    });

    test('finds Arabic with and without article, vowels and the forms of its letters, and numbers in any digits', async () => {
      const { id } = await saying(session(closed), 'أريد الشَّقّة في القاهِرة', 'السعر ٣٥٠٠ جنيه', 'والشقق إلى اليمين');
      await indexAll(search());
      const found = async (query: string) => (await hits(query)).filter(({ isNear }) => !isNear).map(({ entry }) => entry?.seq);
      expect(await found('شقة')).toEqual([1]);
      expect(await found('الشقه')).toEqual([1]);
      expect(await found('شق')).toEqual([3, 1]);
      expect(await found('اريد القاهره')).toEqual([1]);
      expect(await found('3500')).toEqual([2]);
      expect(await found('الي')).toEqual([3]);
      expect(await found('"الشقة في القاهرة"')).toEqual([1]);
      expect(await hits('شقة')).toMatchObject([
        { sessionId: id, at: NOW, entry: { text: 'أريد الشَّقّة في القاهِرة', kind: 'customer.message' } },
      ]);
    });

    test('finds words in quotation marks only side by side, and in their order', async () => {
      const { id } = await saying(session(), 'a flat in New Cairo', 'Cairo has new flats', 'in Cairo, new');
      await indexAll(search());
      expect(await find('new cairo')).toEqual([3, 2, 1].map((seq) => `${id}.${seq}`));
      expect(await find('"new cairo"')).toEqual([`${id}.1`]);
      expect(await find('flat “New Cairo”')).toEqual([`${id}.1`]);
      expect(await find('"new cai"')).toEqual([]);
      expect(await find('"new cai')).toEqual([3, 2, 1].map((seq) => `${id}.${seq}`));
    });

    test('finds words that differ by a slip, after those that do not', async () => {
      const typed = await saying(session(), 'my refnud is late', 'the apartmnet');
      const right = await saying(session(), 'refund, please', 'two apartments');
      await indexAll(search());
      expect(await find('refund')).toEqual([`${right.id}.1`, `${typed.id}.1~`]);
      expect(await find('refnd')).toEqual([`${right.id}.1~`, `${typed.id}.1~`]);
      expect(await find('apartment')).toEqual([`${right.id}.2`, `${typed.id}.2~`]);
      expect(await find('refund late')).toEqual([`${typed.id}.1~`]);
      expect(await find('"refund"')).toEqual([`${right.id}.1`]);
      expect(await find('refun')).toEqual([`${right.id}.1`]);
    });

    test('finds Chinese and Japanese, also where another division cuts through what is wanted', async () => {
      const { id } = await saying(session(), '東京都の天気はどうですか', '我想退货，订单号是三五零', 'Order 東京 today');
      await indexAll(search());
      expect(await find('天気')).toEqual([`${id}.1`]);
      expect(await find('退货')).toEqual([`${id}.2`]);
      expect(await find('東京 order')).toEqual([`${id}.3`]);
      expect(await find('京都')).toEqual([`${id}.1~`]);
      expect(await find('氣候')).toEqual([]);
    });

    test('narrows by session, author, channel, assistant, agent, tag, state and time', async () => {
      const address = parseAddress('telegram:100:7');
      const first = await commit(session({ openedAt: NOW - 2 * DAY, tags: ['vip'], agentId: 'amira' }), {
        journal: [
          { text: 'word one', at: NOW - 2 * DAY },
          { text: 'word two', kind: 'note', at: NOW },
          { text: 'word three', kind: 'agent.message', at: NOW + 1 },
        ],
      });
      const second = await commit(session({ ...closed, address, assistant: "o'neil \\" }), {
        journal: [{ text: 'word four', kind: 'assistant.message', at: NOW + 2 }],
      });
      await indexAll(search());
      const [one_, two, three, four] = [`${first.id}.1`, `${first.id}.2`, `${first.id}.3`, `${second.id}.1`];
      expect(await find('word')).toEqual([four, three, two, one_]);
      const narrowed: readonly [SearchFilter, readonly (string | undefined)[]][] = [
        [{ session: first.id }, [three, two, one_]],
        [{ sources: ['note'] }, [two]],
        [{ sources: ['customer', 'agent'] }, [three, one_]],
        [{ channel: 'telegram' }, [four]],
        [{ assistant: "o'neil \\" }, [four]],
        [{ agent: 'amira' }, [three, two, one_]],
        [{ tag: 'vip', sources: ['note'] }, [two]],
        [{ open: false }, [four]],
        [{ from: NOW }, [four, three, two]],
        [{ to: NOW + 1 }, [two, one_]],
        [{ from: NOW, to: NOW + 2, open: true }, [three, two]],
        [{ channel: 'discord' }, []],
        [{ session: second.id, sources: ['profile'] }, []],
      ];
      for (const [filter, expected] of narrowed) expect([filter, await find('word', filter)]).toEqual([filter, expected]);
    });

    test('finds who a customer is, as it is now', async () => {
      const before = await saying(session({ tags: ['Nora El Sayed'] }), 'nothing');
      await indexAll(search());
      expect(await find('sayed nora')).toEqual([`${before.id}.0`]);
      expect(await hits('nora')).toMatchObject([{ at: NOW, entry: undefined }]);
      const after = await commit(before, { row: { tags: ['Mona Fathy'] } });
      await indexAll(search());
      expect(await find('nora')).toEqual([]);
      expect(await find('mona', { sources: ['profile'] })).toEqual([`${after.id}.0`]);
      expect(await find('mona', { sources: ['customer'] })).toEqual([]);
    });

    test('is paged by cursor, each entry once, near ones last', async () => {
      const long = await saying(
        session(closed),
        ...Array.from({ length: 230 }, (_, index) => (index % 10 === 0 ? `notice ${index}` : `notcie ${index}`)),
      );
      const short = await saying(session({ tags: ['notice'] }), 'notice of another', 'nothing', 'notice');
      await indexAll(search());
      const all = Array.from({ length: 230 }, (_, index) => index).reverse();
      const expected = [
        ...[3, 1, 0].map((seq) => `${short.id}.${seq}`),
        ...all.filter((index) => index % 10 === 0).map((index) => `${long.id}.${index + 1}`),
        ...all.filter((index) => index % 10 !== 0).map((index) => `${long.id}.${index + 1}~`),
      ];
      for (const limit of [7, 26, 50]) expect(named(await hits('notice', {}, limit))).toEqual(expected);
      const request = { query: parseQuery('note'), filter: {}, limit: 5, profileOf };
      for (const cursor of ['rubbish', `e.${'-'.repeat(36)}.1`, `x.${long.id}.1`, `e.${long.id}.99999999999`, long.id])
        await expect(search().search({ ...request, cursor })).rejects.toThrow(InvalidInput);
    });

    test('finds nothing of what was deleted, and forgets its words', async () => {
      const gone = await saying(session({ ...closed, closedAt: NOW - 40 * DAY }), 'Zanzibar and secrets');
      const kept = await saying(session(), 'secrets');
      await indexAll(search());
      expect(await find('zanzibar')).toEqual([`${gone.id}.1`]);
      expect(await archive().deleteExpired(NOW - 30 * DAY, 10)).toMatchObject({ sessions: 1 });
      await search().put([{ session: gone, entries: [{ seq: 1, at: NOW, kind: 'note', text: 'Zanzibar' }], upTo: 1, profile: '' }]);
      for (let word = await search().forgetWords(null, 1); word !== null; ) word = await search().forgetWords(word, 1);
      expect(await find('zanzibra')).toEqual([]);
      expect(await find('secrest')).toEqual([`${kept.id}.1~`]);
    });

    test('takes hostile texts and queries', async () => {
      const texts = [
        "it's \\ \0 'quoted':1A,2 | & !",
        'x'.repeat(40_000),
        'word '.repeat(20_000),
        '\u064b'.repeat(9_000),
        '東'.repeat(5_000),
        '\ud83d lone',
      ];
      const thousand = Array.from({ length: 1_000 }, (_, index) => `w${index}x`).join(' ');
      const { id } = await saying(session(), ...texts, 'the end');
      await indexAll(search());
      expect(await find('quoted')).toEqual([`${id}.1`]);
      expect(await find('end')).toEqual([`${id}.7`]);
      for (const text of texts) await find(text.slice(0, 500));
      for (const query of [
        ':*',
        "a' | 'b",
        '!a',
        '<->',
        '"'.repeat(99),
        '(((',
        '京'.repeat(400),
        'y'.repeat(10_240),
        '\0',
        '\ud800',
        '\u202e\u200f\u2066',
        '* % _ ? .*',
        thousand,
      ])
        expect(await find(query)).toEqual([]);
      // A query has sixteen words at most, however long it is.
      expect(parseQuery(thousand)).toHaveLength(16);
      // Marks of direction and what no text can hold are no part of a word.
      for (const query of ['\u200fquoted\u202c', '\ud800quoted\0']) expect(await find(query)).toEqual([`${id}.1`]);
      // Words that every text has are words like others.
      expect(await find('the')).toEqual([`${id}.7`]);
    });
  });
}
