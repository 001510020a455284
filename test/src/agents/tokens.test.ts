import { describe, expect, test } from 'vitest';
import { agentTokens } from '#src/agents/tokens.ts';

const NOW = 1_790_000_000_000;
const SIGN_IN = '01890a5d-ac96-774b-bcce-b302099a8001';
const tokensOf = (stored: string, apart?: string) => agentTokens({ stored, apart }, () => NOW);

describe('tokens of agents', () => {
  test('are valid on every instance with the same secrets', async () => {
    const [one, other] = [tokensOf('stored', 'apart'), tokensOf('stored', 'apart')];
    const { token } = await one.accessTokens.issue('amira', SIGN_IN);
    expect(await other.accessTokens.verify(token)).toMatchObject({ agentId: 'amira', signInId: SIGN_IN });
    const refresh = one.refreshTokens.issue(SIGN_IN, 7);
    expect(other.refreshTokens.verify(refresh.token)).toEqual({ signInId: SIGN_IN, number: 7, digest: refresh.digest });
  });

  test.each([
    ['a copy of the store alone', 'stored', undefined],
    ['the secret beside it alone', 'another', 'apart'],
  ])('cannot be made with %s', async (_what, stored, apart) => {
    const thief = tokensOf(stored, apart);
    const { accessTokens, refreshTokens } = tokensOf('stored', 'apart');
    const { token } = await thief.accessTokens.issue('amira', SIGN_IN);
    expect(await accessTokens.verify(token)).toBeUndefined();
    expect(refreshTokens.verify(thief.refreshTokens.issue(SIGN_IN, 7).token)).toBeUndefined();
  });
});
