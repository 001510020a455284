/**
 * The page before an agent is signed in. Agents sign in here or join by an invitation, and read
 * what to do without one.
 */
import { type ReactNode, useEffect, useState } from 'react';
import { useForm } from 'react-hook-form';
import { BubbleMark } from '../chat/icons.tsx';
import type { AccountState } from './account.ts';
import type { AppProps } from './app-props.ts';
import { IDENTITY_PATH, type Refusal } from './auth-api.ts';
import { FormField, PasswordField } from './form-field.tsx';
import type { Strings } from './strings.ts';

interface SignInPageProps extends Pick<AppProps, 'account' | 'strings' | 'language' | 'formats'> {
  readonly state: Exclude<AccountState, { readonly kind: 'loading' | 'signed in' }>;
}

export function SignInPage(props: SignInPageProps): ReactNode {
  const { state, strings, language } = props;
  return (
    <div className="entrance">
      <header className="entrance-head">
        <span className="mark">
          <BubbleMark />
        </span>
        <span className="entrance-name">Statechat</span>
        <a
          className="language"
          href={`?lang=${language === 'ar' ? 'en' : 'ar'}${props.account.hash}`}
          lang={language === 'ar' ? 'en' : 'ar'}
        >
          {strings.actions.language}
        </a>
      </header>
      <main className="entrance-card">
        {state.kind === 'signed out' && <SignIn {...props} state={state} />}
        {state.kind === 'invited' && <Join {...props} state={state} />}
        {state.kind === 'no invitation' && (
          <>
            <h1>{strings.join.goneTitle}</h1>
            <p>{strings.join.gone}</p>
            <button type="button" className="button" onClick={() => void props.account.leaveInvitation()}>
              {strings.join.haveAccount}
            </button>
          </>
        )}
        {state.kind === 'unreachable' && (
          <>
            <h1>{strings.signIn.unreachable}</h1>
            <p>{strings.signIn.later}</p>
            <button type="button" className="button primary" onClick={() => void props.account.begin()}>
              {strings.signIn.retry}
            </button>
          </>
        )}
      </main>
    </div>
  );
}

function SignIn({
  account,
  strings,
  state: { ended, error },
}: SignInPageProps & { readonly state: Extract<AccountState, { readonly kind: 'signed out' }> }): ReactNode {
  const { register, handleSubmit, formState } = useForm({ defaultValues: { login: '', password: '' } });
  const [refusal, setRefusal] = useState<Refusal>();
  const { errors, isSubmitting } = formState;
  const words = strings.signIn;
  const required = { required: words.required };
  const submit = handleSubmit(async ({ login, password }) => setRefusal(await account.signIn(login, password)));
  return (
    <>
      <h1>{words.title}</h1>
      {ended && <p className="notice">{words.ended}</p>}
      {error !== undefined && (
        <p className="bad-notice" role="alert">
          {words.errors[error]}
        </p>
      )}
      <IdentityLink account={account} strings={strings} />
      <form noValidate onSubmit={(event) => void submit(event)}>
        <FormField label={words.login} error={errors.login?.message} autoComplete="username" input={register('login', required)} />
        <PasswordField
          words={words}
          label={words.password}
          error={errors.password?.message}
          autoComplete="current-password"
          input={register('password', required)}
        />
        <Refused refusal={refusal} strings={strings} />
        <button type="submit" className="button primary" disabled={isSubmitting}>
          {isSubmitting ? words.busy : words.submit}
        </button>
      </form>
      <section className="entrance-more">
        <h2>{words.firstTitle}</h2>
        <p>{words.first}</p>
        <p>{words.lost}</p>
      </section>
    </>
  );
}

