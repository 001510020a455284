/** Which programs receive what happens in conversations. */
import { type ReactNode, useCallback, useEffect, useId, useState } from 'react';
import { useLoaded } from '../inbox/use-loaded.ts';
import { Pending } from './pending.tsx';
import { ShownSecret } from './shown-secret.tsx';
import { useTeam } from './team-context.ts';
import { WebhookCard } from './webhook-card.tsx';
import { WebhookForm } from './webhook-form.tsx';
import { webhooksWords } from './webhooks-words.ts';

/** What was sent meanwhile changes the cards. In milliseconds. */
const REFRESH_MS = 10_000;

export function WebhooksPage(): ReactNode {
  const { webhooks, language } = useTeam();
  const words = webhooksWords[language];
  const { loaded, reload } = useLoaded(useCallback(() => webhooks.list(), [webhooks]));
  const [secret, setSecret] = useState<string>();
  const [made, setMade] = useState(0);
  useEffect(() => {
    const timer = setInterval(() => void reload(), REFRESH_MS);
    return () => clearInterval(timer);
  }, [reload]);
  const id = useId();
  if (loaded.status !== 'loaded') return <Pending status={loaded.status} onRetry={() => void reload()} />;
  const { endpoints, types } = loaded.value;
  return (
    <>
      <p className="team-intro">{words.intro}</p>
      {endpoints.length === 0 ? (
        <p className="hint">{words.empty}</p>
      ) : (
        <ul className="team-cards">
          {endpoints.map((endpoint) => (
            <WebhookCard key={endpoint.id} endpoint={endpoint} types={types} onChanged={reload} />
          ))}
        </ul>
      )}
      <section className="team-section" aria-labelledby={id}>
        <h2 id={id}>{words.add}</h2>
        {secret !== undefined && (
          <ShownSecret key={secret} label={words.secret} secret={secret} copy={words.copySecret} hint={words.secretOnce} />
        )}
        <WebhookForm
          key={made}
          types={types}
          submit={words.create}
          onSubmit={async (input) => {
            const created = await webhooks.create(input);
            setSecret(created.secret);
            setMade((count) => count + 1);
            await reload();
          }}
        />
      </section>
    </>
  );
}
