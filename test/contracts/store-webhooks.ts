import { describe, expect, test } from 'vitest';
import { InvalidInput } from '#machines/errors.ts';
import { parseSessionId, type SessionId } from '#machines/ids.ts';
import type { DeliveryRecord, Place, StoredEndpoint } from '#storage/webhooks.ts';
import type { Stores } from '#test/contracts/store-contract.ts';
import { newSession, turnOn } from '#test/contracts/store-fixtures.ts';

const NOW = 1_790_000_000_000;
const S1 = parseSessionId('01890a5d-ac96-774b-bcce-b302099a8001');
const S2 = parseSessionId('01890a5d-ac96-774b-bcce-b302099a8002');

export const endpoint = (id: string, parts: Partial<StoredEndpoint> = {}): StoredEndpoint => ({
  id,
  version: 1,
  url: `https://${id}.example/hook`,
  description: 'for \u0000 tests \ud83d\ude00',
  events: { 'session.opened': NOW },
  assistants: null,
  channels: ['web'],
  secrets: [{ value: 'whsec_YQ==', until: null }],
  disabled: null,
  createdAt: NOW,
  createdBy: 'amira',
  ...parts,
});

export const delivery = (n: number, parts: Partial<DeliveryRecord> = {}): DeliveryRecord => ({
  id: `01990a5d-ac96-774b-bcce-b302099a${String(n).padStart(4, '0')}`,
  endpointId: 'a',
  sessionId: S1,
  seq: n,
  event: 'message.received',
  webhookId: `evt_${n}`,
  at: NOW + n,
  attempt: 1,
  replay: false,
  outcome: 'delivered',
  status: 200,
  reason: null,
  latencyMs: 3,
  answer: 'ok \u0000',
  ...parts,
});

const place = (parts: Partial<Place> = {}): Place => ({
  endpointId: 'a',
  sessionId: S1,
  replay: false,
  done: 0,
  upTo: 0,
  attempts: 0,
  notBefore: 0,
  ...parts,
});

