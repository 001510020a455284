/** The page of the address, for those who are signed in or came by a share link. */
import { type ReactNode, useEffect, useMemo, useSyncExternalStore } from 'react';
import type { ChatLanguage } from '../chat/strings.ts';
import type { Account } from '../inbox/account.ts';
import type { Observable } from '../inbox/observable.ts';
import { SignInPage } from '../inbox/sign-in-page.tsx';
import type { Strings } from '../inbox/strings.ts';
import { MachinesContext, type MachinesContextValue } from './machines-context.ts';
import { MachinesPage } from './machines-page.tsx';
import { hashOf, type Place } from './place.ts';
import { SandboxPage } from './sandbox-page.tsx';
import { SessionContext, type SessionContextValue } from './session-context.ts';
import { SessionPage } from './session-page.tsx';

export interface MachinesAppProps {
  readonly account: Account;
  readonly language: ChatLanguage;
  /** Words of the sign-in. */
  readonly strings: Strings;
  readonly machines: MachinesContextValue;
  readonly sessions: Omit<SessionContextValue, 'onlyLooks'>;
  readonly place: Observable<Place>;
}

export function MachinesApp({ account, language, strings, machines, sessions, place: places }: MachinesAppProps): ReactNode {
  const state = useSyncExternalStore(account.subscribe, account.snapshot);
  const place = useSyncExternalStore(places.subscribe, places.snapshot);
  const onlyLooks = place.share !== undefined;
  useEffect(() => {
    if (!onlyLooks) void account.begin();
  }, [account, onlyLooks]);
  const context = useMemo(() => ({ ...sessions, onlyLooks }), [sessions, onlyLooks]);
  if (!onlyLooks && state.kind !== 'signed in') {
    if (state.kind === 'loading') return <p className="whole-page">{strings.loading}</p>;
    return <SignInPage account={account} strings={strings} language={language} formats={sessions.formats} state={state} />;
  }
  return (
    <MachinesContext value={machines}>
      <SessionContext value={context}>{pageOf()}</SessionContext>
    </MachinesContext>
  );

  function pageOf(): ReactNode {
    const { session, sandbox } = place;
    if (sandbox === undefined && session === undefined) return <MachinesPage place={place} show={sessions.show} />;
    return (
      <main className="life-page">
        {!onlyLooks && (
          <nav>
            <a href={hashOf({})}>{machines.words.title}</a>
          </nav>
        )}
        {sandbox !== undefined && <SandboxPage key={sandbox} id={sandbox} />}
        {sandbox === undefined && session !== undefined && <SessionPage place={place} session={session} />}
      </main>
    );
  }
}
