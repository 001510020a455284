/** Shows the session or the sandbox of the address, to who is signed in or came by a share link. */
import { type ReactNode, useEffect, useMemo, useSyncExternalStore } from 'react';
import type { Formats } from '../chat/format.ts';
import type { Account } from '../inbox/account.ts';
import type { Observable } from '../inbox/observable.ts';
import { SandboxPage } from './sandbox-page.tsx';
import type { SessionApi } from './session-api.ts';
import { SessionContext } from './session-context.ts';
import { SessionPage } from './session-page.tsx';
import type { Place } from './session-place.ts';
import type { SessionStrings } from './session-strings.ts';

export interface SessionAppProps {
  readonly account: Account;
  readonly api: SessionApi;
  readonly words: SessionStrings;
  readonly formats: Formats;
  readonly place: Observable<Place>;
  readonly show: (place: Partial<Place>) => void;
  readonly origin: string;
}

export function SessionApp({ account, api, words, formats, place: places, show, origin }: SessionAppProps): ReactNode {
  const state = useSyncExternalStore(account.subscribe, account.snapshot);
  const place = useSyncExternalStore(places.subscribe, places.snapshot);
  const onlyLooks = place.share !== undefined;
  useEffect(() => {
    if (!onlyLooks) void account.begin();
  }, [account, onlyLooks]);
  const context = useMemo(() => ({ api, words, formats, onlyLooks, show, origin }), [api, words, formats, onlyLooks, show, origin]);
  return (
    <SessionContext value={context}>
      <main className="life-page">{pageOf()}</main>
    </SessionContext>
  );

  function pageOf(): ReactNode {
    if (!onlyLooks && state.kind === 'loading') return <p role="status">{words.loading}</p>;
    if (!onlyLooks && state.kind !== 'signed in') {
      return (
        <p>
          <a href="/console">{words.signIn}</a>
        </p>
      );
    }
    if (place.sandbox !== undefined) return <SandboxPage key={place.sandbox} id={place.sandbox} />;
    if (place.session !== undefined) return <SessionPage place={place} session={place.session} />;
    return (
      <p>
        <a href="/console">{words.none}</a>
      </p>
    );
  }
}
