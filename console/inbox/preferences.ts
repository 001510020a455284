/** What the agent chose on this computer, in the browser's storage. */
import * as z from 'zod/mini';
import { ACTIONS, type Bindings, bindingsOf } from './keys.ts';

/** What can be chosen as `undoSeconds`. */
export const UNDO_SECONDS = [0, 5, 10, 20] as const;

const schema = z.object({
  notifications: z.catch(z.boolean(), false),
  sound: z.catch(z.boolean(), true),
  /** Single keys are commands. */
  keys: z.catch(z.boolean(), true),
  /** Keys that differ from the defaults. Null for an action without a key. */
  chosenKeys: z.catch(z.partialRecord(z.enum(ACTIONS), z.nullable(z.object({ code: z.string(), shift: z.boolean() }))), {}),
  /** Seconds in which a message can be taken back before it is sent. */
  undoSeconds: z.catch(z.literal(UNDO_SECONDS), 5),
});
export type Preferences = z.infer<typeof schema>;

/** The single keys of the agent. Undefined if they are turned off. */
export function bindingsIn({ keys, chosenKeys }: Preferences): Bindings | undefined {
  return keys ? bindingsOf(chosenKeys) : undefined;
}

const KEY = 'statechat.console.preferences';

export class PreferenceStore {
  readonly #storage: Pick<Storage, 'getItem' | 'setItem'>;
  readonly #listeners = new Set<() => void>();
  #preferences: Preferences;

  constructor(storage: Pick<Storage, 'getItem' | 'setItem'>) {
    this.#storage = storage;
    this.#preferences = read(storage);
  }

  readonly snapshot = (): Preferences => this.#preferences;

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  };

  set(changed: Partial<Preferences>): void {
    this.#preferences = { ...this.#preferences, ...changed };
    try {
      this.#storage.setItem(KEY, JSON.stringify(this.#preferences));
    } catch {
      // Then it holds until the page is closed.
    }
    for (const listener of this.#listeners) listener();
  }
}

function read(storage: Pick<Storage, 'getItem'>): Preferences {
  try {
    return schema.parse(JSON.parse(storage.getItem(KEY) ?? '{}'));
  } catch {
    return schema.parse({});
  }
}
