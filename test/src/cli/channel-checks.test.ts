/** What `statechat doctor` shows of channels, with a program that runs and without one. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import type { RequestListener } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import encodeQR from 'qr';
import decodeQR from 'qr/decode.js';
import { afterEach, describe, expect, it, onTestFinished } from 'vitest';
import { parseAddress } from '#machines/ids.ts';
import { channelChecks } from '#src/cli/channel-checks.ts';
import { type Check, type Finding, runDoctor } from '#src/cli/doctor.ts';
import { findProgram, localUrl, type RunningChannel } from '#src/cli/running-program.ts';
import { testMessageCheck } from '#src/cli/test-message.ts';
import { type Config, readConfig } from '#src/config/config.ts';
import { listen } from '#src/http/server.ts';
import { startBotApi } from '#test/fakes/bot-api.ts';
import { startGraphApi } from '#test/fakes/graph-api.ts';

const TOKEN = 'the-token-of-the-program';
const ADDRESS = parseAddress('telegram:100:4242');

const folders: string[] = [];
afterEach(() => Promise.all(folders.splice(0).map((folder) => rm(folder, { recursive: true }))));

async function folder(token?: string): Promise<string> {
  const made = await mkdtemp(join(tmpdir(), 'channel-checks-'));
  folders.push(made);
  if (token !== undefined) await writeFile(join(made, 'api-token'), `${token}\n`);
  return made;
}

function channel(changes: Partial<RunningChannel>): RunningChannel {
  return {
    name: 'telegram',
    title: 'Telegram',
    state: 'connected',
    problem: null,
    problemKind: null,
    checkedAt: 1,
    qr: null,
    pairingCode: null,
    webhookUrl: null,
    needs: [],
    newestAt: null,
    recent: [],
    sends: true,
    ...changes,
  };
}

/** A program that takes the token. `answer` is to requests of its API. */
async function program(answer: RequestListener): Promise<number> {
  const server = await listen(
    (request, response) => {
      response.setHeader('connection', 'close').setHeader('content-type', 'application/json');
      if (request.url === '/healthz') return response.end('{"status":"ok"}');
      if (request.headers.authorization !== `Bearer ${TOKEN}`)
        return response
          .writeHead(401)
          .end(JSON.stringify({ code: 'unauthorized', title: 'Unauthorized', detail: 'Send it.', status: 401 }));
      return answer(request, response);
    },
    { host: '127.0.0.1', port: 0 },
  );
  onTestFinished(() => server.close(100));
  return server.port;
}

const lists =
  (channels: readonly object[]): RequestListener =>
  (_request, response) =>
    response.end(JSON.stringify({ channels }));

async function configOf(settings: Readonly<Record<string, string>>): Promise<Config> {
  return readConfig({ PORT: '0', STATECHAT_DATA_DIR: await folder(), STATECHAT_API_TOKEN: TOKEN, ...settings });
}

async function printed(checks: readonly Check[]): Promise<string> {
  const lines: string[] = [];
  await runDoctor(checks, (line) => lines.push(line));
  return lines.join('\n');
}

async function shown(config: Config): Promise<string> {
  return await printed(channelChecks(config, await findProgram(config)));
}

/** What a reader of QR codes reads on the terminal. A full block is light. */
function read(text: string): string {
  const rows = text.split('\n').map((line) => line.trim());
  const drawn = rows.filter((line) => /^[█▀▄ ]{20,}$/.test(line));
  const scale = 4;
  const modules = drawn.flatMap((line) => [[...line].map((one) => '█▀'.includes(one)), [...line].map((one) => '█▄'.includes(one))]);
  const [height, width] = [modules.length * scale, (modules[0]?.length ?? 0) * scale];
  const data = new Uint8Array(width * height * 3);
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++)
      data.fill(modules[Math.floor(y / scale)]?.[Math.floor(x / scale)] === true ? 255 : 0, (y * width + x) * 3, (y * width + x + 1) * 3);
  return decodeQR({ width, height, data });
}

