/**
 * Library is what the agent and its colleagues have saved: canned responses, macros and filters.
 *
 * Invariant
 * A change is sent with the version that the agent saw. What was changed meanwhile is read again.
 */
import * as z from 'zod/mini';
import { type CannedResponse, type Macro, type SavedFilter, type SavedItem, savedItem } from '../client/library.ts';
import { ApiRefusal, type ApiRequest } from './api-request.ts';
import { Observable } from './observable.ts';

export interface Saved<Item extends SavedItem = SavedItem> {
  readonly id: string;
  readonly version: number;
  readonly shared: boolean;
  readonly item: Item;
}

export interface LibraryState {
  readonly canned: readonly Saved<CannedResponse>[];
  readonly macros: readonly Saved<Macro>[];
  readonly filters: readonly Saved<SavedFilter>[];
}

const items = z.object({
  items: z.array(z.object({ id: z.string(), version: z.number(), shared: z.boolean(), item: z.unknown() })),
});

export class Library {
  readonly state = new Observable<LibraryState>({ canned: [], macros: [], filters: [] });
  readonly #api: ApiRequest;

  constructor(api: ApiRequest) {
    this.#api = api;
  }

  /** Reads all of it. Rejects if it cannot be loaded. */
  async load(): Promise<void> {
    const [canned, macros, filters] = await Promise.all([this.#read('canned'), this.#read('macro'), this.#read('filter')]);
    const byName = (a: Saved, b: Saved): number => a.item.name.localeCompare(b.item.name);
    this.state.set({
      canned: canned.flatMap((one) => (isOf(one, 'canned') ? [one] : [])).sort(byName),
      macros: macros.flatMap((one) => (isOf(one, 'macro') ? [one] : [])).sort(byName),
      filters: filters.flatMap((one) => (isOf(one, 'filter') ? [one] : [])).sort(byName),
    });
  }

  /** Saves a new item, or the change of one. Rejects with `ApiRefusal`. */
  async save(item: SavedItem, shared: boolean, before?: Pick<Saved, 'id' | 'version'>): Promise<void> {
    await this.#change(
      before === undefined
        ? this.#api('POST', '/library', { item, shared })
        : this.#api('PUT', `/library/${encodeURIComponent(before.id)}`, { item, shared, version: before.version }),
    );
  }

  async remove({ id, version }: Pick<Saved, 'id' | 'version'>): Promise<void> {
    await this.#change(this.#api('DELETE', `/library/${encodeURIComponent(id)}?version=${version}`));
  }

  async #change(request: Promise<unknown>): Promise<void> {
    try {
      await request;
    } catch (error) {
      if (error instanceof ApiRefusal) await this.load().catch(() => undefined);
      throw error;
    }
    await this.load();
  }

  async #read(kind: SavedItem['kind']): Promise<Saved[]> {
    const found = items.parse(await this.#api('GET', `/library?kind=${kind}`));
    // A later version of the program may save what this page does not know.
    return found.items.flatMap(({ item, ...rest }) => {
      const { data } = savedItem.safeParse(item);
      return data === undefined ? [] : [{ ...rest, item: data }];
    });
  }
}

function isOf<Kind extends SavedItem['kind']>(saved: Saved, kind: Kind): saved is Saved<Extract<SavedItem, { readonly kind: Kind }>> {
  return saved.item.kind === kind;
}
