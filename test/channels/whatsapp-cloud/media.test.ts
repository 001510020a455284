/** Files up and down, templates, and the check of the number. */

import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { type OutboundFile, Refused } from '#channels/port.ts';
import { Graph } from '#channels/whatsapp-cloud/graph.ts';
import { upload } from '#channels/whatsapp-cloud/media.ts';
import { costOf, pricesSchema } from '#channels/whatsapp-cloud/prices.ts';
import { Unavailable } from '#machines/errors.ts';
import { contentOf } from '#machines/file-content.ts';
import { bytesReceived } from '#test/file-bytes.ts';
import { checkText } from '../check-text.ts';
import { at, PHONE, says, sending, startAdapter } from './started-adapter.ts';

const to = at(PHONE);
const bytes = Uint8Array.from({ length: 50_000 }, (_, i) => (i * 7) % 256);

describe('a file of ours', () => {
  it.each([
    ['a picture', 'room.png', 'image/png', 'image', 'room.png'],
    ['a recording', 'note.ogg', 'audio/ogg', 'audio', 'note.ogg'],
    ['a film', 'view.mp4', 'video/mp4', 'video', 'view.mp4'],
    ['a document', 'plan.pdf', 'application/pdf', 'document', 'plan.pdf'],
    ['a table as plain text', 'prices.csv', 'text/csv', 'document', 'prices.csv'],
  ])('is shown as what it is: %s', async (_, name, mimeType, kind, shown) => {
    const { api, adapter } = await startAdapter();
    const call = sending();
    await adapter.send(to, says('Here it is', { file: { name, mimeType, ...contentOf(bytes) } }), call.context);
    const { file } = api.screen(PHONE).find((message) => message.file !== undefined) ?? {};
    expect(file).toMatchObject({ kind, name: shown });
    expect(Buffer.compare(file?.bytes ?? new Uint8Array(), bytes)).toBe(0);
    expect(api.shown(PHONE)).toEqual(['Here it is']);
    // A recording has no caption, so its text is a message of its own.
    expect(call.sent).toHaveLength(kind === 'audio' ? 2 : 1);
  });

  it('that is too long for a picture is a document', async () => {
    const { api, adapter } = await startAdapter();
    await adapter.send(
      to,
      says('', { file: { name: 'big.png', mimeType: 'image/png', ...contentOf(new Uint8Array(6 * 1_048_576)) } }),
      sending().context,
    );
    expect(api.screen(PHONE)[0]?.file?.kind).toBe('document');
  });

  it('that is a recording as messengers make it is a voice note, and another one is not', async () => {
    const { api, adapter } = await startAdapter();
    const bytes = Uint8Array.of(1);
    for (const mimeType of ['audio/ogg; codecs=opus', 'audio/mpeg'])
      await adapter.send(to, says('', { file: { name: 'a', mimeType, ...contentOf(bytes) } }), sending().context);
    const sent = api.callsOf(/\/messages$/).map(({ payload }) => Reflect.get(payload, 'audio'));
    expect(sent).toEqual([{ id: expect.any(String), voice: true }, { id: expect.any(String) }]);
  });

  it('of a type that WhatsApp does not take is refused with its reason', async () => {
    const { adapter } = await startAdapter();
    const file = { name: 'a.zip', mimeType: 'application/zip', ...contentOf(bytes) };
    await expect(adapter.send(to, says('', { file }), sending().context)).rejects.toThrow(/application\/zip/);
    await expect(adapter.send(to, says('', { file }), sending().context)).rejects.toBeInstanceOf(Refused);
  });
});

