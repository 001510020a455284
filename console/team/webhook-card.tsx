/** One endpoint, with how it does and what an admin can do about it. */
import { type ReactNode, useId, useState } from 'react';
import { ApiRefusal } from '../inbox/api-request.ts';
import { ShownSecret } from './shown-secret.tsx';
import { useTeam } from './team-context.ts';
import { WebhookForm } from './webhook-form.tsx';
import { WebhookLog } from './webhook-log.tsx';
import type { WebhookEndpoint } from './webhooks-api.ts';
import { webhooksWords } from './webhooks-words.ts';

interface WebhookCardProps {
  readonly endpoint: WebhookEndpoint;
  readonly types: readonly string[];
  readonly onChanged: () => Promise<void>;
}

export function WebhookCard({ endpoint, types, onChanged }: WebhookCardProps): ReactNode {
  const { webhooks, words: team, formats, language, now } = useTeam();
  const words = webhooksWords[language];
  const { url, description, events, disabled, health, waiting, oldSecretUntil } = endpoint;
  const id = useId();
  const [isBusy, setBusy] = useState(false);
  const [isRemoving, setRemoving] = useState(false);
  const [isLogShown, setLogShown] = useState(false);
  const [secret, setSecret] = useState<string>();
  const [news, setNews] = useState('');
  const [problem, setProblem] = useState('');
  const state = disabled !== null ? 'disabled' : health.failingSince === null ? 'on' : 'failing';
  const host = URL.parse(url)?.host ?? url;

  const act = async (work: () => Promise<string | undefined>): Promise<void> => {
    setBusy(true);
    setNews('');
    setProblem('');
    await work().then(
      (said) => setNews(said ?? ''),
      (error: unknown) => {
        const isChanged = error instanceof ApiRefusal && error.code === 'changed';
        setProblem(isChanged ? words.changedMeanwhile : error instanceof ApiRefusal && error.message !== '' ? error.message : team.failed);
      },
    );
    setBusy(false);
    await onChanged();
  };
  const change = (part: { readonly disabled: boolean; readonly missed?: 'send' | 'skip' }): void =>
    void act(async () => void (await webhooks.change(endpoint, part)));
  const ping = (): void =>
    void act(async () => {
      const { status, reason, latencyMs } = await webhooks.ping(endpoint.id);
      if (reason !== null) throw new ApiRefusal('', words.pingFailed(reason));
      return words.pinged(formats.number(status ?? 0), words.ms(formats.number(latencyMs)));
    });
  const button = (label: string, onPress: () => void): ReactNode => (
    <button type="button" className="button" disabled={isBusy} onClick={onPress}>
      {label}
    </button>
  );

  return (
    <li className="team-card" data-state={state} aria-labelledby={id}>
      <header className="team-card-head">
        <h2 id={id}>
          <bdi>{description === '' ? host : description}</bdi>
        </h2>
        <span className="team-card-state" data-state={state === 'on' ? 'connected' : 'failed'}>
          {words.states[state]}
        </span>
      </header>
      <p className="webhook-url" dir="ltr">
        {url}
      </p>
      <p className="hint">{events.map((type) => words.eventNames[type] ?? type).join(' · ')}</p>
      {disabled !== null && (
        <p className="bad-notice">
          {words.disabledBecause[disabled.reason](formats.ago(disabled.at, now()))} <bdi lang="en">{disabled.detail}</bdi>
        </p>
      )}
      {state === 'failing' && (
        <p className="bad-notice">{words.failingSince(formats.full(health.failingSince ?? 0), formats.number(health.failures))}</p>
      )}
      <p className="hint">
        {[
          health.lastSuccessAt === null ? words.noSuccess : words.lastSuccess(formats.ago(health.lastSuccessAt, now())),
          ...(waiting > 0 ? [words.waiting(formats.number(waiting))] : []),
          ...(oldSecretUntil === null ? [] : [words.bothSign(formats.full(oldSecretUntil))]),
        ].join(' · ')}
      </p>
      {secret !== undefined && (
        <ShownSecret key={secret} label={words.secret} secret={secret} copy={words.copySecret} hint={words.secretOnce} />
      )}
      <div className="team-row">
        {button(words.ping, ping)}
        {button(words.rotate, () => void act(async () => void setSecret(await webhooks.rotate(endpoint.id))))}
        {disabled === null ? (
          button(words.disable, () => change({ disabled: true }))
        ) : (
          <>
            {button(words.enableSend, () => change({ disabled: false, missed: 'send' }))}
            {button(words.enableSkip, () => change({ disabled: false, missed: 'skip' }))}
          </>
        )}
        {isRemoving ? (
          <>
            {button(words.removeSure, () => void act(async () => void (await webhooks.remove(endpoint.id))))}
            {button(words.cancel, () => setRemoving(false))}
          </>
        ) : (
          button(words.remove, () => setRemoving(true))
        )}
      </div>
      <p role="status" className="team-news">
        {news}
      </p>
      {problem !== '' && (
        <p className="bad-notice" role="alert" dir="auto">
          {problem}
        </p>
      )}
      <details className="team-more">
        <summary aria-describedby={id}>{words.edit}</summary>
        <WebhookForm
          key={endpoint.version}
          types={types}
          before={endpoint}
          submit={words.save}
          onSubmit={async (input) => {
            const isRefiltered = !isSame(input.assistants, endpoint.assistants) || !isSame(input.channels, endpoint.channels);
            const { assistants, channels, ...rest } = input;
            // The same filter again would skip what waits.
            await webhooks.change(endpoint, isRefiltered ? input : rest).finally(onChanged);
          }}
        />
      </details>
      <details className="team-more" onToggle={(event) => setLogShown(event.currentTarget.open)}>
        <summary aria-describedby={id}>{words.log}</summary>
        {isLogShown && <WebhookLog endpointId={endpoint.id} host={host} />}
      </details>
    </li>
  );
}

function isSame(a: readonly string[] | null, b: readonly string[] | null): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}
