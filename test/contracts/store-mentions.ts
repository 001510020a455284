import { describe, expect, test } from 'vitest';
import { InvalidInput } from '#machines/errors.ts';
import type { Mention } from '#storage/mentions.ts';
import type { Stores } from '#test/contracts/store-contract.ts';

const NOW = 1_790_000_000_000;

const mention = (id: string, at: number, parts: Partial<Mention> = {}): Mention => ({
  id,
  agentId: 'amira',
  sessionId: 'a session',
  by: 'omar',
  at: NOW + at,
  seenAt: null,
  ...parts,
});

export function describeMentions({ mentions, otherMentions }: Stores): void {
  const all = async (agentId: string, unseen: boolean): Promise<string[]> => {
    const found: string[] = [];
    let cursor: string | null | undefined;
    do {
      const page = await otherMentions().mentions(agentId, unseen, 2, cursor ?? undefined);
      expect(page.items.length).toBeLessThanOrEqual(2);
      found.push(...page.items.map(({ id }) => id));
      cursor = page.next;
    } while (cursor !== null);
    return found;
  };

  describe('mentions', () => {
    test('keeps each once, and shows those of an agent newest first, page by page', async () => {
      await mentions().addMentions([]);
      await mentions().addMentions([mention('b', 1), mention('a', 1), mention('c', 3), mention('c', 3, { agentId: 'omar' })]);
      await otherMentions().addMentions([mention('d', 2), mention('c', 9)]);
      expect(await all('amira', false)).toEqual(['c', 'd', 'b', 'a']);
      expect(await all('omar', false)).toEqual(['c']);
      expect(await all('nobody', false)).toEqual([]);
      expect((await mentions().mentions('amira', false, 1)).items).toEqual([mention('c', 3)]);
      await expect(mentions().mentions('amira', false, 1, 'nonsense')).rejects.toThrow(InvalidInput);
    });

    test('marks those of an agent as seen, each once', async () => {
      await mentions().addMentions([mention('a', 1), mention('b', 2), mention('a', 1, { agentId: 'omar' })]);
      expect(await otherMentions().seeMentions('amira', ['a', 'a', 'nothing'], NOW + 5)).toBe(1);
      expect(await mentions().seeMentions('amira', ['a'], NOW + 6)).toBe(0);
      expect(await mentions().seeMentions('amira', [], NOW + 6)).toBe(0);
      expect(await all('amira', true)).toEqual(['b']);
      expect(await all('omar', true)).toEqual(['a']);
      expect((await mentions().mentions('amira', false, 9)).items).toEqual([mention('b', 2), mention('a', 1, { seenAt: NOW + 5 })]);
      // A note that is journalled again is not new again.
      await mentions().addMentions([mention('a', 1)]);
      expect(await all('amira', true)).toEqual(['b']);
    });

    test('forgets what is old, a few at a time', async () => {
      await mentions().addMentions(Array.from({ length: 5 }, (_, index) => mention(`m${index}`, index)));
      expect(await otherMentions().forgetMentions(NOW + 4, 3)).toBe(3);
      expect(await mentions().forgetMentions(NOW + 4, 3)).toBe(1);
      expect(await mentions().forgetMentions(NOW + 4, 3)).toBe(0);
      expect(await all('amira', false)).toEqual(['m4']);
    });
  });
}
