/** The frame of the team's pages, with the way from one to the other and back. */
import { type ReactNode, useCallback, useEffect, useMemo, useRef, useState } from 'react';
import type { AppProps } from '../inbox/app-props.ts';
import type { Desk } from '../inbox/desk.ts';
import { BackIcon } from '../inbox/icons.tsx';
import { mayManage } from '../inbox/standing.ts';
import { TextContext } from '../text/text-context.ts';
import { AccountPage } from './account-page.tsx';
import { ChannelsPage } from './channels-page.tsx';
import { FloorPage } from './floor-page.tsx';
import { teamStrings } from './strings.ts';
import { TeamContext } from './team-context.ts';
import { TeamPage } from './team-page.tsx';
import { TokensPage } from './tokens-page.tsx';
import { ADMIN_VIEWS, VIEWS, type View } from './views.ts';
import { WebhooksPage } from './webhooks-page.tsx';

interface TeamFrameProps extends Pick<AppProps, 'browser' | 'strings' | 'formats' | 'language' | 'now'> {
  readonly view: View;
  readonly desk: Desk;
}

export function TeamFrame({ view: asked, desk, browser, strings, formats, language, now }: TeamFrameProps): ReactNode {
  const { agent } = desk.snapshot();
  // An agent can have the address of a page that the server gives to others only.
  const mayOpen = (page: View): boolean =>
    page === 'floor' ? mayManage(agent) : ADMIN_VIEWS.includes(page) ? agent.role === 'admin' : true;
  const view = mayOpen(asked) ? asked : 'account';
  const words = teamStrings[language];
  const heading = useRef<HTMLHeadingElement>(null);
  // A screen reader begins at the page that was chosen.
  // biome-ignore lint/correctness/useExhaustiveDependencies: Each page is a new beginning.
  useEffect(() => heading.current?.focus(), [view]);
  const page = useMemo(
    () => ({
      agent,
      api: browser.team,
      channels: browser.channels,
      tokens: browser.tokens,
      webhooks: browser.webhooks,
      words,
      language,
      strings,
      formats,
      now,
    }),
    [agent, browser, words, language, strings, formats, now],
  );
  const [announced, setAnnounced] = useState({ text: '', number: 0 });
  const announce = useCallback((text: string) => setAnnounced(({ number }) => ({ text, number: number + 1 })), []);
  const text = useMemo(() => ({ words: strings, announce }), [strings, announce]);
  return (
    <TeamContext value={page}>
      <TextContext value={text}>
        <div className="team">
          <header className="team-head">
            <button
              type="button"
              className="icon-button"
              aria-label={words.back}
              title={words.back}
              onClick={() => browser.show({ view: undefined })}
            >
              <BackIcon />
            </button>
            <nav className="team-views" aria-label={words.viewsLabel}>
              {VIEWS.filter(mayOpen).map((one) => (
                <a key={one} className="tab" href={`#view=${one}`} aria-current={one === view ? 'page' : undefined}>
                  {words.views[one]}
                </a>
              ))}
            </nav>
          </header>
          <main className="team-page">
            <h1 ref={heading} tabIndex={-1}>
              {words.views[view]}
            </h1>
            {view === 'floor' && <FloorPage desk={desk} onOpen={(sessionId) => browser.show({ sessionId })} />}
            {view === 'team' && <TeamPage />}
            {view === 'channels' && <ChannelsPage />}
            {view === 'tokens' && <TokensPage />}
            {view === 'webhooks' && <WebhooksPage />}
            {view === 'account' && <AccountPage />}
          </main>
          <div className="visually-hidden" role="status" aria-live="polite">
            <span key={announced.number}>{announced.text}</span>
          </div>
        </div>
      </TextContext>
    </TeamContext>
  );
}
