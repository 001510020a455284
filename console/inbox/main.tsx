/** Puts the console together from what the browser offers. The only place that touches globals. */
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { formats } from '../chat/format.ts';
import { chooseLanguage } from '../chat/strings.ts';
import { ConsoleClient } from '../client/client.ts';
import { channelsApi } from '../team/channels-api.ts';
import { teamApi } from '../team/team-api.ts';
import { tokensApi } from '../team/tokens-api.ts';
import { viewIn } from '../team/views.ts';
import { webhooksApi } from '../team/webhooks-api.ts';
import { titled } from '../text/unread.ts';
import { Account, invitationIn } from './account.ts';
import { openAgentTools } from './agent-tools.ts';
import { apiFile, apiRequest, apiResponse } from './api-request.ts';
import { App } from './app.tsx';
import type { Browser } from './app-props.ts';
import { arabic } from './arabic.ts';
import { assistApi } from './assist-api.ts';
import { authApi, identityErrorIn } from './auth-api.ts';
import { Desk } from './desk.ts';
import { deskAids } from './desk-aids.ts';
import { deskApi } from './desk-api.ts';
import { Drafts } from './drafts.ts';
import { english } from './english.ts';
import { insightApi } from './insight-api.ts';
import type { News } from './news.ts';
import { Notifier } from './notifier.ts';
import { PreferenceStore } from './preferences.ts';
import { ReadMarks, unreadSessions } from './read-marks.ts';

const http: typeof fetch = (...request) => fetch(...request);
const query = new URLSearchParams(location.search);
const language = chooseLanguage(query.get('lang'), navigator.languages);
const locale = navigator.languages.find((tag) => tag.toLowerCase().startsWith(language)) ?? language;
const strings = language === 'ar' ? arabic : english;
document.documentElement.lang = language;
document.documentElement.dir = language === 'ar' ? 'rtl' : 'ltr';
document.title = strings.title;

const invitation = invitationIn(location.hash);
// The token serves as a password until it is used, so it does not stay in the history.
const error = identityErrorIn(location.hash);
if (invitation !== undefined || error !== undefined) history.replaceState(null, '', location.pathname + location.search);

const storage = browserStorage();
const preferences = new PreferenceStore(storage);
const account = new Account({ api: authApi(http), invitation, error, now: Date.now });
const api = apiRequest(http, () => account.token());
const sound = beeper();
const setTimer = (run: () => void, ms: number): (() => void) => {
  const timer = setTimeout(run, ms);
  return () => clearTimeout(timer);
};

