/** The HTTP API as a third party's program uses it. Each response is checked by shape. */
import * as z from 'zod';

const sessionSchema = z.looseObject({
  id: z.string(),
  address: z.string(),
  assistant: z.string(),
  version: z.number(),
  state: z.string(),
  handler: z.string(),
  open: z.boolean(),
  previousId: z.string().nullable(),
  machine: z.object({ id: z.string(), version: z.number() }),
});
export type Session = z.infer<typeof sessionSchema>;

const entrySchema = z.object({
  seq: z.number(),
  at: z.number(),
  kind: z.string(),
  author: z.string().nullable(),
  text: z.string().nullable(),
  eventId: z.string().nullable(),
  payload: z.unknown(),
  delivery: z.looseObject({ status: z.string() }).nullable(),
});
export type Entry = z.infer<typeof entrySchema>;

export const problemSchema = z.looseObject({
  type: z.string().startsWith('urn:statechat:problem:'),
  title: z.string().min(1),
  status: z.number(),
  detail: z.string().min(1),
  code: z.string().min(1),
});

export interface Answer {
  readonly status: number;
  readonly contentType: string;
  readonly text: string;
  /** The body as JSON, or undefined if it is not JSON. */
  readonly body: unknown;
}

/** One request on a connection of its own, so that nothing is kept open when a test ends. */
export async function ask(url: string, init: RequestInit = {}): Promise<Answer> {
  const headers = new Headers(init.headers);
  headers.set('connection', 'close');
  const response = await fetch(url, { ...init, headers });
  const text = await response.text();
  const contentType = response.headers.get('content-type') ?? '';
  return { status: response.status, contentType, text, body: contentType.includes('json') ? JSON.parse(text) : undefined };
}

export class Api {
  readonly url: string;
  readonly #token: string;

  constructor(url: string, token: string) {
    this.url = url;
    this.#token = token;
  }

  get(path: string): Promise<Answer> {
    return ask(`${this.url}${path}`, { headers: { authorization: `Bearer ${this.#token}` } });
  }

  /** `body` is sent as it is when it is a text. */
  post(path: string, body: unknown, headers: Readonly<Record<string, string>> = {}): Promise<Answer> {
    return ask(`${this.url}${path}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${this.#token}`, 'content-type': 'application/json', ...headers },
      body: typeof body === 'string' ? body : JSON.stringify(body),
    });
  }

  async session(id: string): Promise<Session> {
    return sessionSchema.parse((await this.get(`/api/sessions/${id}`)).body);
  }

  /** Newest first. `query` filters, such as `?open=true`. */
  async sessions(query = ''): Promise<readonly Session[]> {
    const { body } = await this.get(`/api/sessions${query}`);
    return z.object({ sessions: z.array(sessionSchema) }).parse(body).sessions;
  }

  sessionsAt(address: string): Promise<readonly Session[]> {
    return this.sessions(`?address=${encodeURIComponent(address)}`);
  }

  async history(id: string): Promise<readonly Entry[]> {
    const entries: Entry[] = [];
    for (let after: number | null = 0; after !== null; ) {
      const { body } = await this.get(`/api/sessions/${id}/history?after=${after}&limit=1000`);
      const page: { entries: Entry[]; next: number | null } = z
        .object({ entries: z.array(entrySchema), next: z.number().nullable() })
        .parse(body);
      entries.push(...page.entries);
      after = page.next;
    }
    return entries;
  }

  /** Messages of a session, oldest first. */
  async said(id: string): Promise<readonly Entry[]> {
    return (await this.history(id)).filter(({ kind }) => kind.endsWith('.message'));
  }

  /** Sends a human's event to a session. */
  tell(id: string, event: Readonly<Record<string, unknown>>): Promise<Answer> {
    return this.post(`/api/sessions/${id}/events`, event);
  }
}