/** The way to the identity provider, if there is one. */
function IdentityLink({ account, strings }: Pick<SignInPageProps, 'account' | 'strings'>): ReactNode {
  const provider = useIdentityProvider(account);
  if (provider === undefined) return null;
  return (
    <>
      <a className="button primary" href={IDENTITY_PATH}>
        {strings.signIn.with(provider)}
      </a>
      <p className="or">{strings.signIn.or}</p>
    </>
  );
}

function useIdentityProvider(account: SignInPageProps['account']): string | undefined {
  const [provider, setProvider] = useState<string>();
  useEffect(() => void account.identityProvider().then(setProvider), [account]);
  return provider;
}

function Join({
  account,
  strings,
  formats,
  state: { invitation },
}: SignInPageProps & { readonly state: Extract<AccountState, { readonly kind: 'invited' }> }): ReactNode {
  const known = invitation.agent;
  const { register, handleSubmit, formState } = useForm({ defaultValues: { login: '', name: '', password: '' } });
  const [refusal, setRefusal] = useState<Refusal>();
  const provider = useIdentityProvider(account);
  const { errors, isSubmitting } = formState;
  const words = strings.join;
  const required = { required: strings.signIn.required };
  const submit = handleSubmit(async ({ login, name, password }) =>
    setRefusal(await account.accept(known === null ? { login: login.trim(), name: name.trim(), password } : { password })),
  );
  const byIdentity = async (): Promise<void> => {
    const begun = await account.joinByIdentity();
    if (typeof begun === 'string') location.assign(begun);
    else setRefusal(begun);
  };
  return (
    <>
      <h1>{known === null ? words.title : words.passwordTitle(known.name)}</h1>
      <p>{known === null ? words.role(invitation.role) : words.passwordMore}</p>
      {provider !== undefined && (
        <>
          <button type="button" className="button primary" onClick={() => void byIdentity()}>
            {words.with(provider)}
          </button>
          <p className="or">{strings.signIn.or}</p>
        </>
      )}
      <form noValidate onSubmit={(event) => void submit(event)}>
        {known === null ? (
          <>
            <FormField
              label={words.name}
              hint={words.nameHint}
              error={errors.name?.message}
              autoComplete="name"
              input={register('name', required)}
            />
            <FormField
              label={words.login}
              hint={words.loginHint}
              error={errors.login?.message}
              autoComplete="username"
              input={register('login', required)}
            />
          </>
        ) : (
          // A password manager stores the password under this login.
          <input
            type="text"
            className="visually-hidden"
            autoComplete="username"
            value={known.login}
            readOnly
            tabIndex={-1}
            aria-hidden="true"
          />
        )}
        <PasswordField
          words={strings.signIn}
          label={strings.signIn.password}
          hint={words.passwordHint}
          error={errors.password?.message}
          autoComplete="new-password"
          input={register('password', required)}
        />
        <Refused refusal={refusal} strings={strings} />
        <button type="submit" className="button primary" disabled={isSubmitting}>
          {isSubmitting ? strings.signIn.busy : known === null ? words.submit : words.passwordSubmit}
        </button>
      </form>
      <div className="entrance-more">
        <p>{words.until(formats.full(invitation.expiresAt))}</p>
        <button type="button" className="link" onClick={() => void account.leaveInvitation()}>
          {words.haveAccount}
        </button>
      </div>
    </>
  );
}

function Refused({ refusal, strings }: { readonly refusal: Refusal | undefined; readonly strings: Strings }): ReactNode {
  if (refusal === undefined) return null;
  return (
    <p className="bad-notice" role="alert" dir="auto">
      {refusalText(refusal, strings)}
    </p>
  );
}

/** The server gives its reasons in English. The ones that agents meet are the page's own words. */
function refusalText(refusal: Refusal, { signIn, join }: Strings): string {
  if (refusal.outcome === 'later') return signIn.later;
  if (refusal.code === 'wrong_credentials') return signIn.wrong;
  if (refusal.code === 'rate_limited') return signIn.tooMany;
  return refusal.code === 'taken' ? join.taken : refusal.detail;
}
