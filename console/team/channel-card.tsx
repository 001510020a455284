/** One channel, with what an admin can do about it. */
import { type ReactNode, useId } from 'react';
import { useForm } from 'react-hook-form';
import { ApiRefusal } from '../inbox/api-request.ts';
import { CopyButton } from '../text/copy-button.tsx';
import { problemIn } from './channel-problems.ts';
import type { ChannelStatus } from './channels-api.ts';
import { channelsWords } from './channels-words.ts';
import { useTeam } from './team-context.ts';

/** What an address of each channel looks like. */
const EXAMPLES: Readonly<Record<string, string>> = {
  telegram: 'telegram:100:123456',
  discord: 'discord:700:500',
  whatsapp: 'whatsapp:106540352242922:201001234567',
};

export function ChannelCard({ channel }: { readonly channel: ChannelStatus }): ReactNode {
  const { formats, language, now } = useTeam();
  const words = channelsWords[language];
  const { name: channelName, state, checkedAt, newestAt, webhookUrl, qr, pairingCode, needs, sends } = channel;
  const title = words.titles[channelName] ?? channel.title;
  const problem = problemIn(language, channel);
  const id = useId();
  return (
    <li className="team-card" data-state={state} aria-labelledby={id}>
      <header className="team-card-head">
        <h2 id={id}>
          <bdi>{title}</bdi>
        </h2>
        <span className="team-card-state" data-state={state}>
          {words.states[state]}
        </span>
      </header>
      {problem !== undefined && state !== 'off' && (
        <div className={state === 'failed' ? 'bad-notice' : 'channel-note'}>
          {problem.language !== language && <p>{words.inEnglish}</p>}
          <p lang={problem.language} dir={problem.language === 'ar' ? 'rtl' : 'ltr'}>
            {problem.text}
          </p>
        </div>
      )}
      {qr !== null && (
        <div className="channel-pairing">
          <svg className="qr" role="img" aria-label={words.qr(title)} viewBox={`0 0 ${qr.size} ${qr.size}`} shapeRendering="crispEdges">
            <path d={qr.path} />
          </svg>
          <p>{words.scan}</p>
        </div>
      )}
      {pairingCode !== null && <Copyable label={words.code} value={pairingCode} copyLabel={words.copyCode(title)} />}
      {webhookUrl !== null && <Copyable label={words.webhook} value={webhookUrl} copyLabel={words.copyWebhook(title)} />}
      {state === 'off' && needs.length > 0 && (
        <div className="channel-needs">
          <h3>{words.toSet}</h3>
          <ul>
            {needs.map(({ name, about }) => (
              <li key={name}>
                <span className="team-row">
                  <code dir="ltr">{name}</code>
                  <CopyButton label={words.copyName(name)} content={() => ({ text: name })} />
                </span>
                <span className="hint" lang={words.settings[name] === undefined ? 'en' : undefined} dir="auto">
                  {words.settings[name] ?? about.replaceAll('`', '')}
                </span>
              </li>
            ))}
          </ul>
        </div>
      )}
      {state !== 'off' && (
        <p className="hint">
          {[
            newestAt === null ? words.none : words.newest(formats.ago(newestAt, now())),
            ...(checkedAt === null ? [] : [words.checked(formats.ago(checkedAt, now()))]),
          ].join(' · ')}
        </p>
      )}
      {sends && <TestForm channel={channel} title={title} />}
    </li>
  );
}

function Copyable({ label, value, copyLabel }: { readonly label: string; readonly value: string; readonly copyLabel: string }): ReactNode {
  const id = useId();
  return (
    <div className="channel-copy">
      <label htmlFor={id}>{label}</label>
      <div className="team-row">
        <input id={id} dir="ltr" readOnly value={value} />
        <CopyButton label={copyLabel} content={() => ({ text: value })} />
      </div>
    </div>
  );
}

function TestForm({ channel: { name, recent }, title }: { readonly channel: ChannelStatus; readonly title: string }): ReactNode {
  const { channels, words: team, language } = useTeam();
  const words = channelsWords[language];
  const id = useId();
  const example = EXAMPLES[name] ?? `${name}:…:…`;
  const { register, handleSubmit, setError, formState } = useForm<{ readonly address: string }>({ defaultValues: { address: '' } });
  const { errors, isSubmitting, isSubmitSuccessful } = formState;
  const problem = errors.address?.message ?? errors.root?.message;
  const send = handleSubmit(async ({ address }) => {
    await channels.test(address.trim()).catch((error: unknown) => {
      setError('root', { message: error instanceof ApiRefusal && error.message !== '' ? error.message : team.failed });
    });
  });
  return (
    <details className="channel-test team-more">
      <summary aria-label={words.testOf(title)}>{words.test}</summary>
      <form onSubmit={(event) => void send(event)} noValidate>
        <label htmlFor={id}>{words.address}</label>
        <div className="team-row">
          <input
            id={id}
            dir="ltr"
            autoComplete="off"
            spellCheck={false}
            list={`${id}-recent`}
            placeholder={example}
            aria-invalid={problem !== undefined}
            aria-describedby={`${id}-hint${problem === undefined ? '' : ` ${id}-problem`}`}
            {...register('address', { validate: (value) => value.trim().startsWith(`${name}:`) || words.badAddress(example) })}
          />
          <button type="submit" className="button primary" disabled={isSubmitting}>
            {words.send}
          </button>
        </div>
        <datalist id={`${id}-recent`}>
          {recent.map((address) => (
            <option key={address} value={address} />
          ))}
        </datalist>
        <p className="hint" id={`${id}-hint`}>
          {words.addressHint}
        </p>
        {problem !== undefined && (
          <p className="bad-notice" role="alert" id={`${id}-problem`} dir="auto">
            {problem}
          </p>
        )}
        <p className="team-news" role="status">
          {isSubmitSuccessful && problem === undefined ? words.sent : ''}
        </p>
      </form>
    </details>
  );
}
