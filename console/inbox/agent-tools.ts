/**
 * What an agent works with beside the conversation itself: saved responses, macros and filters,
 * mentions, uploads, and the search.
 */
import type { ConsoleClient, Token } from '../client/client.ts';
import type { Ack, Request } from '../client/request.ts';
import { PendingSends } from '../media/pending-sends.ts';
import { Uploads } from '../media/uploads.ts';
import type { ApiFile, ApiRequest } from './api-request.ts';
import type { SignedInAgent } from './auth-api.ts';
import { Availability } from './availability.ts';
import type { Desk } from './desk.ts';
import { FilteredList } from './filtered-list.ts';
import { Library } from './library.ts';
import { Mentions } from './mentions.ts';
import { Observable } from './observable.ts';
import { queueNames } from './queues-api.ts';
import { type MessageAnswer, type SearchAnswer, searchMessages, searchSessions } from './session-search.ts';
import { type Template, templatesFor } from './templates.ts';
import { fileSender } from './uploads.ts';

/** An entry that the transcript is to show. */
export interface Revealed {
  readonly sessionId: string;
  readonly seq: number;
  /** The focus goes there too. */
  readonly withFocus?: boolean;
}

export interface AgentTools {
  readonly library: Library;
  readonly uploads: Uploads;
  /** Replies that wait for their files, by session. */
  readonly pendingSends: PendingSends;
  readonly filtered: FilteredList;
  readonly mentions: Mentions;
  readonly availability: Availability;
  readonly revealed: Observable<Revealed | undefined>;
  /** Names of the queues that are set up. Rejects if they cannot be loaded. */
  queues(): Promise<readonly string[]>;
  search(query: string): Promise<SearchAnswer>;
  /** Searches what was written in one session. */
  searchIn(sessionId: string, query: string): Promise<MessageAnswer>;
  /** Templates of the channel of a session. Rejects if they cannot be loaded. */
  templates(sessionId: string): Promise<readonly Template[]>;
  /**
   * The bytes of a file of a session, with the type that they have. Rejects if they cannot be
   * loaded.
   */
  file(sessionId: string, path: string): Promise<Blob>;
  send(request: Request): Promise<Ack>;
  /** Opens a session, at an entry if there is one. */
  open(sessionId: string, seq?: number | null): void;
}

export interface AgentToolsParts {
  readonly agent: SignedInAgent;
  readonly client: Pick<ConsoleClient, 'send' | 'listen' | 'onStatus'>;
  readonly desk: Pick<Desk, 'select' | 'writing' | 'submitTo'>;
  readonly api: ApiRequest;
  readonly file: ApiFile;
  readonly token: () => Promise<Token | undefined>;
  readonly openRequest: () => XMLHttpRequest;
  readonly newId: () => string;
}

export function openAgentTools({
  agent,
  client,
  desk,
  api,
  file,
  token,
  openRequest,
  newId,
}: AgentToolsParts): AgentTools & { stop(): void } {
  const library = new Library(api);
  const mentions = new Mentions(api);
  const availability = new Availability(api, agent.id);
  const filtered = new FilteredList(client, agent.id);
  const revealed = new Observable<Revealed | undefined>(undefined);
  const uploads = new Uploads({
    send: fileSender(openRequest, token),
    onStored: (sessionId, file) => desk.writing.attach(sessionId, file),
    newId,
  });
  const pendingSends = new PendingSends({
    uploads,
    send: (sessionId, text) => {
      // What was changed since is another reply.
      const { mode, reply } = desk.writing.of(sessionId);
      if (mode === 'reply' && reply === text) desk.submitTo(sessionId);
    },
  });
  // What cannot be read now is read with the next connection.
  const load = (): void => {
    library.load().catch(() => undefined);
    mentions.load().catch(() => undefined);
    availability.load().catch(() => undefined);
  };
  const stops = [
    client.onStatus((status) => {
      if (status === 'open') load();
    }),
    client.listen((message) => {
      if (message.type === 'attention' && message.reason === 'mention' && message.agentId === agent.id)
        mentions.load().catch(() => undefined);
    }),
  ];
  return {
    library,
    uploads,
    pendingSends,
    filtered,
    mentions,
    availability,
    revealed,
    queues: () => queueNames(api),
    search: (query) => searchSessions(api, query),
    searchIn: (sessionId, query) => searchMessages(api, query, sessionId),
    templates: (sessionId) => templatesFor(api, sessionId),
    file: (sessionId, path) => file(`/sessions/${encodeURIComponent(sessionId)}/${path}`),
    send: (request) => client.send(request),
    open: (sessionId, seq) => {
      revealed.set(seq == null ? undefined : { sessionId, seq });
      desk.select(sessionId);
    },
    stop: () => {
      for (const stop of stops) stop();
      filtered.stop();
      uploads.stop();
    },
  };
}