describe('the channels of a program that runs', () => {
  const all = [
    channel({ name: 'web', problem: null }),
    channel({ webhookUrl: 'https://chat.example.com/channels/telegram/webhook' }),
    channel({ name: 'discord', state: 'off', problem: 'To use it, set DISCORD_BOT_TOKEN and restart Statechat.' }),
    channel({ name: 'slow', state: 'starting', problem: 'The browser ended.' }),
    channel({ name: 'whatsapp', state: 'failed', problem: 'Get a new token.\nSet it.', webhookUrl: 'https://chat.example.com/w' }),
    channel({ name: 'sms', state: 'failed' }),
  ];

  it('are shown with their state, the last problem and the address of the webhook', async () => {
    const port = await program(lists(all));
    expect(await shown(await configOf({ PORT: String(port) }))).toBe(
      [
        '✔ Channel web: ready',
        '✔ Channel telegram: ready, webhook at https://chat.example.com/channels/telegram/webhook',
        '• Channel discord: off. To use it, set DISCORD_BOT_TOKEN and restart Statechat.',
        '• Channel slow: starting. The browser ended.',
        '✘ Channel whatsapp: not usable, webhook at https://chat.example.com/w',
        '    Get a new token.',
        '    Set it.',
        '✘ Channel sms: not usable',
        '    Its log says why.',
        '2 of 6 checks found something to fix.',
      ].join('\n'),
    );
  });

  it('are shown with a code to scan, and one to enter, while they wait to be paired', async () => {
    const text = `2@${'abcdefgh'.repeat(25)},q/xx=,yy==`;
    const qr = { size: 29, path: 'M0 0h1v1h-1z', text };
    const pairing = { name: 'whatsapp-web', state: 'pairing', webhookUrl: null } as const;
    const port = await program(
      lists([channel({ ...pairing, qr, pairingCode: 'ABCD-1234' }), channel({ ...pairing, pairingCode: 'EFGH' }), channel(pairing)]),
    );
    const out = await shown(await configOf({ PORT: String(port) }));
    expect(read(out)).toBe(text);
    expect(out).toContain('✘ Channel whatsapp-web: waiting to be paired\n    Open Linked devices on the phone and scan this code.');
    expect(out).toContain(encodeQR(text, 'ascii').split('\n').join('\n    ').trimEnd());
    expect(out).toContain('\n    Or enter this code on the phone: ABCD-1234\n');
    expect(out).toContain('\n    Enter this code on the phone: EFGH\n');
    expect(out).toContain('The code is not there yet. Run this again in a moment.');
  });

  it('are asked for at the host and port, with the token of its data folder if none is set', async () => {
    const port = await program(lists([channel({ name: 'web' })]));
    const config = readConfig({ PORT: String(port), STATECHAT_DATA_DIR: await folder(TOKEN) });
    expect(await shown(config)).toContain('✔ Channel web: ready');
    expect(localUrl({ host: '0.0.0.0', port: 80 })).toBe('http://127.0.0.1:80');
    expect(localUrl({ host: '::', port: 80 })).toBe('http://[::1]:80');
    expect(localUrl({ host: 'fe80::1', port: 80 })).toBe('http://[fe80::1]:80');
    expect(localUrl({ host: '192.168.1.5', port: 80 })).toBe('http://192.168.1.5:80');
  });

  it('check themselves where the program cannot be used, and the reason comes first', async () => {
    const port = await program(lists([]));
    const other = await configOf({ PORT: String(port), STATECHAT_API_TOKEN: 'another-token-than-its-own' });
    const refused = await shown(other);
    expect(refused).toMatch(
      /^✘ Running Statechat: the one at http:\/\/127\.0\.0\.1:\d+ refuses the token\n {4}STATECHAT_API_TOKEN is another/,
    );
    expect(refused).toMatch(/✔ Channel web: ready[\s\S]*• Channel telegram: off\. To use it, set TELEGRAM_BOT_TOKEN/);
    expect(refused).not.toContain(TOKEN);
    const unknown = readConfig({ PORT: String(port), STATECHAT_DATA_DIR: await folder() });
    expect(await shown(unknown)).toMatch(
      /^✘ Running Statechat: the token .* is not known\n {4}.*api-token has no token of it\. Set STATECHAT_API_TOKEN/,
    );
    const newer = await program((_request, response) => response.end('{"channels":[{"name":"web"}]}'));
    expect(await shown(await configOf({ PORT: String(newer) }))).toMatch(/^✘ Running Statechat: .*another version\n {4}Restart it/);
    const silent = await configOf({ PORT: String(await program(() => undefined)) });
    expect(await findProgram(silent, 50)).toMatchObject({
      finding: { fix: 'It has not answered within 0.05 s. See its log and its /readyz.' },
    });
    const broken = await program((_request, response) => response.end('no JSON'));
    expect(await shown(await configOf({ PORT: String(broken) }))).toMatch(/^✘ Running Statechat: .*does not say.*\n {4}.*HOST and PORT/);
  });
});

