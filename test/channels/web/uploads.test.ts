/**
 * SPEC C1, C5, X. A visitor uploads files and names them in a message, which then has them as its
 * media.
 */

import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { MAX_FILES } from '#channels/web/upload.ts';
import { bytesReceived } from '#test/file-bytes.ts';
import { image } from '#test/src/media/samples.ts';
import { type WebHarness, webHarness } from './harness.ts';

let web: WebHarness;
beforeEach(async () => {
  web = await webHarness({ limits: { uploadsPerMinute: 12 } });
});
afterEach(() => web[Symbol.asyncDispose]());

async function upload(token: string, name: string, bytes: Uint8Array, type = 'application/octet-stream') {
  const path = `/files?name=${encodeURIComponent(name)}`;
  const response = await web.call('POST', path, { token, raw: Buffer.from(bytes), headers: { 'Content-Type': type } });
  const body: unknown = await response.json();
  return { status: response.status, ...Object(body) };
}

const send = async (token: string, body: object) => {
  const response = await web.call('POST', '/messages', { token, body: { id: 'm1', ...body } });
  return { status: response.status, body: Object(await response.json()) };
};

describe('POST /files', () => {
  it('takes a file by its bytes, once however often it comes, and a message names it', async () => {
    const { visitor, token } = await web.visitor();
    const bytes = await image('png', 20, 10);
    const first = await upload(token, 'شاطئ.png', bytes, 'text/html');
    expect(first).toEqual({
      status: 201,
      id: expect.stringMatching(/^[\w-]{43}$/),
      name: 'شاطئ.png',
      mimeType: 'image/png',
      size: bytes.length,
    });
    expect(await upload(token, 'شاطئ.png', bytes)).toEqual(first);
    expect((await send(token, { text: '', files: [first.id] })).status).toBe(200);
    const [event] = web.backend.heard;
    const ref = `web:default:${visitor} ${first.id}`;
    expect(event).toMatchObject({
      type: 'message',
      text: '',
      media: [{ kind: 'image', ref, mimeType: 'image/png', fileName: 'شاطئ.png', size: bytes.length }],
    });
    expect(await bytesReceived(await web.channel.receivedFile(ref, 1_000_000))).toEqual(bytes);
    expect(await web.channel.receivedFile(ref, bytes.length - 1)).toBe('too_large');
    for (const other of ['nonsense', `web:default:${visitor} none`, `web:default:v_other ${first.id}`])
      expect(await web.channel.receivedFile(other, 1_000_000)).toBe('gone');
  });

  it('come before where the visitor is', async () => {
    const { token } = await web.visitor();
    const { id } = await upload(token, 'a.txt', Buffer.from('a'));
    await send(token, { text: '', files: [id], location: { latitude: 1, longitude: 2 } });
    expect(web.backend.heard).toMatchObject([{ media: [{ kind: 'document' }, { kind: 'location', latitude: 1, longitude: 2 }] }]);
  });

  it('makes a command of a caption that is one', async () => {
    const { token } = await web.visitor();
    const { id } = await upload(token, 'a.txt', Buffer.from('a'));
    await send(token, { text: '/start now', files: [id] });
    expect(web.backend.heard).toMatchObject([{ type: 'command', name: 'start', media: [{ kind: 'document', fileName: 'a.txt' }] }]);
  });

  it.each([
    ['an empty one', 'a.txt', new Uint8Array(), 422, 'bad_file'],
    ['one that is too large', 'a.txt', Buffer.alloc(1_000_001, 'a'), 413, 'too_large'],
    ['a page with the name of an image', 'a.png', Buffer.from('<script>'), 422, 'bad_file'],
    ['a program', 'a.dat', Buffer.from(`MZ${'\0'.repeat(80)}`), 422, 'bad_file'],
    ['a name of nothing', '\u202e/', Buffer.from('a'), 400, 'invalid_input'],
  ])('refuses %s, and says what to do', async (_, name, bytes, status, code) => {
    const { token } = await web.visitor();
    expect(await upload(token, name, bytes)).toMatchObject({ status, code, detail: expect.stringMatching(/\w/) });
  });

  it('refuses a body that is compressed, which could be of any size', async () => {
    const { token } = await web.visitor();
    const response = await web.call('POST', '/files?name=a.txt', { token, raw: 'a', headers: { 'Content-Encoding': 'gzip' } });
    expect(response.status).toBe(415);
  });

  it('asks who it is and for a name, and takes not too many', async () => {
    const { token } = await web.visitor();
    expect((await web.call('POST', '/files?name=a.txt', { raw: 'a' })).status).toBe(401);
    expect((await web.call('POST', '/files', { token, raw: 'a' })).status).toBe(400);
    const statuses: number[] = [];
    for (let i = 0; i < 13; i += 1) statuses.push((await upload(token, `${i}.txt`, Buffer.from('a'))).status);
    expect(statuses.slice(-3)).toEqual([201, 429, 429]);
  });

  it('says before what it takes', async () => {
    const response = await web.call('GET', '/files');
    expect(await response.json()).toMatchObject({ maxBytes: 1_000_000, maxFiles: MAX_FILES, types: expect.arrayContaining(['image/*']) });
  });
});

describe('a message', () => {
  it('that names what is not there, or another visitor’s, is refused and reaches nobody', async () => {
    const { token } = await web.visitor();
    const { token: stranger } = await web.visitor();
    const { id } = await upload(token, 'a.txt', Buffer.from('a'));
    for (const files of [['none'], [id, 'none']])
      expect(await send(token, { text: 'x', files })).toMatchObject({ status: 422, body: { code: 'unknown_file' } });
    expect((await send(stranger, { text: 'x', files: [id] })).status).toBe(422);
    expect((await send(token, { text: '', files: [] })).status).toBe(400);
    expect((await send(token, { text: 'x', files: Array.from({ length: MAX_FILES + 1 }, () => id) })).status).toBe(400);
    expect(web.backend.heard).toEqual([]);
  });
});
