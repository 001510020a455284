/**
 * The moment of a step. While a slider moves, steps change faster than moments arrive. So there is
 * one request at a time, and the next one is for the step that is wanted by then.
 */
import { useEffect, useRef, useState } from 'react';
import type { Moment, SessionApi } from './session-api.ts';

export interface ShownMoment {
  /** The last one that arrived. It may be of another step than the wanted one. */
  readonly moment: Moment | undefined;
  readonly error: unknown;
}

/** Moments that are kept, so that going back and forth needs no request. */
const KEPT = 200;
/** A failed request is made again after this time, in milliseconds. */
const RETRY_MS = 3_000;

/** @param seq undefined while no step is known. */
export function useMoment(
  api: SessionApi,
  sessionId: string,
  seq: number | undefined,
  isLasting: (error: unknown) => boolean,
): ShownMoment {
  const [shown, setShown] = useState<ShownMoment>({ moment: undefined, error: undefined });
  const wanted = useRef<number | undefined>(undefined);
  const kept = useRef(new Map<number, Moment>());
  const busy = useRef(false);
  const left = useRef(false);
  useEffect(() => {
    left.current = false;
    return () => {
      left.current = true;
    };
  }, []);
  // biome-ignore lint/correctness/useExhaustiveDependencies: A session is shown by a component of its own.
  useEffect(() => {
    wanted.current = seq;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const load = async (): Promise<void> => {
      if (busy.current) return;
      busy.current = true;
      try {
        for (let at = wanted.current; at !== undefined && !left.current; ) {
          const moment = kept.current.get(at) ?? (await api.moment(sessionId, at));
          keep(kept.current, moment);
          if (left.current) return;
          setShown({ moment, error: undefined });
          at = wanted.current === at ? undefined : wanted.current;
        }
      } catch (error) {
        if (left.current) return;
        setShown((before) => ({ ...before, error }));
        if (!isLasting(error)) timer = setTimeout(() => void load(), RETRY_MS);
      } finally {
        busy.current = false;
      }
    };
    void load();
    return () => clearTimeout(timer);
  }, [api, sessionId, seq]);
  return shown;
}

/** The one that was used last is kept longest. */
function keep(moments: Map<number, Moment>, moment: Moment): void {
  moments.delete(moment.seq);
  moments.set(moment.seq, moment);
  const oldest = moments.size > KEPT ? moments.keys().next().value : undefined;
  if (oldest !== undefined) moments.delete(oldest);
}
