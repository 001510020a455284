/** One API token, with what it may do, when it was last used, and how it ends. */
import { type ReactNode, useId, useState } from 'react';
import { useTeam } from './team-context.ts';
import type { ApiToken } from './tokens-api.ts';
import { tokensWords } from './tokens-words.ts';

/** Scopes that a card shows at once. */
const SHOWN = 6;

interface TokenCardProps {
  readonly token: ApiToken;
  readonly onRotate: () => void;
  readonly onRevoke: () => void;
}

export function TokenCard({ token, onRotate, onRevoke }: TokenCardProps): ReactNode {
  const { language, formats, now } = useTeam();
  const words = tokensWords[language];
  const id = useId();
  // A program stops at once, so one press is not enough.
  const [isSure, setSure] = useState(false);
  const { name, scopes, requestsPerMinute, lastUsedAt, expiresAt, formerUntil } = token;
  const hasExpired = expiresAt !== null && expiresAt <= now();
  const facts = [
    [words.lastUsed, lastUsedAt === null ? words.unused : formats.full(lastUsedAt)],
    [hasExpired ? words.ended : words.ends, expiresAt === null ? words.whenRevoked : formats.full(expiresAt)],
    ...(requestsPerMinute === null ? [] : [[words.limit, formats.number(requestsPerMinute)]]),
    ...(formerUntil === null ? [] : [[words.former, formats.full(formerUntil)]]),
  ];
  return (
    <li className="team-card" aria-labelledby={id}>
      <header className="team-card-head">
        <h3 id={id}>
          <bdi>{name}</bdi>
        </h3>
        <span className="team-card-state" data-state={hasExpired ? 'failed' : 'connected'}>
          {hasExpired ? words.over : words.valid}
        </span>
      </header>
      <dl className="token-facts">
        {facts.map(([label, value]) => (
          <div key={label}>
            <dt>{label}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
      <Scopes scopes={scopes.slice(0, SHOWN)} />
      {scopes.length > SHOWN && (
        <details className="team-more">
          <summary aria-describedby={id}>{words.more(formats.number(scopes.length - SHOWN))}</summary>
          <Scopes scopes={scopes.slice(SHOWN)} />
        </details>
      )}
      <div className="team-row">
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
      </div>
    </li>
  );
}

function Scopes({ scopes }: { readonly scopes: readonly string[] }): ReactNode {
  return (
    <ul className="token-scopes">
      {scopes.map((scope) => (
        <li key={scope}>
          <code dir="ltr">{scope}</code>
        </li>
      ))}
    </ul>
  );
}
