/** Mentions are the notes that mention the agent, also those from while it was away. */
import * as z from 'zod/mini';
import type { ApiRequest } from './api-request.ts';
import { Observable } from './observable.ts';

const page = z.object({
  mentions: z.array(
    z.object({
      id: z.string(),
      sessionId: z.string(),
      seq: z.number(),
      at: z.number(),
      by: z.string(),
      text: z.string(),
      seen: z.boolean(),
    }),
  ),
});
export type MentionItem = z.infer<typeof page>['mentions'][number];

export class Mentions {
  readonly state = new Observable<readonly MentionItem[]>([]);
  readonly #api: ApiRequest;

  constructor(api: ApiRequest) {
    this.#api = api;
  }

  /** Reads the newest. Rejects if they cannot be loaded. */
  async load(): Promise<void> {
    this.state.set(page.parse(await this.#api('GET', '/mentions?limit=100')).mentions);
  }

  /** Marks them as seen, at once on this page. */
  async see(ids: readonly string[]): Promise<void> {
    const unseen = this.state.snapshot().filter(({ id, seen }) => !seen && ids.includes(id));
    if (unseen.length === 0) return;
    this.state.set(this.state.snapshot().map((mention) => (ids.includes(mention.id) ? { ...mention, seen: true } : mention)));
    await this.#api('POST', '/mentions/seen', { ids: unseen.map(({ id }) => id) });
  }
}

export function unseenIn(mentions: readonly MentionItem[]): number {
  return mentions.filter(({ seen }) => !seen).length;
}
