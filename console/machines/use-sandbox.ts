/** A sandbox, with the steps that are played in it here and by others. */
import { useCallback, useEffect, useRef, useState } from 'react';
import { codeOf, problemText } from './problem-text.ts';
import type { Json, SandboxState, SessionApi } from './session-api.ts';
import type { SessionStrings } from './session-strings.ts';

export interface UsedSandbox {
  readonly state: SandboxState | undefined;
  /** JSON Schema of the events that its machine takes. */
  readonly events: Json;
  readonly problem: string | undefined;
  /** There is none, or there is none any more. */
  readonly isGone: boolean;
  /** Somebody else played the last step. */
  readonly byOthers: boolean;
  readonly busy: boolean;
  /** Resolves to false if the change was refused. The reason is the problem then. */
  readonly change: (change: (state: SandboxState) => Promise<SandboxState>) => Promise<boolean>;
}

/** How often it looks for steps of others, in milliseconds. */
const POLL_MS = 3_000;

export function useSandbox(api: SessionApi, id: string, words: SessionStrings['problems']): UsedSandbox {
  const [state, setState] = useState<SandboxState>();
  const [events, setEvents] = useState<Json>(null);
  const [problem, setProblem] = useState<string>();
  const [isGone, setGone] = useState(false);
  const [byOthers, setByOthers] = useState(false);
  const [busy, setBusy] = useState(false);
  const latest = useRef<SandboxState | undefined>(undefined);
  const changing = useRef(false);
  const take = useCallback((next: SandboxState) => {
    latest.current = next;
    setState(next);
    if (next.events !== undefined) setEvents(next.events);
  }, []);
  const refuse = useCallback(
    (error: unknown) => {
      setProblem(problemText(error, words, words.noSandbox));
      if (codeOf(error) === 'not_found') setGone(true);
    },
    [words],
  );

  useEffect(() => {
    let left = false;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const read = async (): Promise<void> => {
      let isLasting = false;
      try {
        if (!document.hidden && !changing.current) {
          const found = await api.sandbox(id);
          const known = latest.current;
          if (left) return;
          if (known === undefined || found.version > known.version) {
            take(found);
            setByOthers(known !== undefined);
          }
          if (known === undefined) setProblem(undefined);
        }
      } catch (error) {
        if (left) return;
        isLasting = codeOf(error) !== undefined;
        if (latest.current === undefined || codeOf(error) === 'not_found') refuse(error);
      }
      if (!left && !isLasting) timer = setTimeout(() => void read(), POLL_MS);
    };
    void read();
    return () => {
      left = true;
      clearTimeout(timer);
    };
  }, [api, id, take, refuse]);

  const change = async (make: (now: SandboxState) => Promise<SandboxState>): Promise<boolean> => {
    const before = latest.current;
    if (before === undefined || changing.current) return false;
    changing.current = true;
    setBusy(true);
    try {
      take(await make(before));
      setProblem(undefined);
      setByOthers(false);
      return true;
    } catch (error) {
      refuse(error);
      if (codeOf(error) === 'changed') await api.sandbox(id).then(take, refuse);
      return false;
    } finally {
      changing.current = false;
      setBusy(false);
    }
  };
  return { state, events, problem, isGone, byOthers, busy, change };
}
