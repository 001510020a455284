/** API tokens, with the secret of a new one, the list of those that exist, and a form to make one. */
import { type ReactNode, useState } from 'react';
import { useLoaded } from '../inbox/use-loaded.ts';
import { Pending } from './pending.tsx';
import { ShownSecret } from './shown-secret.tsx';
import { useTeam } from './team-context.ts';
import { TokenCard } from './token-card.tsx';
import { TokenForm } from './token-form.tsx';
import type { NewApiToken } from './tokens-api.ts';
import { tokensWords } from './tokens-words.ts';

/** How long the secret before a new one is accepted, in minutes. */
const GRACE_MINUTES = 60;

export function TokensPage(): ReactNode {
  const { tokens, words: common, language } = useTeam();
  const words = tokensWords[language];
  const { loaded, reload } = useLoaded(tokens.list);
  const [issued, setIssued] = useState<NewApiToken>();
  const [failed, setFailed] = useState(false);
  const act = async (work: Promise<NewApiToken | undefined>): Promise<void> => {
    setFailed(false);
    await work.then(setIssued, () => setFailed(true));
    await reload();
  };
  if (loaded.status !== 'loaded') return <Pending status={loaded.status} onRetry={() => void reload()} />;
  return (
    <>
      <p className="team-intro">{words.intro}</p>
      {failed && (
        <p className="bad-notice" role="alert">
          {common.failed}
        </p>
      )}
      {issued !== undefined && (
        <ShownSecret key={issued.token} label={words.issued(issued.name)} secret={issued.token} copy={words.copy} hint={words.once} />
      )}
      <section className="team-section">
        <h2>{words.tokens}</h2>
        {loaded.value.tokens.length === 0 ? (
          <p className="hint">{words.none}</p>
        ) : (
          <ul className="team-cards token-list">
            {loaded.value.tokens.map((token) => (
              <TokenCard
                key={token.id}
                token={token}
                onRotate={() => void act(tokens.rotate(token.id, GRACE_MINUTES))}
                onRevoke={() => void act(tokens.revoke(token.id).then(() => undefined))}
              />
            ))}
          </ul>
        )}
      </section>
      <section className="team-section">
        <h2>{words.make}</h2>
        <TokenForm
          grantable={loaded.value.grantable}
          onMake={async (wanted) => {
            setIssued(await tokens.create(wanted));
            await reload();
          }}
        />
      </section>
    </>
  );
}
