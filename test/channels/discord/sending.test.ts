/** Messages to Discord, its limits and its refusals (SPEC C7, C8). */

import { describe, expect, it } from 'vitest';
import { RateLimited, Refused } from '#channels/port.ts';
import { Unavailable } from '#machines/errors.ts';
import { contentOf } from '#machines/file-content.ts';
import { MAX_FILE } from '#machines/session/files.ts';
import { BOT, tooMany } from '#test/fakes/discord.ts';
import { DIRECT, GENERAL, MONA } from '#test/fakes/discord-people.ts';
import { checkText } from '../check-text.ts';
import { ADDRESS, at, eventually, IN_GENERAL, says, sending, startAdapter } from './started-adapter.ts';

describe('a send', () => {
  it('whose answer was lost shows its message once', async () => {
    const { adapter, discord } = await startAdapter();
    discord.failNext(/^POST .channels/, 'cut after');
    await expect(adapter.send(ADDRESS, says('once'), sending().context)).rejects.toThrow(Unavailable);
    const again = sending({ attempt: 2 });
    const ref = await adapter.send(ADDRESS, says('once'), again.context);
    expect(discord.channels.shown(DIRECT, BOT.id)).toEqual(['once']);
    expect(again.sent).toEqual([ref]);
    await adapter.send(ADDRESS, says('once'), sending({ key: 'session.2' }).context);
    expect(discord.channels.shown(DIRECT, BOT.id)).toEqual(['once', 'once']);
  });

  it('waits for its turn in the channel, so that Discord refuses none', async () => {
    const { adapter, discord } = await startAdapter({ fake: { limit: 5 } });
    const texts = Array.from({ length: 12 }, (_, i) => `message ${i}`);
    for (const [i, text] of texts.entries()) await adapter.send(ADDRESS, says(text), sending({ key: `session.${i}` }).context);
    expect(discord.channels.shown(DIRECT, BOT.id)).toEqual(texts);
  });

  it('after a 429 waits as long as Discord says, and leaves the channel alone meanwhile', async () => {
    const { adapter, discord, clock } = await startAdapter({ adapter: { maxWaitMs: 1_000 } });
    const before = clock.now();
    discord.failNext(/^POST .channels/, tooMany(0.3, 'shared'));
    await adapter.send(ADDRESS, says('late'), sending().context).catch((error: unknown) => expect(error).toBeInstanceOf(RateLimited));
    expect(clock.now() - before).toBeGreaterThanOrEqual(300);
    discord.failNext(/^POST .channels/, tooMany(60, 'shared'));
    const refused = await adapter.send(at('500000000000000099'), says('x'), sending().context).catch((error: unknown) => error);
    expect(refused).toBeInstanceOf(RateLimited);
    expect(refused).toHaveProperty('retryAfterMs', expect.closeTo(60_050, -3));
  });

  it('after a global 429 leaves every channel alone', async () => {
    const { adapter, discord } = await startAdapter({ manual: true, adapter: { maxWaitMs: 0 } });
    discord.failNext(/^POST .channels/, tooMany(2, 'global'));
    const first = await adapter.send(ADDRESS, says('x'), sending().context).catch((error: unknown) => error);
    expect(first).toMatchObject({ facts: { global: true } });
    const calls = discord.calls.length;
    await expect(adapter.send(IN_GENERAL, says('y'), sending().context)).rejects.toThrow(RateLimited);
    await adapter.typing(IN_GENERAL);
    expect(discord.calls).toHaveLength(calls);
  });

  it.each([
    [403, 50_007, 'blocked'],
    [403, 50_001, 'View Channel'],
    [403, 50_013, 'Send Messages'],
    [404, 10_003, 'not there any more'],
    [413, 40_005, 'larger than Discord takes'],
    [400, 50_035, 'Invalid Form Body'],
  ])('that Discord refuses for good says why: %i %i', async (status, code, words) => {
    const { adapter, discord } = await startAdapter();
    discord.failNext(/^POST .channels/, { status, body: { code, message: 'Invalid Form Body' } });
    const error = await adapter.send(ADDRESS, says('x'), sending().context).catch((failure: unknown) => failure);
    expect(error).toBeInstanceOf(Refused);
    expect(error).toMatchObject({ message: expect.stringContaining(words), facts: { code, status } });
  });

  it.each([
    ['an outage', { status: 502 }],
    ['a lost connection', 'cut'],
    ['a token that was reset', { status: 401, body: { code: 0, message: '401: Unauthorized' } }],
    ['what is not of Discord', { status: 200, body: { hello: 1 } }],
  ] as const)('is tried again after %s', async (_, fault) => {
    const { adapter, discord } = await startAdapter();
    discord.failNext(/^POST .channels/, fault);
    await expect(adapter.send(ADDRESS, says('x'), sending().context)).rejects.toThrow(Unavailable);
    await adapter.send(ADDRESS, says('x'), sending().context);
    expect(discord.channels.shown(DIRECT, BOT.id)).toEqual(['x']);
  });

  it('is refused where the address names no place, and where nothing is visible', async () => {
    const { adapter } = await startAdapter();
    await expect(adapter.send(at('somewhere'), says('x'), sending().context)).rejects.toThrow(Refused);
    await expect(adapter.send(ADDRESS, says('\u200b'), sending().context)).rejects.toThrow(Refused);
  });

  it('in a server mentions its customer, and nobody else whatever a text says', async () => {
    const { adapter, discord } = await startAdapter();
    await adapter.send(IN_GENERAL, says(`@everyone and <@1> and ${'word '.repeat(500)}`), sending().context);
    const [first, second] = discord.channels.by(GENERAL, BOT.id);
    expect(first?.content).toMatch(new RegExp(`^<@${MONA.id}> @everyone and \\\\<@1>`));
    expect(second?.content).not.toContain('<@');
    expect(first?.extra).toEqual({ allowed_mentions: { parse: [], users: [MONA.id], replied_user: false } });
  });
});

