/**
 * Files that agents upload. What is taken, what its bytes make of it, and which of them a message
 * may send.
 */

import { describe, expect, it } from 'vitest';
import { MAX_FILE } from '#machines/session/files.ts';
import { typeOfFile } from '#src/operations/file-type.ts';
import { runOperation } from '#src/operations/operation.ts';
import { operations } from '#src/operations/operations.ts';
import { newSession, turnOn } from '#test/contracts/store-fixtures.ts';
import { bytesIn } from '#test/file-bytes.ts';
import { testContext } from './test-context.ts';

const PNG = Buffer.from('iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==', 'base64');

async function session(part: Parameters<typeof newSession>[0] = {}) {
  const delivered: unknown[] = [];
  const row = newSession(part);
  const { context, lifecycle } = testContext({
    actors: {
      deliver: async (_to, event) => {
        delivered.push(event);
        const { id: sessionId, address } = row;
        return { sessionId, address, version: 2, state: 'ACTIVE', handler: 'human', duplicate: false };
      },
      remark: () => Promise.reject(new Error('no remarks here')),
    },
  });
  await lifecycle.store.commit([turnOn(row)], 'me', 60_000);
  return {
    id: row.id,
    delivered,
    context,
    put: (name: string, bytes: Uint8Array) =>
      runOperation(operations['files.put'], context, () => ({ sessionId: row.id, name, content: Buffer.from(bytes).toString('base64') })),
    send: (event: object) => runOperation(operations['sessions.send_event'], context, () => ({ sessionId: row.id, event })),
  };
}

describe('files of agents', () => {
  it('takes a file by its bytes, and the same file once', async () => {
    const { id, put, context } = await session();
    const stored = await put('صورة.png', PNG);
    expect(stored).toEqual({ id: expect.stringMatching(`^${id}[.]agent-`), name: 'صورة.png', mimeType: 'image/png', size: PNG.length });
    expect((await put('صورة.png', PNG)).id).toBe(stored.id);
    expect((await put('other.png', PNG)).id).not.toBe(stored.id);
    const read = await runOperation(operations['files.get'], context, () => ({ sessionId: id, fileId: stored.id }));
    expect(Buffer.from((await bytesIn(read)) ?? [])).toEqual(PNG);
  });

  it.each([
    ['one that is empty', 'a.txt', new Uint8Array()],
    ['one that is too large', 'a.bin', new Uint8Array(MAX_FILE + 1)],
    ['a page that says it is an image', 'a.png', Buffer.from('<script>alert(1)</script>')],
    ['an image that says it is a document', 'a.PDF', PNG],
  ])('refuses %s', async (_what, name, bytes) => {
    const { put } = await session();
    await expect(put(name, bytes)).rejects.toMatchObject({ code: bytes.length > MAX_FILE ? /bad_file|invalid_input/ : 'bad_file' });
  });

  it('refuses a name that hides its ending, and a session that is closed or not there', async () => {
    const { put, context } = await session();
    await expect(put('invoice\u202Efdp.exe', PNG)).rejects.toMatchObject({ code: 'invalid_input' });
    const closed = await session({ open: false, closedAt: 5 });
    await expect(closed.put('a.png', PNG)).rejects.toMatchObject({ code: 'closed' });
    const input = { sessionId: '01890a5d-ac96-774b-bcce-b302099a8009', name: 'a.png', content: '' };
    await expect(runOperation(operations['files.put'], context, () => input)).rejects.toMatchObject({ code: 'not_found' });
  });

  it.each([
    ['page.html', '<!doctype html><p>Hello', 'text/plain'],
    ['drawing.svg', '<svg xmlns="http://www.w3.org/2000/svg"/>', 'text/plain'],
    ['a.jpg', '\xff\xd8\xff\xe0', 'image/jpeg'],
    ['a.webp', 'RIFF\x10\0\0\0WEBPVP8 ', 'image/webp'],
    ['a.docx', 'PK\x03\x04rest', 'application/zip'],
    ['a.pdf', '%PDF-1.7', 'application/pdf'],
    ['a.bin', '\0\x01\x02', 'application/octet-stream'],
    ['a.exe', 'MZ\x90\0', 'application/x-msdownload'],
    ['page.xml', '<?xml version="1.0"?><svg/>', 'text/plain'],
    ['voice.oga', `OggS\0\x02${'\0'.repeat(20)}\x01\x13OpusHead${'\0'.repeat(20)}`, 'audio/ogg'],
    ['constructor', 'x', 'text/plain'],
  ])('takes %s for what its bytes are', async (name, bytes, mimeType) => {
    expect((await typeOfFile(name, Buffer.from(bytes, 'latin1'))).mimeType).toBe(mimeType);
  });

  it('sends the files of the session that a message names, in their order, as they are stored', async () => {
    const { put, send, delivered } = await session();
    const image = await put('a.png', PNG);
    const text = await put('b.txt', Buffer.from('hello'));
    await send({ type: 'agent.message', text: 'Here you are', files: [text.id, image.id] });
    await send({ type: 'message', text: '', files: [image.id] });
    expect(delivered).toMatchObject([
      { type: 'agent.message', text: 'Here you are', files: [text, image] },
      { type: 'agent.message', text: '', files: [image] },
    ]);
    const other = await (await session()).put('a.png', PNG);
    for (const file of [other.id, 'nonsense', `${image.id.split('.')[0]}.agent-gone`, `${image.id.split('.')[0]}./../x`])
      await expect(send({ type: 'agent.message', text: 'x', files: [file] })).rejects.toMatchObject({ code: 'not_found' });
    for (const event of [{ text: '' }, { text: ' ', files: [image.id] }, { text: '', files: [] }, {}])
      await expect(send({ type: 'agent.message', ...event })).rejects.toMatchObject({ code: 'invalid_input' });
    expect(delivered).toHaveLength(2);
  });
});
