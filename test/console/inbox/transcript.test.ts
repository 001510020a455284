import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { ServerMessage } from '#console/client/protocol.ts';
import { english } from '#console/inbox/english.ts';
import { factsReader } from '#console/inbox/entry-facts.ts';
import { EMOJI, oursIn } from '#console/inbox/reactions.ts';
import { rowsOf } from '#console/inbox/rows.ts';
import { applyToTranscript, currentCard, type Entry, isWhole, type Transcript, withOlder } from '#console/inbox/transcript.ts';
import { factWords } from '#machines/session/fact-words.ts';
import { checkReaction } from '#test/fakes/bot-api-cards.ts';
import { acted, card, entry, said, transcript } from './fixture.ts';

const amira = { id: 'amira', name: 'Amira' };
const omar = { id: 'omar', name: 'Omar' };
const received = (...messages: readonly ServerMessage[]): Transcript | undefined =>
  messages.reduce<Transcript | undefined>((before, message) => applyToTranscript(before, 'a', message), undefined);
const seqs = (state: Transcript | undefined): number[] => (state?.entries ?? []).map(({ seq }) => seq);
const live = (one: Entry): ServerMessage => ({ type: 'entry', sessionId: 'a', entry: one });

describe('a transcript', () => {
  test('has each entry once and in order, whatever is repeated, late or cut', () => {
    const journal = Array.from({ length: 30 }, (_, index) => said(index + 1, `message ${index + 1}`));
    const repetition = fc.record({ from: fc.nat(29), count: fc.nat(10), whole: fc.boolean() });
    fc.assert(
      fc.property(fc.array(repetition, { maxLength: 30 }), (repetitions) => {
        let state = applyToTranscript(undefined, 'a', transcript(card('a'), journal.slice(0, 5)));
        for (const { from, count, whole } of repetitions) {
          // A connection that is new goes on after the last entry. Anything else may come twice.
          const at = whole ? (state?.entries.at(-1)?.seq ?? 0) : from;
          const piece = journal.slice(at, at + count);
          if (whole && piece.length > 0) state = applyToTranscript(state, 'a', transcript(card('a'), piece));
          else for (const one of piece) state = applyToTranscript(state, 'a', live(one));
          const shown = seqs(state);
          expect(shown).toEqual(Array.from({ length: shown.length }, (_, index) => index + 1));
        }
      }),
    );
  });

  test('begins anew if the server begins elsewhere', () => {
    const state = received(transcript(card('a'), [said(1, 'x')]), transcript(card('a'), [said(901, 'y')]));
    expect(seqs(state)).toEqual([901]);
    expect(state === undefined ? true : isWhole(state)).toBe(false);
  });

  test('takes older entries only if they end where it begins', () => {
    const state = received(transcript(card('a'), [said(5, 'e')]));
    if (state === undefined) throw new Error('there is no transcript');
    expect(seqs(withOlder(state, [said(3, 'c'), said(4, 'd'), said(5, 'e')]))).toEqual([3, 4, 5]);
    expect(seqs(withOlder(state, [said(2, 'b')]))).toEqual([5]);
  });

  test('grows a partial answer, and has it once its message is there', () => {
    const delta = (offset: number, text: string): ServerMessage => ({ type: 'delta', sessionId: 'a', runId: 'r', offset, text });
    const written = received(
      transcript(card('a'), [said(1, 'x')]),
      delta(0, 'Good '),
      delta(5, 'morn'),
      delta(5, 'morning'),
      delta(99, 'lost'),
    );
    expect(written?.partial).toEqual({ runId: 'r', text: 'Good morning' });
    expect(applyToTranscript(written, 'a', live(entry(2, 'assistant.message', { author: 'assistant' })))?.partial).toBeNull();
  });

  test('ignores what belongs to another session', () => {
    const state = received(transcript(card('a'), [said(1, 'x')]));
    const other: ServerMessage = { type: 'entry', sessionId: 'b', entry: said(2, 'y') };
    expect(applyToTranscript(state, 'a', other)).toBe(state);
    expect(applyToTranscript(state, 'a', transcript(card('b'), []))).toBe(state);
  });

  test('a turn changes the state at once, and the agent who holds the session stays until a list says otherwise', () => {
    const mine = card('a', { version: 4, agentId: 'amira', handler: 'human' });
    const turn = (version: number, handler: 'bot' | 'human', open = true): ServerMessage => ({
      type: 'state',
      sessionId: 'a',
      state: open ? 'ACTIVE' : 'CLOSED',
      handler,
      open,
      version,
    });
    const claimed = received(transcript(card('a', { version: 3 }), [said(3, 'x')]), turn(4, 'human'), turn(6, 'human'));
    expect(currentCard(mine, claimed)).toMatchObject({ agentId: 'amira', handler: 'human', version: 4 });
    expect(currentCard(undefined, claimed)).toMatchObject({ agentId: null, handler: 'human' });
    const released = claimed && applyToTranscript(claimed, 'a', turn(7, 'bot'));
    expect(currentCard(mine, released)).toMatchObject({ agentId: null, handler: 'bot', open: true });
    // A list that is as new has it all.
    const listed = card('a', { version: 7, agentId: 'omar', handler: 'human' });
    expect(currentCard(listed, released)).toBe(listed);
    expect(released && applyToTranscript(released, 'a', turn(6, 'human'))).toBe(released);
  });

  test('marks how far a message has come', () => {
    const delivery = { status: 'read', at: 3 } as const;
    const state = received(transcript(card('a'), [said(1, 'x')]), { type: 'delivery', sessionId: 'a', seq: 1, delivery });
    expect(state?.entries[0]?.delivery).toEqual(delivery);
  });
});

