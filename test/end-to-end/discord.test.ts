/**
 * The main job over Discord's protocol (SPEC C4, C6, C8). The whole app runs against a Discord with
 * the real discord.js, and once as a process that is killed.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, it, vi } from 'vitest';
import { discordPlugin } from '#channels/discord/plugin.ts';
import { ConsoleClient } from '#console/client/client.ts';
import { BOT, type Discord, startDiscord, TOKEN } from '#test/fakes/discord.ts';
import { DIRECT, GENERAL, MONA, People } from '#test/fakes/discord-people.ts';
import { createTestDatabase } from '#test/postgres-server.ts';
import { Api } from './api.ts';
import { startProcess } from './app-process.ts';
import { fastClock } from './fast-clock.ts';
import { DictatedModel, type Writing } from './models.ts';
import { API_TOKEN, PATIENCE, type RunningApp, runApp } from './running-app.ts';

/** Discord's limits are passed through this much faster. */
const SPEED = 20;
const ADDRESS = `discord:${BOT.id}:${DIRECT}`;

const closings: (() => Promise<unknown> | undefined)[] = [];
afterEach(async () => {
  for (const close of closings.splice(0).toReversed()) await close();
});

async function openDiscord(now?: () => number): Promise<{ discord: Discord; people: People }> {
  const discord = await startDiscord({ limit: 5, ...(now === undefined ? {} : { now }) });
  closings.push(() => discord.close());
  return { discord, people: new People(discord) };
}

const shown = (discord: Discord, channel = DIRECT): string[] => discord.channels.shown(channel, BOT.id);
const settings = (discord: Discord) => ({ DISCORD_BOT_TOKEN: TOKEN, DISCORD_API_ROOT: discord.url });

async function sessionAt(app: RunningApp, address: string): Promise<string> {
  return vi.waitFor(async () => {
    const [newest] = await app.api.sessionsAt(address);
    if (!newest) throw new Error('nobody has written yet');
    return newest.id;
  }, PATIENCE);
}