export function describeWebhooks({ one, archive, webhooks, otherWebhooks }: Stores): void {
  /** A session that is stored and closed. */
  async function closed(): Promise<SessionId> {
    const turn = turnOn(newSession({ open: false, state: 'CLOSED', closedAt: NOW }));
    expect(await one().commit([turn], 'me', 0)).toEqual([{ ok: true }]);
    return turn.session.id;
  }

  describe('webhooks', () => {
    test('keeps endpoints and their health, and lets one of many changes through', async () => {
      for (const one of [endpoint('b', { createdAt: NOW + 1 }), endpoint('a')]) expect(await webhooks().putEndpoint(one)).toBe(true);
      expect(await otherWebhooks().putEndpoint(endpoint('a'))).toBe(false);
      const none = { failures: 0, failingSince: null, notBefore: 0, lastSuccessAt: null };
      expect(await otherWebhooks().endpoints()).toEqual([
        { endpoint: endpoint('a'), health: none },
        { endpoint: endpoint('b', { createdAt: NOW + 1 }), health: none },
      ]);
      const changes = Array.from({ length: 6 }, (_, n) => endpoint('a', { version: 2, url: `https://a.example/${n}` }));
      const stored = await Promise.all(changes.map((one, n) => [webhooks(), otherWebhooks()][n % 2]?.putEndpoint(one)));
      expect(stored.filter((was) => was === true)).toHaveLength(1);
      const health = { failures: 2, failingSince: NOW, notBefore: NOW + 5, lastSuccessAt: NOW - 1 };
      await webhooks().setHealth('a', health);
      await webhooks().setHealth('nothing', health);
      expect((await otherWebhooks().endpoints())[0]).toEqual({ endpoint: changes[stored.indexOf(true)], health });
      expect(await otherWebhooks().endpoints()).toHaveLength(2);
      await expect(webhooks().putEndpoint(endpoint('c', { secrets: [] }))).rejects.toThrow(InvalidInput);
    });

    test('follows sessions forward, also when the signals come out of order', async () => {
      await webhooks().putEndpoint(endpoint('a'));
      const follow = (upTo: number, sessionId = S1) => ({ endpointId: 'a', sessionId, upTo });
      await Promise.all([webhooks().follow([follow(7), follow(2, S2)]), otherWebhooks().follow([follow(1, S2), follow(4), follow(3)])]);
      expect(await otherWebhooks().duePlaces('a', NOW, 10)).toEqual([place({ upTo: 7 }), place({ sessionId: S2, upTo: 2 })]);
      expect(await otherWebhooks().duePlaces('a', NOW, 1)).toHaveLength(1);
      expect(await otherWebhooks().duePlaces('b', NOW, 10)).toEqual([]);
      expect(await webhooks().countPending('a', 10)).toBe(2);
      expect(await webhooks().countPending('a', 1)).toBe(1);
      await webhooks().settlePlaces([
        { ...place({ done: 5, attempts: 3, notBefore: NOW + 50 }), before: 0 },
        { ...place({ sessionId: S2, done: 2 }), before: 0 },
      ]);
      expect(await webhooks().duePlaces('a', NOW + 49, 10)).toEqual([]);
      expect(await webhooks().duePlaces('a', NOW + 50, 10)).toEqual([place({ done: 5, upTo: 7, attempts: 3, notBefore: NOW + 50 })]);
      await otherWebhooks().follow([follow(6), follow(3, S2)]);
      expect(await webhooks().duePlaces('a', NOW + 50, 10)).toEqual([
        place({ sessionId: S2, done: 2, upTo: 3 }),
        place({ done: 5, upTo: 7, attempts: 3, notBefore: NOW + 50 }),
      ]);
      await webhooks().hurryPlaces('a');
      expect(await otherWebhooks().duePlaces('a', NOW, 10)).toContainEqual(place({ done: 5, upTo: 7, attempts: 3 }));
    });

    test('replays a range, widens one under way, and keeps what was added while it was sent', async () => {
      await webhooks().putEndpoint(endpoint('a'));
      const replay = (done: number, upTo: number) => ({ endpointId: 'a', sessionId: S1, done, upTo });
      await webhooks().replay([replay(3, 5)]);
      await webhooks().settlePlaces([{ ...place({ replay: true, done: 4 }), before: 3 }]);
      await otherWebhooks().replay([replay(1, 2)]);
      const widened = place({ replay: true, done: 1, upTo: 5 });
      expect(await webhooks().duePlaces('a', NOW, 10)).toEqual([widened]);
      await webhooks().settlePlaces([{ ...place({ replay: true, done: 5 }), before: 4 }]);
      expect(await webhooks().duePlaces('a', NOW, 10)).toEqual([widened]);
      await webhooks().settlePlaces([{ ...place({ replay: true, done: 5 }), before: 1 }]);
      expect(await webhooks().duePlaces('a', NOW, 10)).toEqual([]);
      await webhooks().replay([replay(0, 1)]);
      expect(await webhooks().duePlaces('a', NOW, 10)).toEqual([place({ replay: true, done: 0, upTo: 1 })]);
    });

    test('takes places and deliveries of a session that is deleted with it', async () => {
      await webhooks().putEndpoint(endpoint('a'));
      const [gone, stays] = [await closed(), await closed()];
      const both = [gone, stays].map((sessionId) => ({ endpointId: 'a', sessionId, upTo: 1 }));
      await webhooks().follow(both);
      await webhooks().replay(both.map((one) => ({ ...one, done: 0 })));
      const kept = delivery(2, { sessionId: stays });
      await webhooks().logDeliveries([delivery(1, { sessionId: gone, answer: 'Thank you, Mona' }), kept]);
      expect(await archive().deleteSession(gone)).toBe('deleted');
      const left = [place({ sessionId: stays, upTo: 1 }), place({ sessionId: stays, replay: true, upTo: 1 })];
      expect(new Set(await otherWebhooks().duePlaces('a', NOW, 10))).toEqual(new Set(left));
      expect((await otherWebhooks().deliveries('a', {}, 10)).items).toEqual([kept]);
      // A request may have been under way while the session was deleted.
      await webhooks().logDeliveries([delivery(3, { sessionId: gone })]);
      expect((await webhooks().deliveries('a', {}, 10)).items).toEqual([kept]);
      await otherWebhooks().removePlaces(left);
      expect(await webhooks().countPending('a', 10)).toBe(0);
    });

    test('logs deliveries, the newest first, and removes an endpoint with all that is kept of it', async () => {
      for (const id of ['a', 'b']) await webhooks().putEndpoint(endpoint(id));
      const sessionId = await closed();
      const failed = { outcome: 'failed', status: null, reason: 'ECONNREFUSED', answer: '' } as const;
      const all = [1, 2, 3, 4].map((n) => delivery(n, { sessionId, ...(n === 2 ? failed : {}) }));
      const ping = delivery(9, { endpointId: 'b', sessionId: null, seq: 0, event: 'webhook.ping' });
      await webhooks().logDeliveries([...all, ping, delivery(8, { endpointId: 'nothing' })]);
      const [first, second, third, fourth] = all;
      expect(await otherWebhooks().deliveries('a', {}, 10)).toEqual({ items: [fourth, third, second, first], next: null });
      const page = await otherWebhooks().deliveries('a', {}, 3);
      expect(page.items).toEqual([fourth, third, second]);
      expect((await otherWebhooks().deliveries('a', {}, 3, page.next ?? undefined)).items).toEqual([first]);
      expect((await webhooks().deliveries('a', { outcome: 'failed' }, 10)).items).toEqual([second]);
      expect((await webhooks().deliveries('a', { from: NOW + 2, to: NOW + 4 }, 10)).items).toEqual([third, second]);
      await expect(webhooks().deliveries('a', {}, 3, 'nonsense')).rejects.toThrow(InvalidInput);
      expect(await webhooks().delivery('a', second?.id ?? '')).toEqual(second);
      expect(await webhooks().delivery('b', second?.id ?? '')).toBeUndefined();
      expect(await otherWebhooks().forgetDeliveries(NOW + 3, 1)).toBe(1);
      expect(await otherWebhooks().forgetDeliveries(NOW + 3, 5)).toBe(1);
      expect((await webhooks().deliveries('a', {}, 10)).items).toEqual([fourth, third]);
      await webhooks().follow([{ endpointId: 'a', sessionId: S1, upTo: 1 }]);
      expect(await otherWebhooks().removeEndpoint('a')).toBe(true);
      expect(await webhooks().removeEndpoint('a')).toBe(false);
      expect(await webhooks().duePlaces('a', NOW, 10)).toEqual([]);
      expect((await webhooks().deliveries('a', {}, 10)).items).toEqual([]);
      expect((await webhooks().deliveries('b', {}, 10)).items).toEqual([ping]);
    });
  });
}
