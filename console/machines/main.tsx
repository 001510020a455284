/** Puts the machines' page together from what the browser offers. It alone touches globals. */
import { StrictMode, useSyncExternalStore } from 'react';
import { createRoot } from 'react-dom/client';
import { formats } from '../chat/format.ts';
import { chooseLanguage } from '../chat/strings.ts';
import { Account } from '../inbox/account.ts';
import { apiRequest } from '../inbox/api-request.ts';
import { arabic } from '../inbox/arabic.ts';
import { authApi, identityErrorIn } from '../inbox/auth-api.ts';
import { english } from '../inbox/english.ts';
import { SignInPage } from '../inbox/sign-in-page.tsx';
import { saveFile } from '../text/save-file.ts';
import { machinesApi } from './machines-api.ts';
import { MachinesContext } from './machines-context.ts';
import { MachinesPage } from './machines-page.tsx';
import { machineStrings } from './strings.ts';
import { workerEngine } from './worker-engine.ts';

const http: typeof fetch = (...request) => fetch(...request);
const language = chooseLanguage(new URLSearchParams(location.search).get('lang'), navigator.languages);
const locale = navigator.languages.find((tag) => tag.toLowerCase().startsWith(language)) ?? language;
const strings = language === 'ar' ? arabic : english;
const words = machineStrings[language];
document.documentElement.lang = language;
document.documentElement.dir = language === 'ar' ? 'rtl' : 'ltr';
document.title = words.title;

const account = new Account({ api: authApi(http), invitation: undefined, error: identityErrorIn(location.hash), now: Date.now });
const page = {
  api: machinesApi(apiRequest(http, () => account.token())),
  engine: workerEngine((url) => new Worker(url)),
  words,
  save: saveFile,
};

const chosenIn = (): string | undefined => new URLSearchParams(location.hash.replace(/^#/, '')).get('machine') ?? undefined;
const address = {
  subscribe: (listener: () => void) => {
    addEventListener('hashchange', listener);
    return () => removeEventListener('hashchange', listener);
  },
  choose: (name: string): void => {
    location.hash = `machine=${encodeURIComponent(name)}`;
  },
};

function App() {
  const state = useSyncExternalStore(account.subscribe, account.snapshot);
  const chosen = useSyncExternalStore(address.subscribe, chosenIn);
  if (state.kind === 'loading') return <p className="whole-page">{strings.loading}</p>;
  if (state.kind !== 'signed in')
    return <SignInPage account={account} strings={strings} language={language} formats={formats(locale, strings)} state={state} />;
  return (
    <MachinesContext value={page}>
      <MachinesPage chosen={chosen} onChoose={address.choose} />
    </MachinesContext>
  );
}

const root = document.getElementById('root');
if (root === null) throw new Error('index.html has no #root');
createRoot(root).render(
  <StrictMode>
    <App />
  </StrictMode>,
);
await account.begin();
