/**
 * SPEC C1, C5, X. A visitor can fetch the files that were sent to them, and other visitors cannot.
 */

import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { OutboundFile } from '#channels/port.ts';
import { Unavailable } from '#machines/errors.ts';
import { contentOf } from '#machines/file-content.ts';
import { formatAddress } from '#machines/ids.ts';
import { type WebHarness, webHarness } from './harness.ts';

const ID = '0198c0de-0000-7000-8000-000000000001.7.1';
const BYTES = Uint8Array.from({ length: 600 }, (_, i) => i % 256);
const PDF: OutboundFile = { name: 'AAPL.pdf', mimeType: 'application/pdf', ...contentOf(BYTES) };

let web: WebHarness;
beforeEach(async () => {
  web = await webHarness({ limits: { filesPerMinute: 10 } });
});
afterEach(() => web[Symbol.asyncDispose]());

/** Visitor that was sent this file. */
async function owner(file: OutboundFile = PDF): Promise<string> {
  const { visitor, token } = await web.visitor();
  web.backend.kept.set(`${formatAddress({ channel: 'web', account: 'default', peer: visitor })} ${ID}`, file);
  return token;
}

describe('GET /files/:id', () => {
  it('gives the bytes, to be saved under their name and never to be shown as a page', async () => {
    const token = await owner({ ...PDF, ...contentOf(BYTES.subarray(10, 90)) });
    const response = await web.call('GET', `/files/${ID}`, { token });
    expect(response.status).toBe(200);
    expect(new Uint8Array(await response.arrayBuffer())).toEqual(BYTES.slice(10, 90));
    expect(Object.fromEntries(response.headers)).toMatchObject({
      'content-type': 'application/pdf',
      'content-disposition': 'attachment; filename=AAPL.pdf',
      'content-length': '80',
      'x-content-type-options': 'nosniff',
      'cache-control': 'private, no-cache',
    });
  });

  it.each([
    ['تقرير AAPL.pdf', /filename\*=UTF-8''%D8%AA%D9%82%D8%B1%D9%8A%D8%B1%20AAPL\.pdf/],
    ['a "b"; c.pdf', /^attachment; filename="a \\"b\\"; c\.pdf"$/],
    ['a\r\nSet-Cookie: x=1.pdf', /^attachment; filename=/],
  ])('writes the name %j so that it ends no header', async (name, expected) => {
    const token = await owner({ ...PDF, name });
    const response = await web.call('GET', `/files/${ID}`, { token });
    expect(response.status).toBe(200);
    expect(response.headers.get('content-disposition')).toMatch(expected);
    expect(response.headers.get('set-cookie')).toBeNull();
  });

  it('is not sent again to whoever has it', async () => {
    const token = await owner();
    const etag = (await web.call('GET', `/files/${ID}`, { token })).headers.get('etag') ?? '';
    const again = await web.call('GET', `/files/${ID}`, {
      token,
      headers: { 'If-None-Match': etag, 'Cache-Control': 'max-age=0', Pragma: '' },
    });
    expect([again.status, await again.text()]).toEqual([304, '']);
  });

  it('gives a part of it, as players of films ask for', async () => {
    const token = await owner();
    const get = async (headers: Record<string, string>) => {
      const response = await web.call('GET', `/files/${ID}`, { token, headers });
      const { status } = response;
      return { status, range: response.headers.get('content-range'), bytes: new Uint8Array(await response.arrayBuffer()) };
    };
    expect(await get({ Range: 'bytes=0-1' })).toEqual({ status: 206, range: 'bytes 0-1/600', bytes: BYTES.slice(0, 2) });
    expect(await get({ Range: 'bytes=590-' })).toEqual({ status: 206, range: 'bytes 590-599/600', bytes: BYTES.slice(590) });
    expect(await get({ Range: 'bytes=-5' })).toEqual({ status: 206, range: 'bytes 595-599/600', bytes: BYTES.slice(595) });
    const { bytes: problem, ...unsatisfied } = await get({ Range: 'bytes=600-' });
    expect(unsatisfied).toEqual({ status: 416, range: 'bytes */600' });
    expect(JSON.parse(new TextDecoder().decode(problem))).toMatchObject({ code: 'range', status: 416 });
    for (const Range of ['bytes=0-1,9-10', 'lines=1-2', 'bytes=b-a'])
      expect(await get({ Range })).toMatchObject({ status: 200, bytes: BYTES });
    expect(await get({ Range: 'bytes=0-1', 'If-Range': `"${ID}"` })).toMatchObject({ status: 206 });
    expect(await get({ Range: 'bytes=0-1', 'If-Range': '"another"' })).toMatchObject({ status: 200, bytes: BYTES });
  });

  it('answers as such if it cannot be read, and cuts the answer if that shows later', async () => {
    const away = () => {
      throw new Unavailable('the store is away');
    };
    async function* early(): AsyncGenerator<Uint8Array> {
      yield away();
    }
    async function* late(): AsyncGenerator<Uint8Array> {
      yield BYTES.subarray(0, 100);
      yield away();
    }
    expect((await web.call('GET', `/files/${ID}`, { token: await owner({ ...PDF, read: early }) })).status).toBe(503);
    const cut = await web.call('GET', `/files/${ID}`, { token: await owner({ ...PDF, read: late }) });
    await expect(cut.arrayBuffer()).rejects.toThrow();
  });

  it('knows nothing of what is not the visitor’s own, and does not say whether it is there', async () => {
    const token = await owner();
    const { token: stranger } = await web.visitor();
    const answers = await Promise.all(
      [web.call('GET', `/files/${ID}`, { token: stranger }), web.call('GET', '/files/rubbish', { token })].map(async (asked) => {
        const response = await asked;
        return [response.status, response.headers.get('content-type'), await response.json()];
      }),
    );
    expect(answers[0]).toEqual([404, expect.stringContaining('application/problem+json'), expect.objectContaining({ code: 'not_found' })]);
    expect(answers[1]).toEqual(answers[0]);
  });

  it('asks who it is, takes no other method, and not too many', async () => {
    const token = await owner();
    expect((await web.call('GET', `/files/${ID}`)).status).toBe(401);
    expect((await web.call('GET', `/files/${ID}`, { token: 'rubbish' })).status).toBe(401);
    const wrong = await web.call('POST', `/files/${ID}`, { token, body: {} });
    expect([wrong.status, wrong.headers.get('allow')]).toEqual([405, 'GET']);
    const statuses: number[] = [];
    for (let i = 0; i < 12; i += 1) statuses.push((await web.call('GET', `/files/${ID}`, { token })).status);
    expect(statuses).toEqual([...Array.from({ length: 10 }, () => 200), 429, 429]);
  });

  it('tells a defect of ours to the log, not to the visitor', async () => {
    await using broken = await webHarness({ files: () => Promise.reject(new Error('the disk of host db-1')) });
    const { token } = await broken.visitor();
    const response = await broken.call('GET', `/files/${ID}`, { token });
    expect(response.status).toBe(500);
    expect(await response.text()).not.toContain('db-1');
    expect(broken.errors).toHaveLength(1);
  });
});
