/** The agent's own account: where it is signed in, and the password. */
import { type ReactNode, useId, useState } from 'react';
import { useForm } from 'react-hook-form';
import { ApiRefusal } from '../inbox/api-request.ts';
import { PasswordField } from '../inbox/form-field.tsx';
import { useLoaded } from '../inbox/use-loaded.ts';
import { Pending } from './pending.tsx';
import { useTeam } from './team-context.ts';

export function AccountPage(): ReactNode {
  const { agent, words } = useTeam();
  return (
    <>
      <p className="team-intro">{words.account.signedInAs(agent.login, words.roles[agent.role])}</p>
      <Devices />
      <PasswordForm />
    </>
  );
}

function Devices(): ReactNode {
  const { api, words, formats, now } = useTeam();
  const { account } = words;
  const { loaded, reload } = useLoaded(api.devices);
  const id = useId();
  const [hasFailed, setFailed] = useState(false);
  const end = async (deviceId?: string): Promise<void> => {
    setFailed(false);
    await api.endDevices(deviceId).catch(() => setFailed(true));
    await reload();
  };
  return (
    <section className="team-section" aria-labelledby={id}>
      <h2 id={id}>{account.devices}</h2>
      {hasFailed && (
        <p className="bad-notice" role="alert">
          {words.failed}
        </p>
      )}
      {loaded.status !== 'loaded' ? (
        <Pending status={loaded.status} onRetry={reload} />
      ) : (
        <>
          <ul className="team-list">
            {loaded.value.map(({ id: deviceId, device, network, usedAt, current }) => (
              <li key={deviceId}>
                <span className="team-grow">
                  <bdi>{device}</bdi>
                  {current && <span className="tag">{account.thisDevice}</span>}
                  <span className="hint">{account.lastUse(formats.ago(usedAt, now()), network)}</span>
                </span>
                {!current && (
                  <button type="button" className="button" aria-label={account.endOf(device)} onClick={() => void end(deviceId)}>
                    {account.end}
                  </button>
                )}
              </li>
            ))}
          </ul>
          {loaded.value.length > 1 && (
            <button type="button" className="button" onClick={() => void end()}>
              {account.endOthers}
            </button>
          )}
        </>
      )}
    </section>
  );
}

interface PasswordFields {
  readonly current: string;
  readonly next: string;
  readonly repeat: string;
}

/** The server's own bound. It refuses weaker ones with its reason. */
const MIN_PASSWORD_LENGTH = 15;

function PasswordForm(): ReactNode {
  const { agent, api, words, strings } = useTeam();
  const { account } = words;
  const id = useId();
  const required = { required: account.required };
  const form = useForm<PasswordFields>({ defaultValues: { current: '', next: '', repeat: '' } });
  const { register, handleSubmit, setError, reset, formState } = form;
  const { errors, isSubmitting } = formState;
  const [isDone, setDone] = useState(false);
  const submit = handleSubmit(async ({ current, next }) => {
    setDone(false);
    try {
      await api.changePassword(current, next);
      reset();
      setDone(true);
    } catch (error) {
      if (!(error instanceof ApiRefusal)) setError('root', { message: words.failed });
      else if (error.code === 'wrong_password') setError('current', { message: account.wrong }, { shouldFocus: true });
      else setError('next', { message: error.message }, { shouldFocus: true });
    }
  });
  return (
    <section className="team-section" aria-labelledby={`${id}-title`}>
      <h2 id={`${id}-title`}>{account.password}</h2>
      <form className="team-form" noValidate onSubmit={(event) => void submit(event)}>
        <input
          type="text"
          className="visually-hidden"
          autoComplete="username"
          value={agent.login}
          readOnly
          tabIndex={-1}
          aria-hidden="true"
        />
        <PasswordField
          words={strings.signIn}
          label={account.current}
          error={errors.current?.message}
          autoComplete="current-password"
          input={register('current', required)}
        />
        <PasswordField
          words={strings.signIn}
          label={account.next}
          hint={account.hint}
          error={errors.next?.message}
          autoComplete="new-password"
          input={register('next', {
            ...required,
            validate: (text) => [...text].length >= MIN_PASSWORD_LENGTH || account.tooShort,
          })}
        />
        <PasswordField
          words={strings.signIn}
          label={account.repeat}
          error={errors.repeat?.message}
          autoComplete="new-password"
          input={register('repeat', { ...required, validate: (text, all) => text === all.next || account.differs })}
        />
        {errors.root !== undefined && (
          <p className="bad-notice" role="alert">
            {errors.root.message}
          </p>
        )}
        <p role="status">{isDone ? account.done : ''}</p>
        <button type="submit" className="button primary" disabled={isSubmitting}>
          {account.submit}
        </button>
      </form>
    </section>
  );
}