it('answers a direct message by a text that grows, a person takes over in the console, and files go both ways', async () => {
  const clock = fastClock(Date.now(), SPEED);
  const { discord, people } = await openDiscord(clock.now);
  const { connectionString } = await createTestDatabase();
  const model = new DictatedModel();
  const app = await runApp(
    { ...settings(discord), DATABASE_URL: connectionString },
    { channels: [discordPlugin({ clock })], provider: model, policy: { debounceMs: 0 } },
  );
  closings.push(() => app.stop());
  await expect.poll(() => discord.gateway.connected, PATIENCE).toBe(1);
  const writing = (index: number): Promise<Writing> =>
    vi.waitFor(() => {
      const found = model.writings.filter(({ request }) => request.workflow === 'conversation')[index];
      if (found === undefined) throw new Error('the model was not asked');
      return found;
    }, PATIENCE);

  people.says('What is open in Cairo?');
  const first = await writing(0);
  first.write('Two **flats');
  await expect.poll(() => shown(discord), PATIENCE).toEqual(['Two flats …']);
  first.write('** in Maadi.');
  first.end();
  await expect.poll(() => shown(discord), PATIENCE).toEqual(['Two flats in Maadi.']);
  expect(discord.channels.by(DIRECT, BOT.id)[0]?.content).toBe('Two **flats** in Maadi.');

  // A command shows that it is taken, and its answer takes the place of that.
  const help = people.commands('help');
  await expect.poll(() => shown(discord).at(-1), PATIENCE).toContain('/agent brings a human');
  expect(help.callbacks).toEqual([{ type: 5 }]);
  expect(shown(discord)).toHaveLength(2);

  // An image is kept for the agent who takes over, with the words below it.
  const bytes = Uint8Array.from(
    Buffer.from('iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==', 'base64'),
  );
  people.says('like this one', { attachments: [discord.file('flat.png', 'image/png', bytes)] });
  const second = await writing(1);
  const id = await sessionAt(app, ADDRESS);
  const amira = new ConsoleClient({ url: `${app.url.replace('http', 'ws')}/console/ws`, token: async () => ({ token: API_TOKEN }) });
  closings.push(async () => amira.stop());
  amira.start();
  second.write('Let me see');
  await expect.poll(() => shown(discord).at(-1), PATIENCE).toBe('Let me see …');
  await amira.send({ type: 'claim', sessionId: id });
  await expect.poll(() => second.aborted, PATIENCE).toBe(true);
  second.write(' what I find');
  second.end();
  const entries = await app.api.history(id);
  const sent = entries.find(({ text }) => text === 'like this one');
  const image = await fetch(`${app.url}/api/sessions/${id}/received/${sent?.seq}/0`, { headers: { authorization: `Bearer ${API_TOKEN}` } });
  expect(Buffer.compare(new Uint8Array(await image.arrayBuffer()), bytes)).toBe(0);

  const plan = Buffer.from('%PDF-1.4\n% a plan of the flat\n');
  const uploaded = await fetch(`${app.url}/api/sessions/${id}/files?name=${encodeURIComponent('plan.pdf')}`, {
    method: 'POST',
    headers: { authorization: `Bearer ${API_TOKEN}`, 'content-type': 'application/pdf' },
    body: plan,
  });
  const file: unknown = await uploaded.json();
  const fileId = String(file instanceof Object && 'id' in file ? file.id : '');
  const seen = (await app.api.session(id)).version;
  await amira.send({ type: 'send', sessionId: id, text: 'Here is _its_ plan.', files: [fileId], seen });
  await expect
    .poll(() => discord.channels.by(DIRECT, BOT.id).flatMap(({ attachments }) => attachments.map(({ filename }) => filename)), PATIENCE)
    .toEqual(['plan.pdf']);
  expect(shown(discord)).toContain('Here is its plan.');
  expect(Buffer.compare(discord.channels.by(DIRECT, BOT.id).at(-1)?.attachments[0]?.bytes ?? new Uint8Array(), plan)).toBe(0);
  expect(shown(discord).some((text) => text.includes('what I find'))).toBe(false);

  // What the customer changes and takes back is in the history.
  const last = people.says('Tanks!');
  people.edits(last, 'Thanks!');
  people.reacts(discord.channels.by(DIRECT, BOT.id)[0] ?? last, '❤️');
  people.deletes(last);
  await expect
    .poll(async () => (await app.api.history(id)).map(({ kind }) => kind).filter((kind) => /edit|reaction|revoke/.test(kind)), PATIENCE)
    .toEqual(['customer.edit', 'customer.reaction', 'customer.revoke']);

  // Discord takes 2,000 characters in a message.
  const letter = Array.from({ length: 150 }, (_, index) => `Point ${index} of the plan.`).join(' ');
  const before = shown(discord).length;
  await amira.send({ type: 'send', sessionId: id, text: letter, seen: (await app.api.history(id)).at(-1)?.seq ?? 0 });
  await expect.poll(() => shown(discord).slice(before).join(' '), PATIENCE).toBe(letter);
  expect(shown(discord).length - before).toBe(Math.ceil(letter.length / 2_000));

  // The question for a rating has buttons.
  await amira.send({ type: 'close', sessionId: id });
  await expect.poll(() => shown(discord).at(-1), PATIENCE).toContain('How was our help?');
  const best = JSON.stringify(discord.channels.by(DIRECT, BOT.id).at(-1)?.components).match(/"label":"5 [^}]*"custom_id":"([^"]+)"/)?.[1];
  people.presses(discord.channels.by(DIRECT, BOT.id).at(-1) ?? last, best ?? '');
  await expect.poll(() => shown(discord).at(-1), PATIENCE).toContain('Thank you for your rating');
});

it('takes what was written while its process was killed, once and in order, in direct messages and in a server', async () => {
  const { discord, people } = await openDiscord();
  const { connectionString } = await createTestDatabase();
  const folder = await mkdtemp(join(tmpdir(), 'statechat-discord-'));
  closings.push(() => rm(folder, { recursive: true, force: true, maxRetries: 20 }));
  const start = () => {
    const app = startProcess(['src/main.ts', 'start'], {
      PORT: '0',
      STATECHAT_DATA_DIR: folder,
      DATABASE_URL: connectionString,
      STATECHAT_API_TOKEN: API_TOKEN,
      ...settings(discord),
    });
    closings.push(() => app.end('SIGKILL'));
    return app;
  };
  const first = start();
  const [, url = ''] = await first.printed(/Chat\s+(http:\S+)\/chat/);
  await expect.poll(() => discord.gateway.connected, PATIENCE).toBe(1);
  people.says('Hello');
  people.says(`<@${BOT.id}> hello from the server`, { to: GENERAL });
  await expect.poll(() => [shown(discord).length, shown(discord, GENERAL).length], PATIENCE).toEqual([1, 1]);
  expect(shown(discord, GENERAL)[0]).toMatch(new RegExp(`^<@${MONA.id}> `));
  // A death before the mark of a message would show it once more, as it is documented.
  const api = new Api(url, API_TOKEN);
  for (const { id } of await api.sessions()) {
    await expect.poll(async () => (await api.said(id)).at(-1)?.delivery?.status, PATIENCE).toBe('sent');
  }
  await first.end('SIGKILL');
  await expect.poll(() => discord.gateway.connected, PATIENCE).toBe(0);

  // Nothing of this reaches a gateway.
  discord.gateway.forget();
  for (const text of ['/stop', '/help']) people.says(text);
  people.says(`<@${BOT.id}> /help`, { to: GENERAL });
  people.says('not for the bot', { to: GENERAL });
  const second = start();
  await second.printed(/Chat\s+http/);
  await expect
    .poll(() => shown(discord).slice(1), PATIENCE)
    .toEqual([expect.stringContaining('nothing to stop'), expect.stringContaining('/agent brings a human')]);
  await expect.poll(() => shown(discord, GENERAL).slice(1), PATIENCE).toEqual([expect.stringContaining('/agent brings a human')]);

  // A clean end closes the connection, and a start after it repeats nothing.
  expect(await second.end('SIGTERM')).toBe(0);
  const before = [...shown(discord), ...shown(discord, GENERAL)];
  const third = start();
  await third.printed(/Chat\s+http/);
  people.says('/reset');
  await expect.poll(() => shown(discord).at(-1), PATIENCE).toContain('This conversation is cleared');
  expect([...shown(discord).slice(0, -1), ...shown(discord, GENERAL)]).toEqual(before);
});
