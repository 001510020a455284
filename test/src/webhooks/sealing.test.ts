import { expect, test } from 'vitest';
import { Secret } from '#machines/secret.ts';
import { isSealed, sealAgain, sealedWebhooks, sealerOf } from '#src/webhooks/sealing.ts';
import { createMemoryStore } from '#storage/memory/adapter.ts';
import { endpoint } from '#test/contracts/store-webhooks.ts';
import { verify } from './receiver.ts';
import { scenes } from './scene.ts';

const { receiverAt, openScene } = scenes();

const [K1, K2] = [new Secret('1'.repeat(32)), new Secret('2'.repeat(32))];
const SECRET = 'whsec_bG9uZyBlbm91Z2ggdG8gYmUgcmVhbA==';
const one = endpoint('a', { secrets: [{ value: SECRET, until: null }] });

async function storedIn(webhooks: ReturnType<typeof createMemoryStore>['webhooks']) {
  const [record] = await webhooks.endpoints();
  return record?.endpoint;
}

test('the store has the secret sealed, and callers have it as it is', async () => {
  const { webhooks } = createMemoryStore();
  const sealed = sealedWebhooks(webhooks, sealerOf([K1]));
  await sealed.putEndpoint(one);
  expect(await storedIn(sealed)).toEqual(one);
  const kept = JSON.stringify(await webhooks.endpoints());
  expect(kept).not.toContain(SECRET);
  expect(kept).not.toContain(Buffer.from(SECRET.slice(6), 'base64').toString());
  // The same secret never looks the same.
  await sealed.putEndpoint({ ...one, version: 2 });
  expect((await storedIn(webhooks))?.secrets).not.toEqual(JSON.parse(kept)[0].endpoint.secrets);
});

test('a secret opens only with its key, whole, and for its endpoint', () => {
  const sealer = sealerOf([K1]);
  const sealed = sealer.seal(SECRET, 'a');
  expect(isSealed(sealed)).toBe(true);
  expect(sealer.seal(sealed, 'a')).toBe(sealed);
  expect(sealer.open(sealed, 'a')).toBe(SECRET);
  expect(sealerOf([K2, K1]).open(sealed, 'a')).toBe(SECRET);
  expect(sealer.open(sealed, 'b')).toBe(sealed);
  for (const sealerWithout of [sealerOf([K2]), sealerOf([])]) expect(sealerWithout.open(sealed, 'a')).toBe(sealed);
  const [start, end] = [sealed.slice(0, -8), sealed.slice(-8)];
  for (const broken of [start, `${start}AAAAAAAA`, `${start}${end.slice(0, 4)}`, `${sealed.slice(0, 20)}`])
    expect(sealer.open(broken, 'a')).toBe(broken);
});

test('secrets from before there was a key, or of an earlier key, are sealed with the current one', async () => {
  const { webhooks } = createMemoryStore();
  await webhooks.putEndpoint(one);
  expect(await sealAgain(webhooks, sealerOf([]))).toBe(0);
  expect(await sealAgain(webhooks, sealerOf([K1]))).toBe(1);
  expect(await storedIn(sealedWebhooks(webhooks, sealerOf([K1])))).toEqual({ ...one, version: 2 });
  expect(await sealAgain(webhooks, sealerOf([K1]))).toBe(0);
  // Without its key it stays as it is.
  expect(await sealAgain(webhooks, sealerOf([K2]))).toBe(0);
  expect(await sealAgain(webhooks, sealerOf([K2, K1]))).toBe(1);
  expect(await storedIn(sealedWebhooks(webhooks, sealerOf([K2])))).toEqual({ ...one, version: 3 });
});

test('nothing is sent with a secret that cannot be opened, until there is a new one', async () => {
  const receiver = await receiverAt();
  const scene = await openScene();
  const { webhooks } = scene.lifecycle;
  const { id } = await scene.make(receiver.url);
  await sealAgain(webhooks, sealerOf([K1]));
  scene.start();
  await scene.say('mona', 'hello', [id]);
  await scene.advance(2_500);
  expect(receiver.requests).toEqual([]);
  const [failed] = (await webhooks.deliveries(id, {}, 10)).items;
  expect(failed).toMatchObject({ outcome: 'failed', status: null, reason: expect.stringContaining('STATECHAT_SECRETS_KEY') });
  expect(scene.errors).toEqual([]);
  // A new secret mends it, also while the old one would still sign.
  const rotated = await scene.admin.rotate(id, 3_600_000);
  if (typeof rotated !== 'object') throw new Error('no new secret');
  await scene.advance(60_000);
  expect(receiver.requests).toHaveLength(1);
  for (const request of receiver.requests) verify(rotated.secret, request);
});
