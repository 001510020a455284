/**
 * Nothing internal is reached. Here 127.0.0.2 plays the public internet, and all else is inside.
 */
import type { LookupAddress } from 'node:dns';
import type { LookupFunction } from 'node:net';
import { expect, test } from 'vitest';
import { scenes } from './scene.ts';

const { openScene, receiverAt } = scenes();

const PUBLIC = '127.0.0.2';
const internal = (address: string): boolean => address !== PUBLIC;

test.each([
  'http://127.0.0.1:{port}/inside',
  'http://169.254.169.254/latest/meta-data/',
  'http://[::1]:{port}/',
  'http://[::ffff:127.0.0.1]:{port}/',
  'http://2130706433:{port}/',
  '//127.0.0.1:{port}/',
])('a redirect to %s is not followed', async (location) => {
  const inside = await receiverAt('127.0.0.1');
  const receiver = await receiverAt(PUBLIC);
  const { port } = new URL(inside.url);
  receiver.reply = () => ({ status: 307, headers: { location: location.replace('{port}', port) } });
  const scene = await openScene({ internal });
  const { id } = await scene.make(receiver.url);
  scene.start();
  await scene.say('v_1', 'one', [id]);
  await scene.advance(40_000);
  expect(receiver.requests.length).toBeGreaterThan(1);
  expect(inside.connections).toBe(0);
  const [last] = (await scene.lifecycle.webhooks.deliveries(id, {}, 1)).items;
  expect(last).toMatchObject({ status: 307, outcome: 'failed', reason: 'redirects are not followed (307)' });
});

test('a name that leads inside from now on reaches nothing, and is sent again once it leads out', async () => {
  const receiver = await receiverAt(PUBLIC);
  const inside = await receiverAt('127.0.0.1', Number(new URL(receiver.url).port));
  let answer: readonly LookupAddress[] = [{ address: PUBLIC, family: 4 }];
  const lookup = ((_name: string, options: { readonly all?: boolean }, callback: (...found: unknown[]) => void) =>
    options.all === true ? callback(null, answer) : callback(null, answer[0]?.address, 4)) as LookupFunction;
  const scene = await openScene({ internal, lookup });
  receiver.reply = () => ({ status: 200, headers: { connection: 'close' } });
  const { id } = await scene.make(receiver.url.replace(PUBLIC, 'hooks.example'));
  scene.start();
  await scene.say('v_1', 'one', [id]);
  await scene.idle();
  expect(receiver.taken).toHaveLength(1);
  for (const [text, renamed] of [
    ['two', [{ address: '127.0.0.1', family: 4 }]],
    [
      'three',
      [
        { address: PUBLIC, family: 4 },
        { address: '127.0.0.1', family: 4 },
      ],
    ],
    ['four', [{ address: '::ffff:127.0.0.1', family: 6 }]],
  ] as const) {
    answer = renamed;
    await scene.say('v_1', text, [id]);
    await scene.advance(6_000);
  }
  expect(inside.connections).toBe(0);
  expect(receiver.taken).toHaveLength(1);
  expect((await scene.lifecycle.webhooks.deliveries(id, {}, 1)).items[0]?.reason).toMatch(/^not sent, because hooks.example is inside/);
  answer = [{ address: PUBLIC, family: 4 }];
  await scene.advance(11 * 60_000, 5_000);
  expect(receiver.taken).toHaveLength(4);
  expect(inside.connections).toBe(0);
});

test('a URL that was stored before private addresses were refused is not used', async () => {
  const inside = await receiverAt('127.0.0.1');
  const scene = await openScene({ internal });
  const { id } = await scene.make(inside.url);
  expect(await scene.admin.ping(id)).toMatchObject({
    outcome: 'failed',
    status: null,
    reason: expect.stringContaining('inside of the network'),
  });
  expect(inside.connections).toBe(0);
  await expect(scene.admin.update(id, 1, { url: 'http://2130706433/' })).rejects.toThrow(/inside of the network/);
});
