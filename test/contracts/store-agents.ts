import { createHash, randomUUID } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { InvalidInput } from '#machines/errors.ts';
import { type AgentAccount, type Invitation, loginForm } from '#storage/agents.ts';
import type { Stores } from '#test/contracts/store-contract.ts';

const NOW = Date.now();
const HOUR = 3_600_000;

function newAgent(parts: Partial<AgentAccount> = {}): AgentAccount {
  return {
    id: randomUUID(),
    login: loginForm(`${randomUUID()}@example.com`),
    name: 'ليلى "Layla" O’Neill',
    role: 'agent',
    passwordHash: '$argon2id$v=19$m=19456,t=2,p=1$c2FsdA$aGFzaA',
    identity: null,
    disabled: false,
    createdAt: NOW,
    skills: ['billing', 'العربية'],
    capacity: 3,
    version: 1,
    ...parts,
  };
}

const digestOf = (token: string): string => createHash('sha256').update(token).digest('hex');

const newInvitation = (parts: Partial<Invitation> = {}): Invitation => ({
  digest: digestOf(randomUUID()),
  role: 'supervisor',
  agentId: null,
  invitedBy: 'amira',
  expiresAt: NOW + HOUR,
  ...parts,
});

export function describeAgents({ agents, otherAgents }: Stores): void {
  const either = (index: number) => (index % 2 ? agents() : otherAgents());

  describe('agents', () => {
    test('are found by id, by login and by identity, on every instance', async () => {
      const account = newAgent({ identity: 'https://id.example.com/ 1234' });
      expect(await agents().putAgent(account)).toBe('stored');
      for (const key of [{ id: account.id }, { login: account.login }, { identity: 'https://id.example.com/ 1234' }])
        expect(await otherAgents().agent(key)).toEqual(account);
      for (const key of [{ id: 'x' }, { login: 'x' }, { identity: 'x' }, { login: '\u0000' }])
        expect(await agents().agent(key)).toBeUndefined();
    });

    test('of the same id, login or identity are stored once, whoever is first', async () => {
      const account = newAgent({ identity: randomUUID() });
      const rivals = [account, { ...account, id: randomUUID() }, { ...account, login: loginForm(randomUUID()) }];
      const outcomes = await Promise.all([...rivals, ...rivals].map((rival, index) => either(index).putAgent(rival)));
      expect(outcomes.filter((outcome) => outcome === 'stored')).toHaveLength(1);
      expect(new Set(outcomes)).toEqual(new Set(['stored', 'taken']));
    });

    test('change by version, so that one of two changes is refused', async () => {
      const account = newAgent();
      await agents().putAgent(account);
      const changes = Array.from({ length: 6 }, (_, index) => ({ ...account, name: `Name ${index}`, version: 2 }));
      const outcomes = await Promise.all(changes.map((change, index) => either(index).putAgent(change)));
      expect(outcomes.filter((outcome) => outcome === 'stored')).toHaveLength(1);
      expect(outcomes.filter((outcome) => outcome === 'conflict')).toHaveLength(5);
      expect(await agents().agent({ id: account.id })).toEqual(changes[outcomes.indexOf('stored')]);
      expect(await agents().putAgent({ ...newAgent(), version: 2 })).toBe('conflict');
    });

    test('give up their old login and identity', async () => {
      const account = newAgent({ identity: randomUUID() });
      await agents().putAgent(account);
      const renamed = {
        ...account,
        login: loginForm(`${randomUUID()}@example.com`),
        identity: null,
        disabled: true,
        skills: [],
        capacity: null,
        version: 2,
      };
      expect(await agents().putAgent(renamed)).toBe('stored');
      expect(await agents().agent({ login: account.login })).toBeUndefined();
      expect(await agents().agent({ identity: account.identity ?? '' })).toBeUndefined();
      expect(await agents().putAgent(newAgent({ login: account.login, identity: account.identity }))).toBe('stored');
      const other = newAgent();
      await agents().putAgent(other);
      expect(await agents().putAgent({ ...other, login: renamed.login, version: 2 })).toBe('taken');
    });

    test('are listed by login, page by page', async () => {
      const logins = ['b', 'a', 'é', 'c', 'ليلى', 'z'];
      for (const login of logins) await agents().putAgent(newAgent({ login: loginForm(login) }));
      const shown: string[] = [];
      let cursor: string | null | undefined;
      do {
        const page = await otherAgents().agents(2, cursor ?? undefined);
        expect(page.items.length).toBeLessThanOrEqual(2);
        shown.push(...page.items.map(({ login }) => login));
        cursor = page.next;
      } while (cursor !== null);
      expect(shown).toEqual(['a', 'b', 'c', 'z', 'é', 'ليلى']);
    });

    test('that cannot be right are refused', async () => {
      await expect(agents().putAgent(newAgent({ login: 'Upper' }))).rejects.toThrow(InvalidInput);
      await expect(agents().putAgent(newAgent({ name: '' }))).rejects.toThrow(InvalidInput);
    });
  });

  describe('invitations', () => {
    test('make one account, whoever uses them at the same time', async () => {
      const invitation = newInvitation();
      await agents().invite(invitation);
      expect(await otherAgents().invitation(invitation.digest, NOW)).toEqual(invitation);
      const use = { digest: invitation.digest, now: NOW };
      const outcomes = await Promise.all(Array.from({ length: 6 }, (_, index) => either(index).putAgent(newAgent(), use)));
      expect(outcomes.filter((outcome) => outcome === 'stored')).toHaveLength(1);
      expect(outcomes.filter((outcome) => outcome === 'no invitation')).toHaveLength(5);
      expect(await agents().invitation(invitation.digest, NOW)).toBeUndefined();
    });

    test('to one account, or to be the first admin, are all used up by the use of one, also at the same time', async () => {
      const account = newAgent();
      await agents().putAgent(account);
      for (const [kind, put] of [
        [{ agentId: account.id }, () => ({ ...account, version: 2 })],
        [{ agentId: null, invitedBy: null }, () => newAgent()],
      ] as const) {
        const invitations = Array.from({ length: 4 }, () => newInvitation(kind));
        const other = newInvitation();
        for (const invitation of [...invitations, other]) await agents().invite(invitation);
        const outcomes = await Promise.all(invitations.map(({ digest }, index) => either(index).putAgent(put(), { digest, now: NOW })));
        expect(outcomes.toSorted()).toEqual(['no invitation', 'no invitation', 'no invitation', 'stored']);
        for (const { digest } of invitations) expect(await agents().invitation(digest, NOW)).toBeUndefined();
        expect(await agents().invitation(other.digest, NOW)).toEqual(other);
      }
    });

    test('are listed until they are used, withdrawn or over', async () => {
      const later = newInvitation({ expiresAt: NOW + 2 * HOUR });
      const sooner = newInvitation();
      const withdrawn = newInvitation();
      for (const invitation of [later, sooner, withdrawn, newInvitation({ expiresAt: NOW })]) await agents().invite(invitation);
      expect(await otherAgents().withdrawInvitation(withdrawn.digest)).toBe(true);
      expect(await agents().withdrawInvitation(withdrawn.digest)).toBe(false);
      const listed = (await otherAgents().invitations(NOW, 100)).filter(({ digest }) =>
        [later, sooner, withdrawn].some((one) => one.digest === digest),
      );
      expect(listed).toEqual([sooner, later]);
      expect(await agents().invitations(NOW, 1)).toHaveLength(1);
      expect(await agents().putAgent(newAgent(), { digest: sooner.digest, now: NOW })).toBe('stored');
      expect((await agents().invitations(NOW, 100)).map(({ digest }) => digest)).not.toContain(sooner.digest);
    });

    test('are kept where the account is refused, and serve no more once they are withdrawn or over', async () => {
      const account = newAgent();
      await agents().putAgent(account);
      const invitation = newInvitation({ agentId: account.id, invitedBy: null });
      const use = { digest: invitation.digest, now: NOW };
      await agents().invite(invitation);
      expect(await agents().putAgent(newAgent({ login: account.login }), use)).toBe('taken');
      expect(await agents().putAgent({ ...account, version: 5 }, use)).toBe('conflict');
      expect(await agents().invitation(invitation.digest, NOW + HOUR)).toBeUndefined();
      expect(await agents().putAgent(newAgent(), { ...use, now: NOW + HOUR })).toBe('no invitation');
      await otherAgents().withdrawInvitation(invitation.digest);
      expect(await agents().putAgent({ ...account, version: 2 }, use)).toBe('no invitation');
      expect(await agents().agent({ id: account.id })).toEqual(account);
    });

    test('are forgotten once they have expired, a few at a time', async () => {
      const alive = newInvitation({ expiresAt: NOW + HOUR });
      const expired = Array.from({ length: 5 }, (_, index) => newInvitation({ expiresAt: NOW - index }));
      for (const invitation of [alive, ...expired]) await agents().invite(invitation);
      // Redis forgets them by itself and has none to count.
      let step: number;
      do {
        step = await otherAgents().forgetInvitations(NOW, 2);
        expect(step).toBeLessThanOrEqual(2);
      } while (step > 0);
      for (const { digest } of expired) expect(await agents().invitation(digest, NOW)).toBeUndefined();
      expect(await agents().invitation(alive.digest, NOW)).toEqual(alive);
    });
  });
}
