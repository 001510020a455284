/** The session learns what became of what a customer sent, once, whatever happens on the way. */
import { expect, it } from 'vitest';
import type { EffectContext } from '#actors/contract/api.ts';
import { Unavailable } from '#machines/errors.ts';
import { mediaEffect } from '#src/media/media-effect.ts';
import type { MediaKeeper, MediaOutcome } from '#src/media/media-keeper.ts';
import { newAddress, newId } from '#test/contracts/store-fixtures.ts';

const sessionId = newId();
const address = newAddress();
const media = { kind: 'image', ref: 'photo-1' } as const;
const params = { messageId: 'm1', index: 2, media };
const kept = { file: `${sessionId}.media-1`, sha256: 'a'.repeat(64), mimeType: 'image/png', size: 7 };

function setUp(keep: MediaKeeper['keep']) {
  const delivered: unknown[] = [];
  const effect = mediaEffect({
    keeper: { keep },
    actors: Promise.resolve({
      deliver: async (to, event, options) => {
        delivered.push({ to, event, options });
        return { sessionId, address, version: 2, state: 'ACTIVE', handler: 'bot', duplicate: false };
      },
    }),
    now: () => 9,
  });
  const context = (attempt = 1, signal = new AbortController().signal): EffectContext => ({
    sessionId,
    address,
    key: `${sessionId}.5`,
    seq: 3,
    attempt,
    signal,
    progress: null,
    saveProgress: async () => {},
  });
  return { effect, delivered, context };
}

const outcomes: readonly [MediaOutcome, object][] = [
  [{ kept }, { type: 'media.kept', at: 9, messageId: 'm1', index: 2, ...kept }],
  [{ lost: 'gone' }, { type: 'media.lost', at: 9, messageId: 'm1', index: 2, reason: 'gone' }],
];

it.each(outcomes)('reports %j under the id of the work, and holds up no message', async (outcome, event) => {
  const { effect, delivered, context } = setUp(async (place, given) => {
    expect([place, given]).toEqual([{ sessionId, address }, media]);
    return outcome;
  });
  expect(effect.lane).toBe('none');
  await effect.run(params, context());
  expect(delivered).toEqual([{ to: { sessionId }, event, options: { eventId: `statechat:media:${sessionId}.5` } }]);
});

it('is tried again while the channel is away, and reported as lost after the last attempt', async () => {
  const { effect, delivered, context } = setUp(() => Promise.reject(new Unavailable('away')));
  await expect(effect.run(params, context(effect.attempts - 1))).rejects.toThrow(Unavailable);
  expect(delivered).toEqual([]);
  await effect.run(params, context(effect.attempts));
  expect(delivered).toMatchObject([{ event: { type: 'media.lost', reason: 'unreachable' } }]);
});

it('ends with its lease, and is not reported as lost even in the last attempt', async () => {
  const lease = new AbortController();
  const { effect, delivered, context } = setUp(async (_place, _media, signal) => {
    lease.abort(new Error('the lease is lost'));
    throw new Unavailable(String(signal?.reason));
  });
  await expect(effect.run(params, context(effect.attempts, lease.signal))).rejects.toThrow('the lease is lost');
  expect(delivered).toEqual([]);
});
