/** Puts the machines' page together from what the browser offers. It alone touches globals. */
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { formats } from '../chat/format.ts';
import { chooseLanguage } from '../chat/strings.ts';
import { Account } from '../inbox/account.ts';
import { apiRequest } from '../inbox/api-request.ts';
import { arabic } from '../inbox/arabic.ts';
import { authApi, identityErrorIn } from '../inbox/auth-api.ts';
import { english } from '../inbox/english.ts';
import { Observable } from '../inbox/observable.ts';
import { saveFile } from '../text/save-file.ts';
import { machinesApi } from './machines-api.ts';
import { MachinesApp } from './machines-app.tsx';
import { hashOf, type Place, placeIn } from './place.ts';
import { sessionApi } from './session-api.ts';
import { sessionTimes } from './session-times.ts';
import { SESSION_STRINGS } from './session-words.ts';
import { machineStrings } from './strings.ts';
import { workerEngine } from './worker-engine.ts';

const http: typeof fetch = async (...request) => {
  const response = await fetch(...request);
  // In development the program could not start again. Its place is taken by a page that says why.
  if (response.headers.has('Statechat-Start')) location.reload();
  return response;
};
const language = chooseLanguage(new URLSearchParams(location.search).get('lang'), navigator.languages);
const locale = navigator.languages.find((tag) => tag.toLowerCase().startsWith(language)) ?? language;
const strings = language === 'ar' ? arabic : english;
const words = machineStrings[language];
document.documentElement.lang = language;
document.documentElement.dir = language === 'ar' ? 'rtl' : 'ltr';
document.title = words.title;

const account = new Account({ api: authApi(http), invitation: undefined, error: identityErrorIn(location.hash), now: Date.now });
const place = new Observable(placeIn(location.hash));
addEventListener('hashchange', () => place.set(placeIn(location.hash)));
/**
 * Browsers refuse an address that changes too often, as it would while a slider moves. In
 * milliseconds.
 */
const ADDRESS_MS = 150;
let addressTimer: ReturnType<typeof setTimeout> | undefined;
const token = async () => {
  const { share } = place.snapshot();
  return share === undefined ? account.token() : { token: share };
};
const request = apiRequest(http, token);
const machines = { api: machinesApi(request), engine: workerEngine((url) => new Worker(url)), words, save: saveFile };
const sessions = {
  api: sessionApi(request),
  words: SESSION_STRINGS[language],
  formats: formats(locale, strings),
  times: sessionTimes(locale),
  show: (next: Partial<Place>): void => {
    clearTimeout(addressTimer);
    location.hash = hashOf({ ...next, share: place.snapshot().share });
  },
  step: (next: Partial<Place>): void => {
    place.set({ ...place.snapshot(), ...next });
    clearTimeout(addressTimer);
    addressTimer = setTimeout(() => history.replaceState(null, '', hashOf(place.snapshot())), ADDRESS_MS);
  },
  origin: location.origin,
};

const root = document.getElementById('root');
if (root === null) throw new Error('index.html has no #root');
createRoot(root).render(
  <StrictMode>
    <MachinesApp account={account} language={language} strings={strings} machines={machines} sessions={sessions} place={place} />
  </StrictMode>,
);