it('a file of ours has a time limit by its length', async () => {
  const ends = Promise.withResolvers<void>();
  let uploads = 0;
  const server = createServer((request, response) => {
    request.resume();
    request.on('end', () => {
      uploads += 1;
      // No answer to the short one. The long one is answered behind the limit of the short one.
      if (uploads === 2) void ends.promise.then(() => response.end('{"id":"1"}'));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  const graph = new Graph({ token: 'secret', root: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, timeoutMs: 200 });
  const file = (size: number): OutboundFile => ({ name: 'a.pdf', mimeType: 'application/pdf', ...contentOf(new Uint8Array(size)) });
  const { signal } = new AbortController();
  await expect(upload(graph, '1', file(1_000), signal)).rejects.toThrow(Unavailable);
  const begun = performance.now();
  const long = upload(graph, '1', file(20_000_000), signal);
  await expect.poll(() => performance.now() - begun).toBeGreaterThan(400);
  ends.resolve();
  expect(await long).toBe('1');
});

describe('a file of a customer', () => {
  it('is fetched anew each time, because its address expires', async () => {
    const { api, adapter, clock } = await startAdapter();
    const id = api.receive(bytes, 'image/jpeg');
    expect(await bytesReceived(await adapter.receivedFile(id, 100_000))).toEqual(Buffer.from(bytes));
    clock.advance(10 * 60_000);
    expect(await bytesReceived(await adapter.receivedFile(id, 100_000))).toHaveLength(bytes.length);
  });

  it('whose address expires between the two calls is asked for once more', async () => {
    const { api, adapter, clock } = await startAdapter();
    const id = api.receive(bytes, 'image/jpeg');
    let calls = 0;
    api.addressOf = (url) => {
      if (++calls === 1) clock.advance(6 * 60_000);
      return url;
    };
    expect(await bytesReceived(await adapter.receivedFile(id, 100_000))).toHaveLength(bytes.length);
    expect(calls).toBe(2);
  });

  it('that is too long is not fetched, and its reader finds out where WhatsApp does not say', async () => {
    const { api, adapter } = await startAdapter();
    const id = api.receive(bytes, 'image/jpeg');
    expect(await adapter.receivedFile(id, bytes.length - 1)).toBe('too_large');
    expect(api.callsOf(/^attachments/)).toEqual([]);
    api.hideSizes = true;
    expect(await bytesReceived(await adapter.receivedFile(id, bytes.length - 1))).toHaveLength(bytes.length);
    expect(api.callsOf(/^attachments/)).toHaveLength(1);
  });

  it('that is gone, or no id of a file, is gone', async () => {
    const { api, adapter } = await startAdapter();
    expect(await adapter.receivedFile('123456', 1_000)).toBe('gone');
    const { length } = api.calls;
    expect(await adapter.receivedFile('../106540352242922/messages', 1_000)).toBe('gone');
    expect(api.calls).toHaveLength(length);
  });

  it('at another host is never fetched, and the token goes nowhere else', async () => {
    const { api, adapter } = await startAdapter();
    const seen: unknown[] = [];
    const other = createServer((request, response) => {
      seen.push(request.headers.authorization);
      response.end('secret of the inside');
    });
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => void other.close());
    const inside = `http://127.0.0.1:${(other.address() as AddressInfo).port}/metadata`;
    const id = api.receive(bytes, 'image/jpeg');
    for (const place of [inside, 'http://169.254.169.254/latest', 'https://fbsbx.com.evil.example/x', 'file:///etc/passwd', 'no address']) {
      api.addressOf = () => place;
      await expect(adapter.receivedFile(id, 100_000), place).rejects.toBeInstanceOf(Refused);
    }
    api.addressOf = (url) => url;
    api.redirectFilesTo = inside;
    await expect(adapter.receivedFile(id, 100_000)).rejects.toBeInstanceOf(Refused);
    expect(seen).toEqual([]);
  });

  it('is tried later while WhatsApp is away', async () => {
    const { api, adapter } = await startAdapter();
    const id = api.receive(bytes, 'image/jpeg');
    api.fail(/^\d+$/, 'cut');
    await expect(adapter.receivedFile(id, 100_000)).rejects.toBeInstanceOf(Unavailable);
    api.fail(/^attachments/, { code: 1, status: 503 });
    await expect(adapter.receivedFile(id, 100_000)).rejects.toBeInstanceOf(Unavailable);
  });
});

describe('templates', () => {
  const template = (name: string, components: readonly object[], more: object = {}) => ({
    name,
    language: 'en_US',
    status: 'APPROVED',
    category: 'UTILITY',
    components,
    ...more,
  });
  const body = (text: string) => ({ type: 'BODY', text });

  it('are those that a text for each place completes, of all pages, by name', async () => {
    const { api, adapter } = await startAdapter();
    api.templates = [
      template('viewing', [body('Hello {{1}}, your viewing is at {{2}}.'), { type: 'FOOTER', text: 'Acme' }]),
      template('plain', [body('We are back.'), { type: 'BUTTONS', buttons: [{ type: 'QUICK_REPLY' }] }], {
        category: 'MARKETING',
        language: 'ar',
      }),
      template('picture', [{ type: 'HEADER', format: 'IMAGE' }, body('Look')]),
      template('header', [{ type: 'HEADER', format: 'TEXT', text: 'Dear {{1}}' }, body('Hello')]),
      template('link', [body('See'), { type: 'BUTTONS', buttons: [{ type: 'URL', url: 'https://example.com/{{1}}' }] }]),
      template('named', [body('Hello {{first_name}}')], { parameter_format: 'NAMED' }),
      template('code', [body('{{1}} is your code')], { category: 'AUTHENTICATION' }),
      template('paused', [body('Hello')], { status: 'PAUSED' }),
      { nonsense: true },
      ...Array.from({ length: 200 }, (_, i) => template(`bulk_${String(i).padStart(3, '0')}`, [body('Hi')])),
    ];
    const found = await adapter.templates(api.phoneNumberId);
    expect(found).toHaveLength(202);
    expect(found.filter(({ name }) => !name.startsWith('bulk'))).toEqual([
      { name: 'plain', language: 'ar', category: 'marketing', body: 'We are back.', parameters: 0 },
      { name: 'viewing', language: 'en_US', category: 'utility', body: 'Hello {{1}}, your viewing is at {{2}}.', parameters: 2 },
    ]);
    expect(await adapter.templates('1')).toEqual([]);
  });
});

describe('the check', () => {
  it.each([
    ['the token', { token: 'EAAJB-another-token-of-meta' }, /WHATSAPP_CLOUD_TOKEN/],
    ['the number', { phoneNumberId: '999999999999999' }, /WHATSAPP_CLOUD_PHONE_NUMBER_ID/],
    ['the root', { graphRoot: 'http://127.0.0.1:9/v25.0' }, /WHATSAPP_GRAPH_API_ROOT/],
    [
      'the address of the webhook',
      { webhookUrl: 'https://chat.example/channels/whatsapp/webhook' },
      /posts to http:.* instead of https:\/\/chat\.example/,
    ],
  ])('finds that %s is wrong', async (_, options, sentence) => {
    const { adapter } = await startAdapter({ adapter: options });
    expect(await checkText(adapter)).toMatch(sentence);
  });

  it.each([
    ['no webhook', { webhook_configuration: {} }, /posts to no webhook/],
    ['a number that is not connected', { status: 'BANNED' }, /is banned/],
    ['a number that is also in the app', { is_on_biz_app: true }, /WHATSAPP_CLOUD_MESSAGES_PER_SECOND=20/],
  ])('finds %s', async (_, number, sentence) => {
    const { api, adapter } = await startAdapter();
    api.number = number;
    expect(await checkText(adapter)).toMatch(sentence);
  });

  it('finds a business account that no app is subscribed to', async () => {
    const { api, adapter } = await startAdapter();
    api.subscribed.length = 0;
    expect(await checkText(adapter)).toMatch(/No app is subscribed/);
  });
});

describe('prices', () => {
  it.each([
    ['marketing=0.0643,utility=0.0036', { marketing: 64_300, utility: 3_600 }],
    ['marketing=0.06,EG.marketing=0.07', { marketing: 60_000, 'EG.marketing': 70_000 }],
    [' service = 0 , marketing_lite=1 ', { service: 0, marketing_lite: 1_000_000 }],
  ])('%j', (text, prices) => {
    expect(Object.fromEntries(pricesSchema.parse(text))).toEqual(prices);
  });

  it('are those of the country of the customer, where it has one', () => {
    const prices = pricesSchema.parse('utility=0.01,EG.utility=0.02');
    const pricing = { category: 'utility', type: 'regular' };
    expect(costOf(pricing, prices, 'EG.1')).toEqual({ costMicros: 20_000 });
    expect(costOf(pricing, prices, 'US.1')).toEqual({ costMicros: 10_000 });
    expect(costOf(pricing, prices)).toEqual({ costMicros: 10_000 });
    expect(costOf({ ...pricing, category: 'service' }, prices, 'EG.1')).toEqual({ unknown: 'service' });
    expect(costOf({ ...pricing, type: 'free_customer_service' }, prices, 'EG.1')).toEqual({ costMicros: 0 });
    expect(costOf(undefined, prices, 'EG.1')).toBeUndefined();
  });

  it.each([
    '',
    'eg.marketing=1',
    'EGY.marketing=1',
    'marketing',
    'marketing=',
    'marketing=-1',
    'marketing=abc',
    'marketing=11',
    'Marketing=1;utility=2',
  ])('%j is refused', (text) => {
    expect(pricesSchema.safeParse(text).success).toBe(false);
  });
});
