/** API tokens, with a form to make one, the secret of a new one, and the list of those that exist. */
import { type ReactNode, useEffect, useId, useRef, useState } from 'react';
import { useLoaded } from '../inbox/use-loaded.ts';
import { CopyButton } from '../text/copy-button.tsx';
import { Pending } from './pending.tsx';
import { useTeam } from './team-context.ts';
import { TokenForm } from './token-form.tsx';
import type { ApiToken, NewApiToken } from './tokens-api.ts';
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
      {issued !== undefined && <IssuedToken key={issued.token} issued={issued} />}
      <section className="team-section">
        <h2>{words.tokens}</h2>
        {loaded.value.tokens.length === 0 && <p className="hint">{words.none}</p>}
        <ul className="team-list token-list">
          {loaded.value.tokens.map((token) => (
            <TokenRow
              key={token.id}
              token={token}
              onRotate={() => void act(tokens.rotate(token.id, GRACE_MINUTES))}
              onRevoke={() => void act(tokens.revoke(token.id).then(() => undefined))}
            />
          ))}
        </ul>
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

interface TokenRowProps {
  readonly token: ApiToken;
  readonly onRotate: () => void;
  readonly onRevoke: () => void;
}

function TokenRow({ token, onRotate, onRevoke }: TokenRowProps): ReactNode {
  const { language, formats, now } = useTeam();
  const words = tokensWords[language];
  // A program stops at once, so one press is not enough.
  const [isSure, setSure] = useState(false);
  const { name, scopes, lastUsedAt, expiresAt, formerUntil } = token;
  const hasExpired = expiresAt !== null && expiresAt <= now();
  const facts = [
    lastUsedAt === null ? words.unused : words.used(formats.full(lastUsedAt)),
    expiresAt === null ? words.always : (hasExpired ? words.expired : words.until)(formats.full(expiresAt)),
    ...(formerUntil === null ? [] : [words.former(formats.full(formerUntil))]),
  ];
  return (
    <li>
      <div className="team-grow">
        <bdi>{name}</bdi>
        <span className="hint"> {facts.join(' · ')}</span>
        <p className="hint token-scope-names" dir="ltr">
          {scopes.join(' ')}
        </p>
      </div>
      <button type="button" className="button" aria-label={words.rotateOf(name)} title={words.rotateOf(name)} onClick={onRotate}>
        {words.rotate}
      </button>
      <button
        type="button"
        className="button"
        aria-label={isSure ? `${words.revokeOf(name)}: ${words.sure}` : words.revokeOf(name)}
        onBlur={() => setSure(false)}
        onClick={() => (isSure ? onRevoke() : setSure(true))}
      >
        {isSure ? words.sure : words.revoke}
      </button>
    </li>
  );
}

function IssuedToken({ issued }: { readonly issued: NewApiToken }): ReactNode {
  const { language } = useTeam();
  const words = tokensWords[language];
  const id = useId();
  const field = useRef<HTMLInputElement>(null);
  // It is shown once, so it is where the focus is.
  useEffect(() => field.current?.select(), []);
  return (
    <div className="issued" role="status">
      <label htmlFor={id}>{words.issued(issued.name)}</label>
      <div className="team-row">
        <input id={id} ref={field} dir="ltr" readOnly value={issued.token} aria-describedby={`${id}-hint`} />
        <CopyButton label={words.copy} content={() => ({ text: issued.token })} />
      </div>
      <p className="hint" id={`${id}-hint`}>
        {words.once}
      </p>
    </div>
  );
}
