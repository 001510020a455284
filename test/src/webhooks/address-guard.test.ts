import type { LookupAddress } from 'node:dns';
import type { LookupFunction } from 'node:net';
import { describe, expect, test } from 'vitest';
import { addressGuard, InternalAddress, isInternal } from '#src/webhooks/address-guard.ts';

const strict = addressGuard({ allowPrivate: false });
const refusal = (url: string): string | undefined => strict.refusal(new URL(url));

describe('addresses', () => {
  test.each([
    ['loopback', ['127.0.0.1', '127.255.255.254', '::1', '::ffff:127.0.0.1', '::ffff:7f00:1', '::127.0.0.1']],
    ['unspecified and broadcast', ['0.0.0.0', '::', '255.255.255.255', '0.1.2.3']],
    ['private', ['10.0.0.1', '172.16.0.1', '172.31.255.255', '192.168.1.1', 'fc00::1', 'fdff::1', '::ffff:10.0.0.1', 'fec0::1']],
    ['link-local', ['169.254.169.254', '169.254.170.2', 'fe80::1', 'fe80::1%eth0', '::ffff:169.254.169.254']],
    ['metadata', ['100.100.100.200', 'fd00:ec2::254', '192.0.0.192', '168.63.129.16', '::ffff:168.63.129.16']],
    ['other IPv4 in IPv6', ['64:ff9b::7f00:1', '64:ff9b:1::a00:1', '2002:7f00:1::', '2001::1', '::ffff:0:7f00:1']],
    ['reserved', ['100.64.0.1', '192.0.2.1', '198.18.0.1', '203.0.113.1', '224.0.0.1', '240.0.0.1', '2001:db8::1', 'ff02::1', '100::1']],
    ['no address', ['', 'example.com', '1.2.3', '256.1.1.1', '1.1.1.1:80']],
  ])('%s is internal', (_name, addresses) => {
    expect(addresses.filter((address) => !isInternal(address))).toEqual([]);
  });

  test('an address of the public internet is not', () => {
    expect(['1.1.1.1', '93.184.216.34', '2606:4700::1111', '::ffff:1.1.1.1', '172.32.0.1', '100.128.0.1'].filter(isInternal)).toEqual([]);
  });
});

describe('URLs', () => {
  test.each([
    'https://127.0.0.1/',
    'https://2130706433/',
    'https://0x7f.1/',
    'https://0177.0.0.1/',
    'https://127.1/',
    'https://[::1]/',
    'https://[::ffff:127.0.0.1]/',
    'https://169.254.169.254/latest/meta-data/',
    'https://localhost/',
    'https://LOCALHOST./',
    'https://a.localhost/',
    'https://printer.local/',
    'https://db.internal./',
    'https://postgres/',
    'https://①②⑦.⓪.⓪.①/',
  ])('%s is inside', (url) => {
    expect(refusal(url)).toMatch(/inside of the network/);
  });

  test('needs https, and no credentials', () => {
    expect(refusal('http://example.com/')).toMatch(/https/);
    expect(refusal('ftp://example.com/')).toMatch(/https/);
    expect(refusal('https://user:secret@example.com/')).toMatch(/password/);
    expect(refusal('https://example.com:8443/hook?a=b')).toBeUndefined();
    expect(addressGuard({ allowPrivate: true }).refusal(new URL('http://10.0.0.1/'))).toBeUndefined();
    expect(addressGuard({ allowPrivate: true }).refusal(new URL('file:///etc/passwd'))).toMatch(/https/);
  });
});

describe('the lookup of a connection', () => {
  const answering = (answer: LookupAddress[]): LookupFunction =>
    ((_name: string, _options: unknown, callback: (error: null, found: LookupAddress[]) => void) =>
      callback(null, answer)) as LookupFunction;
  const look = (answer: LookupAddress[], all: boolean, allowPrivate = false): Promise<unknown> =>
    new Promise((resolve) => {
      const { lookup } = addressGuard({ allowPrivate, lookup: answering(answer) });
      lookup('hooks.example', { all }, (error, found, family) => resolve(error ?? [found, family]));
    });
  const PUBLIC = { address: '1.1.1.1', family: 4 };
  const INSIDE = { address: '10.0.0.7', family: 4 };

  test('gives what it checked', async () => {
    expect(await look([PUBLIC], true)).toEqual([[PUBLIC], undefined]);
    expect(await look([PUBLIC], false)).toEqual(['1.1.1.1', 4]);
  });

  test('refuses a name if one of its addresses is inside, or it has none', async () => {
    expect(await look([PUBLIC, INSIDE], true)).toBeInstanceOf(InternalAddress);
    expect(await look([INSIDE], false)).toBeInstanceOf(InternalAddress);
    expect(await look([{ address: '::ffff:10.0.0.7', family: 6 }], true)).toBeInstanceOf(InternalAddress);
    expect(await look([], true)).toBeInstanceOf(InternalAddress);
    expect(await look([INSIDE], true, true)).toEqual([[INSIDE], undefined]);
  });
});
