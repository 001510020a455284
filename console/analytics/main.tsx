/** Puts the page together from what the browser offers. It alone touches globals. */
import { type ReactNode, StrictMode, useEffect, useMemo, useSyncExternalStore } from 'react';
import { createRoot } from 'react-dom/client';
import { formats } from '../chat/format.ts';
import { chooseLanguage } from '../chat/strings.ts';
import { Account } from '../inbox/account.ts';
import { apiFile, apiRequest } from '../inbox/api-request.ts';
import { arabic } from '../inbox/arabic.ts';
import { authApi, identityErrorIn } from '../inbox/auth-api.ts';
import { english } from '../inbox/english.ts';
import { Observable } from '../inbox/observable.ts';
import { SignInPage } from '../inbox/sign-in-page.tsx';
import { mayManage } from '../inbox/standing.ts';
import { saveFile } from '../text/save-file.ts';
import { analyticsApi } from './analytics-api.ts';
import { AnalyticsPage } from './analytics-page.tsx';
import { hashOf, type Place, placeIn } from './place.ts';
import { ANALYTICS_WORDS } from './strings.ts';
import { valueFormat } from './value-format.ts';

const http: typeof fetch = (...request) => fetch(...request);
const language = chooseLanguage(new URLSearchParams(location.search).get('lang'), navigator.languages);
const locale = navigator.languages.find((tag) => tag.toLowerCase().startsWith(language)) ?? language;
const strings = language === 'ar' ? arabic : english;
const words = ANALYTICS_WORDS[language];
document.documentElement.lang = language;
document.documentElement.dir = language === 'ar' ? 'rtl' : 'ltr';
document.title = words.title;

const account = new Account({ api: authApi(http), invitation: undefined, error: identityErrorIn(location.hash), now: Date.now });
const place = new Observable(placeIn(location.hash));
addEventListener('hashchange', () => place.set(placeIn(location.hash)));
const token = () => account.token();
const api = analyticsApi(apiRequest(http, token), apiFile(http, token));
const own = Intl.DateTimeFormat().resolvedOptions().timeZone;
const written = formats(locale, strings);
const show = (next: Place): void => {
  location.hash = hashOf(next);
};

function Page(): ReactNode {
  const state = useSyncExternalStore(account.subscribe, account.snapshot);
  const shown = useSyncExternalStore(place.subscribe, place.snapshot);
  const timeZone = shown.zone ?? own;
  const format = useMemo(() => valueFormat(locale, timeZone, words.points), [timeZone]);
  useEffect(() => void account.begin(), []);
  if (state.kind === 'loading') return <p className="whole-page">{strings.loading}</p>;
  if (state.kind !== 'signed in') return <SignInPage {...{ account, strings, language, state }} formats={written} />;
  if (!mayManage(state.agent)) return <p className="whole-page">{words.forbidden}</p>;
  return (
    <AnalyticsPage
      {...{ api, words, format, timeZone, show }}
      time={written.full}
      today={new Intl.DateTimeFormat('en-CA', { timeZone }).format(Date.now())}
      rtl={language === 'ar'}
      place={shown}
      save={saveFile}
    />
  );
}

const root = document.getElementById('root');
if (root === null) throw new Error('index.html has no #root');
createRoot(root).render(
  <StrictMode>
    <Page />
  </StrictMode>,
);
