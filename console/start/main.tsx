/**
 * Puts the start page together from what the browser offers. The only place that touches globals.
 */
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { chooseLanguage } from '../chat/strings.ts';
import { loadFaces } from '../face/face.ts';
import { loadMachine } from './machine.ts';
import { StartPage } from './start-page.tsx';
import { STRINGS } from './strings.ts';

const http: typeof fetch = (...request) => fetch(...request);
const language = chooseLanguage(new URLSearchParams(location.search).get('lang'), navigator.languages);
document.documentElement.lang = language;
document.documentElement.dir = language === 'ar' ? 'rtl' : 'ltr';

const root = document.getElementById('root');
if (root === null) throw new Error('index.html has no #root');
const [faces, machine] = await Promise.all([loadFaces(http, language), loadMachine(http)]);
createRoot(root).render(
  <StrictMode>
    <StartPage
      language={language}
      strings={STRINGS[language]}
      faces={faces}
      machine={machine}
      origin={location.origin}
      reload={() => loadMachine(http)}
    />
  </StrictMode>,
);
