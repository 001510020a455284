/** Puts the page together from what the browser offers. The only place that touches globals. */
import { type ReactNode, StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { colourOf, loadFace } from '../face/face.ts';
import { webApi } from './api.ts';
import { ChatPage } from './chat-page.tsx';
import { Conversation } from './conversation.ts';
import { formats } from './format.ts';
import { PageContext } from './page-context.ts';
import { chooseLanguage, STRINGS, withFace } from './strings.ts';
import { UnknownAssistant } from './unknown-assistant.tsx';

const query = new URLSearchParams(location.search);
const language = chooseLanguage(query.get('lang'), navigator.languages);
// The browser's own region if it has the page's language. ar-EG writes other month names than
// ar-SA.
const locale = navigator.languages.find((tag) => tag.toLowerCase().startsWith(language)) ?? language;
const assistant = query.get('assistant') ?? undefined;

document.documentElement.lang = language;
document.documentElement.dir = language === 'ar' ? 'rtl' : 'ltr';

const conversation = new Conversation({
  api: webApi(
    (...request) => fetch(...request),
    () => new XMLHttpRequest(),
  ),
  fetch: (...request) => fetch(...request),
  storage: browserStorage(),
  assistant,
  locale,
  now: Date.now,
  random: Math.random,
  newId: () => crypto.randomUUID(),
  setTimer: (run, ms) => {
    const timer = setTimeout(run, ms);
    return () => clearTimeout(timer);
  },
  // A hidden page gets no frames.
  soon: (run) => void (document.hidden ? setTimeout(run, 50) : requestAnimationFrame(run)),
  withLock: async (name, run) => (navigator.locks === undefined ? run() : await navigator.locks.request(name, run)),
});
addEventListener('online', () => conversation.wake());
addEventListener('storage', (event) => conversation.storageChanged(event.key));
addEventListener('pageshow', (event) => {
  if (event.persisted) conversation.wake();
});
document.addEventListener('visibilitychange', () => {
  if (!document.hidden) conversation.wake();
});
conversation.start();

// If the browser lays its keyboard over the page instead of shrinking it, the page shrinks itself.
const viewport = window.visualViewport;
viewport?.addEventListener('resize', () => {
  document.documentElement.style.setProperty('--app-height', `${viewport.height}px`);
});

const root = document.getElementById('root');
if (root === null) throw new Error('index.html has no #root');
createRoot(root).render(<StrictMode>{await page()}</StrictMode>);

/** A visitor who has talked to an assistant that is gone still sees that conversation. */
async function page(): Promise<ReactNode> {
  const found = await loadFace((...request) => fetch(...request), assistant, language);
  if (found === 'unknown' && !conversation.begun) {
    const strings = STRINGS[language];
    document.title = strings.unknownAssistant.title;
    return <UnknownAssistant name={assistant ?? ''} strings={strings} language={language} />;
  }
  const face = found === 'unknown' ? undefined : found;
  const strings = face === undefined ? STRINGS[language] : withFace(STRINGS[language], face);
  document.title = strings.title;
  for (const [name, value] of Object.entries((face && colourOf(face)) ?? {})) document.documentElement.style.setProperty(name, value);
  return (
    <PageContext value={{ conversation, language, face, strings, formats: formats(locale, strings) }}>
      <ChatPage />
    </PageContext>
  );
}

/**
 * Frames of other sites and strict browsers may have no storage. The conversation lives as long as
 * the page then.
 */
function browserStorage(): Pick<Storage, 'getItem' | 'setItem' | 'removeItem' | 'key' | 'length'> {
  try {
    localStorage.getItem('statechat');
    return localStorage;
  } catch {
    const kept = new Map<string, string>();
    return {
      getItem: (key) => kept.get(key) ?? null,
      setItem: (key, value) => void kept.set(key, value),
      removeItem: (key) => void kept.delete(key),
      key: (index) => [...kept.keys()][index] ?? null,
      get length() {
        return kept.size;
      },
    };
  }
}
