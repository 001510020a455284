/** Context for the pages of a session. */
import { createContext, useContext } from 'react';
import type { Formats } from '../chat/format.ts';
import type { Place } from './place.ts';
import type { SessionApi } from './session-api.ts';
import type { SessionStrings } from './session-strings.ts';
import type { SessionTimes } from './session-times.ts';

export interface SessionContextValue {
  readonly api: SessionApi;
  readonly words: SessionStrings;
  readonly formats: Formats;
  readonly times: SessionTimes;
  /** Came by a share link, and may do nothing but look. */
  readonly onlyLooks: boolean;
  readonly show: (place: Partial<Place>) => void;
  /** The same for another step of what is shown. It makes no entry in the browser's history. */
  readonly step: (place: Partial<Place>) => void;
  readonly origin: string;
}

export const SessionContext = createContext<SessionContextValue | null>(null);

export function useSession(): SessionContextValue {
  const page = useContext(SessionContext);
  if (page === null) throw new Error('useSession needs a SessionContext above it');
  return page;
}