const browser: Browser = {
  openDesk: (agent) => {
    let given = 0;
    const notifier = new Notifier({
      strings,
      preferences: preferences.snapshot,
      hidden: () => document.hidden || !document.hasFocus(),
      now: Date.now,
      show: (title, body, sessionId) => {
        const shown = new Notification(title, { body, tag: sessionId, icon: '/favicon.ico' });
        shown.onclick = () => {
          window.focus();
          desk.select(sessionId);
          shown.close();
        };
      },
      play: sound,
    });
    const client = new ConsoleClient({
      url: `${location.protocol === 'https:' ? 'wss' : 'ws'}://${location.host}/console/ws`,
      // A second token without a connection in between means that the first one was refused.
      token: () => account.token(given++ > 0 && client.status !== 'open'),
    });
    client.onStatus((status) => {
      if (status === 'open') given = 0;
    });
    const desk = new Desk({
      agent,
      client,
      api: deskApi(api),
      aids: deskAids(assistApi(apiResponse(http, () => account.token())), insightApi(api), language),
      drafts: new Drafts(storage, agent.id),
      reads: new ReadMarks(storage, agent.id),
      undoMs: () => preferences.snapshot().undoSeconds * 1_000,
      now: Date.now,
      setTimer,
      // A hidden page gets no frames.
      soon: (run) => void (document.hidden ? setTimeout(run, 50) : requestAnimationFrame(run)),
      newId: () => crypto.randomUUID(),
      onNews: (news: News) => notifier.receive(news),
    });
    const tools = openAgentTools({
      agent,
      client,
      desk,
      api,
      file: apiFile(http, () => account.token()),
      token: () => account.token(),
      openRequest: () => new XMLHttpRequest(),
      newId: () => crypto.randomUUID(),
    });
    const wake = (): void => desk.wake();
    const seen = (): void => {
      if (!document.hidden) desk.wake();
    };
    const countUnread = (): void => {
      document.title = titled(document.title, unreadSessions(desk.snapshot()));
    };
    const stopCounting = desk.subscribe(countUnread);
    addEventListener('online', wake);
    addEventListener('focus', seen);
    document.addEventListener('visibilitychange', seen);
    desk.start();
    const first = sessionIn(location.hash);
    if (first !== undefined) desk.select(first);
    const route = (): void => desk.select(sessionIn(location.hash));
    addEventListener('hashchange', route);
    return {
      desk,
      tools,
      close: () => {
        removeEventListener('online', wake);
        removeEventListener('focus', seen);
        removeEventListener('hashchange', route);
        document.removeEventListener('visibilitychange', seen);
        tools.stop();
        desk.stop();
        stopCounting();
        document.title = titled(document.title, 0);
      },
    };
  },
  /** The way back of a phone leads from a conversation to the list. */
  showInAddress: (sessionId) => {
    const now = sessionIn(location.hash);
    if (now === sessionId) return;
    const url = `${location.pathname}${location.search}${sessionId === undefined ? '' : `#session=${encodeURIComponent(sessionId)}`}`;
    if (now === undefined) history.pushState(null, '', url);
    else history.replaceState(null, '', url);
  },
  team: teamApi(api),
  channels: channelsApi(api),
  tokens: tokensApi(api),
  webhooks: webhooksApi(api),
  view: {
    subscribe: (listener) => {
      addEventListener('hashchange', listener);
      return () => removeEventListener('hashchange', listener);
    },
    snapshot: () => viewIn(location.hash),
  },
  show: (what) => {
    if ('sessionId' in what) location.hash = `session=${encodeURIComponent(what.sessionId)}`;
    else location.hash = what.view === undefined ? '' : `view=${what.view}`;
  },
  askForNotifications: async () => typeof Notification !== 'undefined' && (await Notification.requestPermission()) === 'granted',
};

const root = document.getElementById('root');
if (root === null) throw new Error('index.html has no #root');
createRoot(root).render(
  <StrictMode>
    <App
      account={account}
      browser={browser}
      preferences={preferences}
      language={language}
      strings={strings}
      formats={formats(locale, strings)}
      now={Date.now}
    />
  </StrictMode>,
);
await account.begin();

function sessionIn(hash: string): string | undefined {
  return new URLSearchParams(hash.replace(/^#/, '')).get('session') ?? undefined;
}

/** Two short tones. A browser that the agent has not touched yet plays nothing. */
function beeper(): () => void {
  let context: AudioContext | undefined;
  return () => {
    context ??= new AudioContext();
    const { currentTime: begin, destination } = context;
    for (const [index, frequency] of [660, 880].entries()) {
      const [tone, volume] = [context.createOscillator(), context.createGain()];
      const at = begin + index * 0.14;
      tone.frequency.value = frequency;
      volume.gain.setValueAtTime(0.0001, at);
      volume.gain.exponentialRampToValueAtTime(0.15, at + 0.02);
      volume.gain.exponentialRampToValueAtTime(0.0001, at + 0.13);
      tone.connect(volume).connect(destination);
      tone.start(at);
      tone.stop(at + 0.14);
    }
  };
}

/** Strict browsers may have no storage. What is written lives as long as the page then. */
function browserStorage(): Pick<Storage, 'getItem' | 'setItem' | 'removeItem'> {
  try {
    localStorage.getItem('statechat');
    return localStorage;
  } catch {
    const kept = new Map<string, string>();
    return {
      getItem: (key) => kept.get(key) ?? null,
      setItem: (key, value) => void kept.set(key, value),
      removeItem: (key) => void kept.delete(key),
    };
  }
}
