/** Context for every part of the console. */
import { createContext, useContext, useEffect, useMemo, useState, useSyncExternalStore } from 'react';
import type { Formats } from '../chat/format.ts';
import type { ChatLanguage } from '../chat/strings.ts';
import type { AgentTools } from './agent-tools.ts';
import type { Desk } from './desk.ts';
import { type ActionId, shownKey } from './keys.ts';
import type { Observable } from './observable.ts';
import { bindingsIn, type PreferenceStore } from './preferences.ts';
import type { Snapshot } from './snapshot.ts';
import type { Strings } from './strings.ts';

export interface ConsoleContext {
  readonly desk: Desk;
  readonly tools: AgentTools;
  readonly preferences: PreferenceStore;
  readonly language: ChatLanguage;
  readonly strings: Strings;
  readonly formats: Formats;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  readonly run: (action: ActionId) => void;
  readonly isPossible: (action: ActionId) => boolean;
}

export const PageContext = createContext<ConsoleContext | null>(null);

export function useConsole(): ConsoleContext {
  const page = useContext(PageContext);
  if (page === null) throw new Error('useConsole needs a PageContext above it');
  return page;
}

/** The key of an action as people read it. Undefined if it has none, or keys are turned off. */
export function useShownKey(): (action: ActionId) => string | undefined {
  const { preferences } = useConsole();
  const chosen = useSyncExternalStore(preferences.subscribe, preferences.snapshot);
  return useMemo(() => {
    const bindings = bindingsIn(chosen) ?? {};
    return (action) => shownKey(action, bindings);
  }, [chosen]);
}

export function useDesk(): Snapshot {
  const { desk } = useConsole();
  return useSyncExternalStore(desk.subscribe, desk.snapshot);
}

/** A value that is drawn again when it changes. */
export function useObserved<T>(observable: Observable<T>): T {
  return useSyncExternalStore(observable.subscribe, observable.snapshot);
}

/** The time, which goes on by itself. */
export function useNow(everyMs = 1_000): number {
  const { now } = useConsole();
  const [time, setTime] = useState(now);
  useEffect(() => {
    const timer = setInterval(() => setTime(now()), everyMs);
    return () => clearInterval(timer);
  }, [now, everyMs]);
  return time;
}

/** A time today, or the day and the time. */
export function shortTime(formats: Formats, at: number, now: number): string {
  return formats.dayKey(at) === formats.dayKey(now) ? formats.time(at) : `${formats.day(at, now)}, ${formats.time(at)}`;
}
