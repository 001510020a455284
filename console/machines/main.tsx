/** Puts the pages together from what the browser offers. The only place that touches globals. */
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { formats } from '../chat/format.ts';
import { STRINGS as CHAT_STRINGS, chooseLanguage } from '../chat/strings.ts';
import { Account } from '../inbox/account.ts';
import { apiRequest } from '../inbox/api-request.ts';
import { authApi } from '../inbox/auth-api.ts';
import { Observable } from '../inbox/observable.ts';
import { sessionApi } from './session-api.ts';
import { SessionApp } from './session-app.tsx';
import { hashOf, placeIn } from './session-place.ts';
import { SESSION_STRINGS } from './session-strings.ts';

const http: typeof fetch = (...request) => fetch(...request);
const language = chooseLanguage(new URLSearchParams(location.search).get('lang'), navigator.languages);
const locale = navigator.languages.find((tag) => tag.toLowerCase().startsWith(language)) ?? language;
const words = SESSION_STRINGS[language];
document.documentElement.lang = language;
document.documentElement.dir = language === 'ar' ? 'rtl' : 'ltr';
document.title = words.title;

const account = new Account({ api: authApi(http), invitation: undefined, error: undefined, now: Date.now });
const place = new Observable(placeIn(location.hash));
addEventListener('hashchange', () => place.set(placeIn(location.hash)));
const token = async () => {
  const { share } = place.snapshot();
  return share === undefined ? account.token() : { token: share };
};

const root = document.getElementById('root');
if (root === null) throw new Error('index.html has no #root');
createRoot(root).render(
  <StrictMode>
    <SessionApp
      account={account}
      api={sessionApi(apiRequest(http, token))}
      words={words}
      formats={formats(locale, CHAT_STRINGS[language])}
      place={place}
      show={(next) => {
        location.hash = hashOf({ ...next, share: place.snapshot().share });
      }}
      origin={location.origin}
    />
  </StrictMode>,
);
