/** The console shows the forms of signing in, then the inbox of the agent who is signed in. */
import { type ReactNode, useEffect, useState, useSyncExternalStore } from 'react';
import { TeamFrame } from '../team/team-frame.tsx';
import type { AppProps } from './app-props.ts';
import type { SignedInAgent } from './auth-api.ts';
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
  const [opened, setOpened] = useState<ReturnType<AppProps['browser']['openDesk']>>();
  useEffect(() => {
    const now = browser.openDesk(agent);
    setOpened(now);
    return () => now.close();
  }, [browser, agent]);
  const view = useSyncExternalStore(browser.view.subscribe, browser.view.snapshot);
  if (opened === undefined) return null;
  const { desk, tools } = opened;
  return view === undefined ? <InboxPage {...props} desk={desk} tools={tools} /> : <TeamFrame {...props} view={view} desk={desk} />;
}
