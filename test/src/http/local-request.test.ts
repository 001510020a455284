import type { IncomingHttpHeaders } from 'node:http';
import { expect, test } from 'vitest';
import { isLocal } from '#src/http/local-request.ts';

function from(remoteAddress: string, host: string | undefined, headers: IncomingHttpHeaders = {}): boolean {
  return isLocal({ httpVersion: '1.1', socket: { remoteAddress }, headers: { ...headers, ...(host === undefined ? {} : { host }) } });
}

test.each([
  ['127.0.0.1', 'localhost:3000'],
  ['127.0.0.1', '127.0.0.1'],
  ['::1', '[::1]:3000'],
  ['::ffff:127.0.0.1', 'LOCALHOST:3000'],
])('a caller at %s that called %s is on this machine', (address, host) => {
  expect(from(address, host)).toBe(true);
});

test.each([
  ['192.168.1.7', 'localhost:3000', {}],
  ['127.0.0.1', 'chat.example.com', {}],
  // The name of another site that leads here, as in DNS rebinding.
  ['127.0.0.1', 'localhost.example.com:3000', {}],
  ['127.0.0.1', undefined, {}],
  ['127.0.0.1', 'localhost:3000', { 'x-forwarded-for': '203.0.113.7' }],
  ['127.0.0.1', 'localhost:3000', { forwarded: 'for=203.0.113.7' }],
  ['127.0.0.1', '127.0.0.1:3000', { 'x-real-ip': '203.0.113.7' }],
  ['127.0.0.1', '127.0.0.1:3000', { 'x-forwarded-proto': 'https' }],
  ['127.0.0.1', 'localhost:3000', { via: '1.1 example' }],
])('a caller at %s that called %s with %j is not', (address, host, headers) => {
  expect(from(address, host, headers)).toBe(false);
});

test("nginx's defaults are not a caller on this machine", () => {
  const request = { socket: { remoteAddress: '127.0.0.1' }, headers: { host: '127.0.0.1:3000', connection: 'close' } };
  expect(isLocal({ ...request, httpVersion: '1.0' })).toBe(false);
  expect(isLocal({ ...request, httpVersion: '1.1' })).toBe(true);
});