describe('the channels where no program runs', () => {
  it('check themselves, and their webhooks are shown', async () => {
    const [telegram, graph] = await Promise.all([startBotApi(), startGraphApi()]);
    onTestFinished(async () => void (await Promise.all([telegram.close(), graph.close()])));
    graph.webhooks.url = 'https://chat.example.com/channels/whatsapp/webhook';
    const settings = {
      STATECHAT_PUBLIC_URL: 'https://chat.example.com',
      TELEGRAM_BOT_TOKEN: telegram.token,
      TELEGRAM_API_ROOT: telegram.url,
      TELEGRAM_MODE: 'polling',
      ...graph.settings,
    };
    const config = await configOf(settings);
    const out = await shown(config);
    expect(out).toMatch(/✔ Channel telegram: ready$/m);
    expect(out).toMatch(/✔ Channel whatsapp: ready, webhook at https:\/\/chat\.example\.com\/channels\/whatsapp\/webhook$/m);
    expect(out).toMatch(/• Channel discord: off\. To use it, set DISCORD_BOT_TOKEN/);
    const hooked = { ...settings, TELEGRAM_MODE: 'webhook', TELEGRAM_WEBHOOK_SECRET: 'a-secret_of-the-webhook' };
    const wrong = await shown(
      await configOf({ ...hooked, TELEGRAM_BOT_TOKEN: '1:another-token', WHATSAPP_CLOUD_TOKEN: 'EAAJB-another-token-of' }),
    );
    expect(wrong).toMatch(
      /✘ Channel telegram: not usable, webhook at https:\/\/chat\.example\.com\/channels\/telegram\/webhook\n {4}.*TELEGRAM_BOT_TOKEN/,
    );
    expect(wrong).toMatch(/✘ Channel whatsapp: not usable, webhook at .*\n {4}.*WHATSAPP_CLOUD_TOKEN/);
  });

  it('are those of an agent process too, which has none of its own', async () => {
    const port = await program((_request, response) =>
      response.writeHead(404).end(JSON.stringify({ code: 'not_found', title: 'Not found', detail: 'Nothing is here.', status: 404 })),
    );
    expect(await findProgram(await configOf({ PORT: String(port) }))).toEqual({ state: 'absent', url: `http://127.0.0.1:${port}` });
  });
});

describe('a test message', () => {
  const signal = new AbortController().signal;
  const sent = async (config: Config): Promise<Finding> => testMessageCheck(await findProgram(config), ADDRESS).run(signal);

  const answers = (status: number, body: object, found: Partial<RunningChannel> = {}): { asked: string[]; listener: RequestListener } => {
    const asked: string[] = [];
    return {
      asked,
      listener: async (request, response) => {
        if (request.method === 'GET')
          return lists([channel({ name: 'web', problem: 'of another one' }), channel(found)])(request, response);
        for await (const chunk of request) asked.push(`${request.method} ${request.url} ${chunk}`);
        response.writeHead(status).end(JSON.stringify(body));
      },
    };
  };

  it('is sent by the program, and named by the provider', async () => {
    const { asked, listener } = answers(200, { ref: 'tg:17' });
    const config = await configOf({ PORT: String(await program(listener)) });
    expect(await sent(config)).toEqual({
      status: 'well',
      detail: 'sent to telegram:100:4242, and the provider took it as tg:17. See whether it has arrived',
    });
    expect(asked).toEqual([`POST /api/channels/test {"address":"${ADDRESS}"}`]);
  });

  it('that was refused says why, and what is wrong with the channel', async () => {
    const problem = { code: 'refused', title: 'Refused', detail: 'the customer blocked the bot', status: 409 };
    const { listener } = answers(409, problem, { state: 'failed', problem: 'Get a new token.' });
    expect(await sent(await configOf({ PORT: String(await program(listener)) }))).toEqual({
      status: 'wrong',
      detail: 'not sent to telegram:100:4242',
      fix: 'the customer blocked the bot\nGet a new token.',
    });
  });

  it('is not sent without a program, or with another token, and says so', async () => {
    expect(await sent(await configOf({ PORT: '0' }))).toMatchObject({
      status: 'wrong',
      detail: 'not sent, because no Statechat runs at http://127.0.0.1:0',
      fix: expect.stringContaining('npm start'),
    });
    const { asked, listener } = answers(200, { ref: '1' });
    const config = await configOf({ PORT: String(await program(listener)), STATECHAT_API_TOKEN: 'another-token-than-its-own' });
    expect(await sent(config)).toMatchObject({
      status: 'wrong',
      detail: expect.stringMatching(/^not sent, because the one at http\S+ refuses the token$/),
      fix: expect.stringContaining('STATECHAT_API_TOKEN'),
    });
    expect(asked).toEqual([]);
  });
});
