import { expect, test } from 'vitest';
import { InvalidInput } from '#machines/errors.ts';
import { parseRedisUrl } from '#storage/redis/location.ts';

const PLAIN = { primary: '', db: 0, username: undefined, password: undefined, tls: false };

test('one server', () => {
  expect(parseRedisUrl('redis://cache')).toEqual({ ...PLAIN, mode: 'standalone', nodes: [{ host: 'cache', port: 6379 }] });
  expect(parseRedisUrl('rediss://me:p%40ss@cache:7000/3')).toEqual({
    ...PLAIN,
    mode: 'standalone',
    nodes: [{ host: 'cache', port: 7000 }],
    username: 'me',
    password: 'p@ss',
    db: 3,
    tls: true,
  });
  expect(parseRedisUrl('redis://:secret@[::1]:7000/').nodes).toEqual([{ host: '::1', port: 7000 }]);
});

test('a cluster', () => {
  expect(parseRedisUrl('redis+cluster://:secret@a:7000,b,[::1]:7002')).toEqual({
    ...PLAIN,
    mode: 'cluster',
    nodes: [
      { host: 'a', port: 7000 },
      { host: 'b', port: 6379 },
      { host: '::1', port: 7002 },
    ],
    password: 'secret',
  });
});

test('sentinels', () => {
  expect(parseRedisUrl('redis+sentinel://a,b:26380/mymaster/2')).toEqual({
    ...PLAIN,
    mode: 'sentinel',
    nodes: [
      { host: 'a', port: 26379 },
      { host: 'b', port: 26380 },
    ],
    primary: 'mymaster',
    db: 2,
  });
});

test.each([
  'cache:6379',
  'http://cache',
  'redis://',
  'redis://a,b',
  'redis://a:99999',
  'redis://a/x',
  'redis://a/0/1',
  'redis+cluster://a/1',
  'redis+cluster://a,',
  'redis+sentinel://a',
  'redis://:hunter2@a b',
])('%s is refused, and no password is told', (url) => {
  expect(() => parseRedisUrl(url)).toThrow(InvalidInput);
  expect(() => parseRedisUrl(url)).not.toThrow(/hunter2/);
});
