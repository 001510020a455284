/**
 * The page before an agent is signed in. Agents sign in here or join by an invitation, and read
 * what to do without one.
 */
import { type FormEvent, type ReactNode, useId, useState } from 'react';
import { BubbleMark } from '../chat/icons.tsx';
import type { AccountState } from './account.ts';
import type { AppProps } from './app-props.ts';
import type { Refusal } from './auth-api.ts';
import type { Strings } from './strings.ts';

interface SignInPageProps extends AppProps {
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
        {state.kind === 'signed out' && <SignIn {...props} ended={state.ended} />}
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

function SignIn({ account, strings, ended }: SignInPageProps & { readonly ended: boolean }): ReactNode {
  const [login, setLogin] = useState('');
  const [password, setPassword] = useState('');
  const { busy, refusal, submit } = useSubmit(() => account.signIn(login, password));
  const words = strings.signIn;
  return (
    <>
      <h1>{words.title}</h1>
      {ended && <p className="notice">{words.ended}</p>}
      <form onSubmit={submit}>
        <Field label={words.login} value={login} onChange={setLogin} autoComplete="username" />
        <PasswordField strings={strings} label={words.password} value={password} onChange={setPassword} autoComplete="current-password" />
        <Refused refusal={refusal} strings={strings} />
        <button type="submit" className="button primary" disabled={busy}>
          {busy ? words.busy : words.submit}
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

function Join({
  account,
  strings,
  formats,
  state: { invitation },
}: SignInPageProps & { readonly state: Extract<AccountState, { readonly kind: 'invited' }> }): ReactNode {
  const known = invitation.agent;
  const [login, setLogin] = useState('');
  const [name, setName] = useState('');
  const [password, setPassword] = useState('');
  const { busy, refusal, submit } = useSubmit(() =>
    account.accept(known === null ? { login: login.trim(), name: name.trim(), password } : { password }),
  );
  const words = strings.join;
  return (
    <>
      <h1>{known === null ? words.title : words.passwordTitle(known.name)}</h1>
      <p>{known === null ? words.role(invitation.role) : words.passwordMore}</p>
      <form onSubmit={submit}>
        {known === null ? (
          <>
            <Field label={words.name} hint={words.nameHint} value={name} onChange={setName} autoComplete="name" />
            <Field label={words.login} hint={words.loginHint} value={login} onChange={setLogin} autoComplete="username" />
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
          strings={strings}
          label={strings.signIn.password}
          hint={words.passwordHint}
          value={password}
          onChange={setPassword}
          autoComplete="new-password"
        />
        <Refused refusal={refusal} strings={strings} />
        <button type="submit" className="button primary" disabled={busy}>
          {busy ? strings.signIn.busy : known === null ? words.submit : words.passwordSubmit}
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

function useSubmit(send: () => Promise<Refusal | undefined>) {
  const [busy, setBusy] = useState(false);
  const [refusal, setRefusal] = useState<Refusal>();
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    if (busy) return;
    setBusy(true);
    void send().then((refused) => {
      setBusy(false);
      setRefusal(refused);
    });
  };
  return { busy, refusal, submit };
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

interface FieldProps {
  readonly label: string;
  readonly hint?: string;
  readonly value: string;
  readonly onChange: (value: string) => void;
  readonly autoComplete: string;
}

function Field({ label, hint, value, onChange, autoComplete }: FieldProps): ReactNode {
  const id = useId();
  return (
    <div className="form-field">
      <label htmlFor={id}>{label}</label>
      <input
        id={id}
        dir="auto"
        required
        value={value}
        autoComplete={autoComplete}
        autoCapitalize="none"
        spellCheck={false}
        aria-describedby={hint === undefined ? undefined : `${id}-hint`}
        onChange={(event) => onChange(event.target.value)}
      />
      {hint !== undefined && (
        <p className="hint" id={`${id}-hint`}>
          {hint}
        </p>
      )}
    </div>
  );
}

function PasswordField({ strings, label, hint, value, onChange, autoComplete }: FieldProps & { readonly strings: Strings }): ReactNode {
  const id = useId();
  const [shown, setShown] = useState(false);
  return (
    <div className="form-field">
      <label htmlFor={id}>{label}</label>
      <div className="password">
        <input
          id={id}
          dir="ltr"
          required
          type={shown ? 'text' : 'password'}
          value={value}
          autoComplete={autoComplete}
          autoCapitalize="none"
          spellCheck={false}
          aria-describedby={hint === undefined ? undefined : `${id}-hint`}
          onChange={(event) => onChange(event.target.value)}
        />
        <button type="button" className="link" onClick={() => setShown(!shown)}>
          {shown ? strings.signIn.hide : strings.signIn.show}
        </button>
      </div>
      {hint !== undefined && (
        <p className="hint" id={`${id}-hint`}>
          {hint}
        </p>
      )}
    </div>
  );
}