describe('rows', () => {
  const rows = (entries: readonly Entry[], newFrom?: number) =>
    rowsOf(entries, { factsOf: factsReader(() => 'today'), nameOf: (id) => (id === 'amira' ? 'Amira' : undefined), newFrom }).filter(
      ({ kind }) => kind !== 'day',
    );
  const lines = (entries: readonly Entry[]): unknown[] => rows(entries).map((row) => (row.kind === 'line' ? row.line : row.kind));

  test('have a line for each change of who answers that took effect, and none for what was refused or ignored', () => {
    const entries = [
      entry(1, 'opened'),
      said(2, '/agent'),
      entry(3, 'effect', { payload: { effect: 'agents.notify', params: { reason: 'the customer asked' } } }),
      acted(4, { type: 'agent.claim', agent: amira }),
      acted(5, { type: 'agent.claim', agent: omar }, { refused: { code: 'held', message: '', holder: 'Amira' } }),
      acted(6, { type: 'agent.release', agent: omar }, { ignored: 'not the holder' }),
      acted(7, { type: 'agent.transfer', agent: amira, queue: 'billing' }),
      acted(8, { type: 'agent.claim', agent: omar }),
      acted(9, { type: 'agent.release', agent: omar }),
      acted(10, { type: 'close', by: 'amira', reason: 'done' }),
      entry(11, 'transition', { payload: { from: { state: 'ACTIVE' }, to: { state: 'CLOSED', handler: 'none' } } }),
    ];
    expect(lines(entries)).toEqual(['opened', 'message', 'needs', 'claimed', 'transferred', 'claimed', 'released', 'closed']);
    expect(rows(entries).at(-1)).toMatchObject({ line: 'closed', name: 'Amira', reason: 'done' });
  });

  test('show an event that was held back where it was released', () => {
    const claim = { kind: 'event', event: { type: 'agent.claim', agent: amira } };
    const entries = [
      entry(1, 'transition', { payload: { stimulus: { kind: 'hold', stimulus: claim } } }),
      said(2, 'meanwhile'),
      entry(3, 'transition', { payload: { stimulus: { kind: 'release' } } }),
    ];
    expect(lines(entries)).toEqual(['message', 'claimed']);
  });

  test('have a session that ended by itself closed once, and the way back to the assistant', () => {
    const change = (seq: number, from: string, to: string, handler: string): Entry =>
      entry(seq, 'transition', { payload: { from: { state: from }, to: { state: to, handler } } });
    expect(lines([change(1, 'WAITING_AGENT', 'ACTIVE', 'bot'), change(2, 'ACTIVE', 'CLOSED', 'none')])).toEqual(['back', 'closed']);
  });

  test('show the newest text of a message that was changed, and say so', () => {
    // The channel's id of the message is not the id of the event that brought it.
    const message = { stimulus: { event: { id: 'tg:7:1', text: 'on Monday' } } };
    const edit = { stimulus: { event: { id: 'tg:7:1', text: 'on Friday' } } };
    const [row] = rows([
      { ...said(1, 'on Monday'), eventId: 'tg:900', payload: message },
      { ...entry(2, 'customer.edit', { payload: edit }), eventId: 'tg:901' },
    ]);
    expect(row).toMatchObject({ text: 'on Friday', edited: true });
  });

  test('shows what messengers report: a deleted message, reactions and calls', () => {
    const message = { stimulus: { event: { id: 'wamid.1', text: 'my card is 4111' } } };
    const call = (event: object) => ({ stimulus: { event } });
    const drawn = rows([
      { ...said(1, 'my card is 4111'), payload: message },
      entry(2, 'customer.revoke', { payload: { stimulus: { event: { id: 'wamid.1' } } } }),
      entry(3, 'customer.reaction', { text: '👍' }),
      entry(4, 'customer.reaction'),
      entry(5, 'customer.call', { payload: call({ phase: 'started' }) }),
      entry(6, 'customer.call', { payload: call({ phase: 'ended', seconds: 31 }) }),
    ]);
    expect(drawn[0]).toMatchObject({ text: 'my card is 4111', deleted: true });
    const words = { ...factWords({}, {}, 'en'), time: String };
    expect(drawn.slice(1).map((row) => (row.kind === 'line' ? english.line(row, words) : row.kind))).toEqual([
      'The customer reacted with \u2068👍\u2069',
      'The customer took a reaction back',
      'The customer is calling',
      'The customer called, for 31 s',
    ]);
  });

  describe('with reactions', () => {
    const theirs = { ...said(1, 'Thank you'), payload: { stimulus: { event: { id: 'wa:wamid.1' } } } };
    const ours = entry(2, 'agent.message', { author: 'Amira', text: 'Gladly', delivery: { status: 'read', at: 2, ref: 'wamid.2' } });
    const reacted = (seq: number, emoji: string | null, part: Partial<Entry> = {}): Entry =>
      entry(seq, 'agent.reaction', {
        author: 'Amira',
        text: emoji,
        payload: { effect: 'reaction.send', params: { messageId: 'wa:wamid.1', emoji } },
        ...part,
      });
    const byCustomer = (seq: number, id: string, emoji: string | null): Entry =>
      entry(seq, 'customer.reaction', { text: emoji, payload: { stimulus: { event: { id } } } });
    const failed = { delivery: { status: 'failed', at: 9, reason: 'too old' } } as const;
    const on = (entries: readonly Entry[]) => {
      const drawn = rows([theirs, ours, ...entries]);
      expect(drawn.map(({ kind }) => kind)).toEqual(['message', 'message']);
      return drawn.map((row) => (row.kind === 'message' ? row.reactions : []));
    };

    test('show them on the message that they are on, ours and the customer’s, in place of lines', () => {
      const [first, second] = on([reacted(3, '👍'), byCustomer(4, 'wa:wamid.2', '🙏'), byCustomer(5, 'wa:wamid.1', '😂')]);
      expect(first).toMatchObject([
        { by: 'agent', name: 'Amira', emoji: '👍', failed: false },
        { by: 'customer', emoji: '😂' },
      ]);
      expect(second).toMatchObject([{ by: 'customer', emoji: '🙏' }]);
      expect(oursIn(first ?? [])).toBe('👍');
    });

    test.each([
      ['Telegram', '31', 'tg:100:31'],
      ['the Cloud API of WhatsApp', 'wa:wamid.HBgM', 'wa:wamid.HBgM'],
      ['Discord', '1310000000000000001', 'discord:1310000000000000001'],
      ['WhatsApp Web', 'wa:3EB0C431C26A1916E07A', 'wa:3EB0C431C26A1916E07A'],
    ])('of the customer are on ours by the ids of %s', (_, ref, id) => {
      const sent = { ...ours, delivery: { status: 'read', at: 2, ref } } as const;
      const [row, ...others] = rows([sent, byCustomer(3, id, '🙏')]);
      expect(others).toEqual([]);
      expect(row).toMatchObject({ reactions: [{ by: 'customer', emoji: '🙏' }] });
    });

    test.each(EMOJI)('can be %s on Telegram too', (emoji) => expect(() => checkReaction(emoji.replaceAll('\uFE0F', ''))).not.toThrow());

    test('have one of ours, which the assistant’s may be, and none that was taken back', () => {
      const byAssistant = reacted(4, '❤️', { kind: 'assistant.reaction', author: 'assistant' });
      expect(on([reacted(3, '👍'), byAssistant])[0]).toMatchObject([{ by: 'assistant', emoji: '❤️' }]);
      expect(on([reacted(3, '👍'), byCustomer(4, 'wa:wamid.1', '😂'), reacted(5, null)])[0]).toMatchObject([{ by: 'customer' }]);
      expect(on([byCustomer(3, 'wa:wamid.2', '🙏'), byCustomer(4, 'wa:wamid.2', null)])[1]).toEqual([]);
    });

    test('say which did not reach the customer, and what is still there', () => {
      const [wrong = []] = on([reacted(3, '👍', failed)]);
      expect(wrong).toMatchObject([{ emoji: '👍', failed: true, failure: 'too old' }]);
      expect(oursIn(wrong)).toBeUndefined();
      expect(on([reacted(3, '👍'), reacted(4, null, failed)])[0]).toMatchObject([{ emoji: '👍', failed: true }]);
    });

    test('have a line for each that is on a message before', () => {
      const elsewhere = { payload: { params: { messageId: 'wa:wamid.0' } } };
      const drawn = rows([byCustomer(3, 'wa:wamid.0', '👍'), reacted(4, '❤️', elsewhere), reacted(5, null, { ...elsewhere, ...failed })]);
      const words = { ...factWords({}, {}, 'en'), time: String };
      expect(drawn.map((row) => (row.kind === 'line' ? english.line(row, words) : row.kind))).toEqual([
        'The customer reacted with \u2068👍\u2069',
        '\u2068Amira\u2069 reacted with \u2068❤️\u2069',
        '\u2068Amira\u2069 took a reaction back. It did not reach the customer: \u2068too old\u2069',
      ]);
    });

    test('let an agent react to what the customer wrote and did not delete', () => {
      const revoked = entry(3, 'customer.revoke', { payload: { stimulus: { event: { id: 'wa:wamid.1' } } } });
      const reactTo = (entries: readonly Entry[]) => rows(entries).map((row) => (row.kind === 'message' ? row.reactTo : row.kind));
      expect(reactTo([theirs, ours])).toEqual(['wa:wamid.1', undefined]);
      expect(reactTo([theirs, revoked])).toEqual([undefined]);
    });
  });

  describe('that answer a message', () => {
    const theirs = (seq: number, id: string, text: string, more: object = {}): Entry => ({
      ...said(seq, text),
      payload: { stimulus: { kind: 'event', event: { id, ...more } } },
    });
    const ours = (seq: number, ref: string, text: string, replyTo?: string): Entry =>
      entry(seq, 'agent.message', {
        author: 'Amira',
        text,
        payload: { effect: 'message.send', params: { text, ...(replyTo === undefined ? {} : { replyTo }) } },
        delivery: { status: 'sent', at: seq, ref },
      });
    const quotes = (entries: readonly Entry[]) => rows(entries).flatMap((row) => (row.kind === 'message' ? [row.quote] : []));

    test('quote it, the customer’s and ours, in words on one line', () => {
      const entries = [
        theirs(1, 'tg:100:1', 'Where *is*\n\nit?'),
        ours(2, '2', 'In **Tower A**', 'tg:100:1'),
        theirs(3, 'tg:100:3', 'This one', { replyTo: 'tg:100:2' }),
        ours(4, '4', 'Yes', '2'),
      ];
      expect(quotes(entries)).toEqual([
        undefined,
        { seq: 1, author: 'customer', name: undefined, text: 'Where *is* it?' },
        { seq: 2, author: 'agent', name: 'Amira', text: 'In Tower A' },
        { seq: 2, author: 'agent', name: 'Amira', text: 'In Tower A' },
      ]);
    });

    test('of a group quote none of the chat that it was before', () => {
      const entries = [
        ours(1, '7', 'Of an earlier version'),
        ours(2, 'tg:-55:7', 'Of the old chat'),
        theirs(3, 'tg:-1009999:8', 'That one', { replyTo: 'tg:-1009999:7' }),
        theirs(4, 'tg:-1009999:9', 'And that', { replyTo: 'tg:-55:7' }),
      ];
      expect(quotes(entries).slice(2)).toEqual([
        { seq: undefined, author: undefined, name: undefined, text: '' },
        { seq: 2, author: 'agent', name: 'Amira', text: 'Of the old chat' },
      ]);
    });

    test('quote the newest text, the name of a file, and what the server says of one that is not here', () => {
      const edit = entry(2, 'customer.edit', { payload: { stimulus: { event: { id: 'm1', text: 'Where is it?' } } } });
      const file = theirs(3, 'm3', '', { media: [{ kind: 'document', fileName: 'plan.pdf' }] });
      const quoted = { author: 'assistant', text: 'In **Tower A**' };
      const shown = quotes([
        theirs(1, 'm1', 'Were is it?'),
        edit,
        file,
        theirs(4, 'm4', 'I mean', { replyTo: 'm1' }),
        theirs(5, 'm5', 'See', { replyTo: 'm3' }),
        theirs(6, 'm6', 'And this', { replyTo: 'm0', quoted }),
        theirs(7, 'm7', 'And that', { replyTo: 'm0' }),
      ]);
      expect(shown.slice(2)).toEqual([
        { seq: 1, author: 'customer', name: undefined, text: 'Where is it?' },
        { seq: 3, author: 'customer', name: undefined, text: 'plan.pdf' },
        { seq: undefined, author: 'assistant', name: undefined, text: 'In Tower A' },
        { seq: undefined, author: undefined, name: undefined, text: '' },
      ]);
    });

    test('can be answered by the names of the channel, unless they were deleted or not delivered', () => {
      const to = (entries: readonly Entry[]) => rows(entries).map((row) => (row.kind === 'message' ? row.answerTo : row.kind));
      const revoked = entry(3, 'customer.revoke', { payload: { stimulus: { event: { id: 'm1' } } } });
      expect(to([theirs(1, 'm1', 'Hello'), ours(2, '7', 'Hi')])).toEqual(['m1', '7']);
      expect(to([theirs(1, 'm1', 'Hello'), ours(2, '7', 'Hi'), revoked])).toEqual([undefined, '7']);
      const failed = { ...ours(1, '7', 'Hi'), delivery: { status: 'failed', at: 1, ref: '7' } } as const;
      const pending = { ...ours(2, '8', 'Hi'), delivery: { status: 'pending', at: 2 } } as const;
      expect(to([failed, pending])).toEqual([undefined, undefined]);
    });

    test('keep their name when the provider reports of them later', () => {
      const state = received(transcript(card('a'), [ours(1, '7', 'Hi')]), {
        type: 'delivery',
        sessionId: 'a',
        seq: 1,
        delivery: { status: 'read', at: 2 },
      });
      expect(state?.entries[0]?.delivery).toEqual({ status: 'read', at: 2, ref: '7' });
    });
  });

  test('show the card of a message and what stands above it, and places that the customer sent', () => {
    const card = { kind: 'location', latitude: 30.0444, longitude: 31.2357, name: 'Tower A' };
    const params = { text: 'Here', card };
    const media = [{ kind: 'location', latitude: 1, longitude: 2 }, { kind: 'contact', phone: '16000', name: 'Nour' }, { kind: 'contact' }];
    const drawn = rows([
      entry(1, 'agent.message', { author: 'Amira', text: 'Here\n\n📍 Tower A', payload: { effect: 'message.send', params } }),
      { ...said(2, ''), payload: { stimulus: { event: { id: 'm2', text: '', media } } } },
      entry(3, 'agent.message', { author: 'Amira', text: 'Press', payload: { params: { text: 'Press', card: { kind: 'poem' } } } }),
    ]);
    expect(drawn).toMatchObject([
      { text: 'Here', cards: [card] },
      { text: '', cards: media.slice(0, 2), files: [{ name: 'contact' }] },
      { text: 'Press', cards: [] },
    ]);
  });

  test('part what the writer had seen from what is new', () => {
    expect(rows([said(1, 'a'), said(2, 'b')], 2).map(({ kind }) => kind)).toEqual(['message', 'new', 'message']);
  });

  test('name what came with a message', () => {
    const media = [{ kind: 'image' }, { kind: 'document', fileName: 'lease.pdf', ref: 'r1', size: 7 }];
    const [row] = rows([{ ...said(1, 'look'), payload: { stimulus: { event: { media } } } }]);
    expect(row).toMatchObject({
      files: [{ name: 'image' }, { name: 'lease.pdf', path: 'received/1/1', size: 7 }],
      text: 'look',
    });
  });

  test('show what came with a message by what became of its bytes', () => {
    const media = [
      { kind: 'image', ref: 'r0', mimeType: 'image/png' },
      { kind: 'voice', ref: 'r1' },
      { kind: 'document', fileName: 'a.exe', ref: 'r2' },
    ];
    const news = (seq: number, event: object) => entry(seq, 'media', { payload: { stimulus: { event } } });
    const kept = { type: 'media.kept', messageId: 'm1', index: 0, file: 's.media-1', sha256: 'ab', mimeType: 'image/jpeg', size: 9 };
    const drawn = rows([
      { ...said(1, ''), payload: { stimulus: { kind: 'hold', stimulus: { kind: 'event', event: { id: 'm1', media } } } } },
      news(2, { ...kept, thumbnail: 's.thumbnail-1', width: 4, height: 3 }),
      news(3, { type: 'media.lost', messageId: 'm1', index: 2, reason: 'type' }),
      news(4, { type: 'media.lost', messageId: 'm1', index: 0, reason: 'gone' }),
      news(5, { ...kept, messageId: 'm2', index: 1 }),
    ]);
    expect(drawn.filter(({ kind }) => kind !== 'day')).toMatchObject([
      {
        files: [
          {
            name: 'image',
            path: 'files/s.media-1',
            thumbnail: 'files/s.thumbnail-1',
            mimeType: 'image/jpeg',
            size: 9,
            width: 4,
            height: 3,
          },
          { name: 'voice', path: 'received/1/1' },
          { name: 'a.exe', lost: 'type', mimeType: undefined },
        ],
      },
    ]);
  });

  test('name what came without characters that make it look like something else', () => {
    const named = (one: object): unknown => {
      const [row] = rows([{ ...said(1, ''), payload: { stimulus: { event: { media: [one] } } } }]);
      return row?.kind === 'message' ? row.files[0]?.name : undefined;
    };
    expect(named({ kind: 'document', fileName: 'lease_\u202Efdp.exe', ref: 'r1' })).toBe('lease_\uFFFDfdp.exe');
    expect(named({ kind: 'document', fileName: '../a\\b\n.pdf', ref: 'r1' })).toBe('..\uFFFDa\uFFFDb\uFFFD.pdf');
    expect(named({ kind: 'contact', phone: '+20 1' })).toBe('+20 1');
    expect(named({ kind: 'location', name: 'Tower\u202E A' })).toBe('Tower\uFFFD A');
  });
});
