import { describe, expect, it } from 'vitest';
import { type OutboundFile, Refused } from '#channels/port.ts';
import { Unavailable } from '#machines/errors.ts';
import { contentOf } from '#machines/file-content.ts';
import { bytesIn } from '#test/file-bytes.ts';
import { at, CHAT, GROUP, says, sending, startAdapter } from './started-adapter.ts';

const BYTES = Uint8Array.from({ length: 300 }, (_, i) => i % 256);
const PDF: OutboundFile = { name: 'AAPL.pdf', mimeType: 'application/pdf', ...contentOf(BYTES) };

describe('documents to Telegram (C1)', () => {
  it('is uploaded as it is, into a topic too, with its text below it', async () => {
    const { api, adapter } = await startAdapter();
    const ref = await adapter.send(at(`${GROUP}/5`), says('The **report**', { file: PDF }), sending().context);
    const [message] = api.transcript(GROUP);
    expect(message).toMatchObject({ text: 'The report', entities: [{ type: 'bold', offset: 4, length: 6 }], topic: 5 });
    expect(message?.document).toEqual({ name: 'AAPL.pdf', bytes: BYTES });
    expect(ref).toBe(`tg:${GROUP}:${message?.id}`);
  });

  it.each([
    ['a part of a larger buffer', contentOf(BYTES.subarray(100, 150)), 'AAPL.pdf'],
    ['a name in quotation marks', { name: 'the "AAPL"; filename="x.exe' }, "the 'AAPL'; filename='x.exe"],
    ['a name with a line break', { name: 'a\r\nX: y\r\n\r\nz.pdf' }, 'a__X: y____z.pdf'],
    ['an Arabic name', { name: 'تقرير 📈.pdf' }, 'تقرير 📈.pdf'],
  ])('%s harms nothing', async (_name, parts, name) => {
    const { api, adapter } = await startAdapter();
    const file = { ...PDF, ...parts };
    await adapter.send(at(CHAT), says('', { file }), sending().context);
    expect(api.documents(CHAT)).toEqual([{ name, bytes: Uint8Array.from((await bytesIn(file)) ?? []) }]);
  });

  it('a text too long for below it goes before it, and what was shown of a draft is not left over', async () => {
    const { api, adapter } = await startAdapter();
    const long = 'word '.repeat(300).trim();
    await adapter.send(at(CHAT), says('in the making'), sending().context);
    await adapter.send(at(CHAT), says(long, { file: PDF }), sending({ draft: '1' }).context);
    expect(api.transcript(CHAT).map(({ text, document }) => document?.name ?? text)).toEqual([long, 'AAPL.pdf']);
    await adapter.send(at(CHAT), says('in the making'), sending().context);
    const draft = String(api.transcript(CHAT).at(-1)?.id);
    await adapter.send(at(CHAT), says('short', { file: PDF }), sending({ draft }).context);
    expect(api.transcript(CHAT).map(({ text }) => text)).toEqual([long, '', 'short']);
  });

  it('waits its turn like a message, and waits a short retry_after out', async () => {
    const { api, adapter, clock } = await startAdapter({ api: { limits: true } });
    const begun = clock.now();
    await adapter.send(at(CHAT), says('text'), sending().context);
    api.fail('sendDocument', { status: 429, retryAfter: 5 });
    await adapter.send(at(CHAT), says('', { file: PDF }), sending().context);
    expect(clock.now() - begun).toBeGreaterThanOrEqual(6_000);
    expect(api.callsOf('sendDocument').map(({ status }) => status)).toEqual([429, 200]);
    expect(api.documents(CHAT)).toHaveLength(1);
  });

  it('says what can be tried again and what cannot', async () => {
    const { api, adapter } = await startAdapter();
    const send = (file: OutboundFile) => adapter.send(at(CHAT), says('', { file }), sending().context);
    api.fail('sendDocument', { status: 502 });
    await expect(send(PDF)).rejects.toThrow(Unavailable);
    api.fail('sendDocument', 'cut');
    await expect(send(PDF)).rejects.toThrow(Unavailable);
    api.fail('sendDocument', { status: 403, description: 'Forbidden: bot was blocked by the user' });
    await expect(send(PDF)).rejects.toThrow(Refused);
    await expect(send({ ...PDF, ...contentOf(new Uint8Array(50_000_001)) })).rejects.toThrow(/at most 50000000/);
    await expect(adapter.send(at(CHAT), says(''), sending().context)).rejects.toThrow(Refused);
    expect(api.documents(CHAT)).toEqual([]);
    await send(PDF);
    expect(api.documents(CHAT)).toHaveLength(1);
  });

  it('goes to where a group has moved', async () => {
    const { api, adapter } = await startAdapter();
    const moved = -1_009_999;
    api.chats.open(moved);
    api.chats.open(GROUP).movedTo = moved;
    await adapter.send(at(GROUP), says('', { file: PDF }), sending().context);
    expect(api.documents(moved)).toHaveLength(1);
  });
});