describe('a draft', () => {
  it('grows in one message at the pace of the channel, and becomes the final text', async () => {
    const { adapter, discord, clock } = await startAdapter({ fake: { limit: 5 }, manual: true });
    const shown: string[] = [];
    const draft = adapter.draft(ADDRESS, { signal: new AbortController().signal, onShown: (ref) => void shown.push(ref) });
    let text = '';
    for (let i = 0; i < 10; i++) {
      text += `**word ${i}** `;
      draft.update(text);
      await eventually(() => {
        // A slot of the limit may be free a little later.
        clock.advance(10);
        expect(discord.channels.shown(DIRECT, BOT.id)).toEqual([`${text.replaceAll('**', '').trim()} …`]);
      });
      draft.update(`${text} and`);
      // Not before its time. Then the latest text is shown, and this one never was.
      clock.advance(1_500);
      draft.update(text);
      expect(discord.calls.filter(({ path }) => path.startsWith(`/channels/${DIRECT}/messages`))).toHaveLength(i + 1);
      clock.advance(200);
    }
    const ref = await draft.close();
    expect(shown).toEqual([ref]);
    clock.advance(10_000);
    await adapter.send(ADDRESS, says(`${text}end`), sending(ref === null ? {} : { draft: ref }).context);
    expect(discord.channels.shown(DIRECT, BOT.id)).toEqual([`${text.replaceAll('**', '')}end`]);
  });

  it('that was deleted meanwhile does not cost the final text', async () => {
    const { adapter, discord } = await startAdapter();
    const draft = adapter.draft(ADDRESS, { signal: new AbortController().signal });
    draft.update('half');
    await eventually(() => expect(discord.channels.shown(DIRECT, BOT.id)).toEqual(['half …']));
    const ref = await draft.close();
    discord.channels.delete(DIRECT, ref ?? '');
    await adapter.send(ADDRESS, says('whole'), sending(ref === null ? {} : { draft: ref }).context);
    expect(discord.channels.shown(DIRECT, BOT.id)).toEqual(['whole']);
  });

  it('of another process is continued', async () => {
    const { adapter, discord } = await startAdapter();
    const first = adapter.draft(ADDRESS, { signal: new AbortController().signal });
    first.update('half');
    await eventually(() => expect(discord.channels.shown(DIRECT, BOT.id)).toEqual(['half …']));
    const resume = (await first.close()) ?? '';
    const second = adapter.draft(ADDRESS, { signal: new AbortController().signal, resume });
    second.update('half and more');
    await eventually(() => expect(discord.channels.shown(DIRECT, BOT.id)).toEqual(['half and more …']));
    expect(await second.close()).toBe(resume);
  });
});

describe('a file', () => {
  it('of the most that an agent may send is sent, and one that Discord does not take is refused', async () => {
    const { adapter, discord } = await startAdapter();
    const file = (size: number) => ({ name: 'plan.pdf', mimeType: 'application/pdf', ...contentOf(new Uint8Array(size)) });
    await adapter.send(ADDRESS, says('', { file: file(MAX_FILE) }), sending().context);
    expect(discord.channels.by(DIRECT, BOT.id)[0]?.attachments[0]?.size).toBe(MAX_FILE);
    await expect(
      adapter.send(ADDRESS, says('', { file: file(10 * 1_024 ** 2 + 1) }), sending({ key: 'session.2' }).context),
    ).rejects.toThrow('the file is larger than Discord takes in this channel');
  });

  it('from elsewhere than the site of Discord is not fetched', async () => {
    const { adapter, discord } = await startAdapter();
    const attachments = [{ ...discord.file('a.png', 'image/png', Uint8Array.of(1)), url: 'http://127.0.0.1:1/secret' }];
    const { id } = discord.channels.write(DIRECT, MONA, '', { attachments });
    await expect(adapter.receivedFile(`${DIRECT}/${id}/${attachments[0]?.id}`, 100)).rejects.toThrow(Refused);
  });
});

describe('the check', () => {
  it.each([
    ['threads', 0, 'switch on Message Content Intent'],
    ['all', 1 << 18, null],
    ['mentions', 0, null],
  ] as const)('with DISCORD_ANSWERS=%s and flags %i', async (answers, flags, expected) => {
    const { adapter, discord } = await startAdapter({ adapter: { answers } });
    discord.flags = flags;
    const found = await checkText(adapter);
    if (expected === null) expect(found).toBeNull();
    else expect(found).toContain(expected);
  });

  it('says that Discord cannot be reached', async () => {
    const { adapter, discord } = await startAdapter();
    discord.failNext(/users/, 'cut');
    expect(await checkText(adapter)).toContain('cannot be reached at http://127.0.0.1');
  });
});
