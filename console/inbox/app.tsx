/** The console shows the forms of signing in, then the inbox of the agent who is signed in. */
import { type ReactNode, useEffect, useState, useSyncExternalStore } from 'react';
import { TeamFrame } from '../team/team-frame.tsx';
import type { AppProps } from './app-props.ts';
import type { SignedInAgent } from './auth-api.ts';
import type { Desk } from './desk.ts';
import { InboxPage } from './inbox-page.tsx';
import { SignInPage } from './sign-in-page.tsx';

export function App(props: AppProps): ReactNode {
  const { account, strings } = props;
  const state = useSyncExternalStore(account.subscribe, account.snapshot);
  if (state.kind === 'loading') return <p className="whole-page">{strings.loading}</p>;
  if (state.kind !== 'signed in') return <SignInPage {...props} state={state} />;
  return <Signed key={state.agent.id} {...props} agent={state.agent} />;
}

function Signed({ agent, ...props }: AppProps & { readonly agent: SignedInAgent }): ReactNode {
  const { browser } = props;
  const [desk, setDesk] = useState<Desk>();
  useEffect(() => {
    const opened = browser.openDesk(agent);
    setDesk(opened.desk);
    return () => opened.close();
  }, [browser, agent]);
  const view = useSyncExternalStore(browser.view.subscribe, browser.view.snapshot);
  if (desk === undefined) return null;
  return view === undefined ? <InboxPage {...props} desk={desk} /> : <TeamFrame {...props} view={view} desk={desk} />;
}
