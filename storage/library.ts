/**
 * Library port. It keeps what agents save for their work: canned responses, macros, and filters of
 * lists. An item is shared by all agents or belongs to one. It is changed by compare-and-set on its
 * version, so two agents never overwrite each other. Each store has one (`StoreLifecycle.library`).
 *
 * Times are milliseconds since the epoch. Failures to reach the store are `Unavailable`.
 */
import * as z from 'zod';
import { InvalidInput } from '#machines/errors.ts';
import { isVisible } from '#machines/text.ts';

export const LIBRARY_KINDS = ['canned', 'macro', 'filter'] as const;
export type LibraryKind = (typeof LIBRARY_KINDS)[number];

/** Characters of an item's content as JSON. */
export const MAX_CONTENT = 100_000;

export const libraryItemSchema = z.strictObject({
  id: z.string().min(1).max(100),
  kind: z.enum(LIBRARY_KINDS),
  /** Id of the agent that it belongs to. Null if all agents share it. */
  owner: z.string().min(1).max(100).nullable(),
  /**
   * Unique among the items of its kind and owner, in the form of `itemKey`. Of a canned response it
   * is the shortcut.
   */
  name: z.string().min(1).max(100).refine(isVisible, 'a name that people can see is expected'),
  /** What it is, as JSON. What may be in it is the caller's rule. */
  content: z.json().refine((content) => JSON.stringify(content).length <= MAX_CONTENT, `at most ${MAX_CONTENT} characters are expected`),
  /** Id of the agent who changed it last. */
  changedBy: z.string().min(1).max(100),
  changedAt: z.int().nonnegative(),
  /** 1 for a new item, and one more with each change. */
  version: z.int().positive(),
});
export type LibraryItem = z.infer<typeof libraryItemSchema>;

/**
 * - `stored`: it is durable.
 * - `taken`: another item of its kind and owner has the name, or another item has the id.
 * - `conflict`: the item has another version by now, or does not exist.
 */
export type LibraryWrite = 'stored' | 'taken' | 'conflict';

export interface Library {
  libraryItem(id: string): Promise<LibraryItem | undefined>;
  /** The shared ones and the agent's own, in the order of their ids, at most `limit`. */
  libraryItems(kind: LibraryKind, agentId: string, limit: number): Promise<readonly LibraryItem[]>;
  /** Stores an item of version 1, or the next version of an existing one. Its kind stays. */
  putLibraryItem(item: LibraryItem): Promise<LibraryWrite>;
  /** Removes it if it has this version. False if it has another one, or does not exist. */
  removeLibraryItem(id: string, version: number): Promise<boolean>;
}

/** Two names that look the same are the same. */
export function itemKey(name: string): string {
  return name
    .normalize('NFKC')
    .replace(/[\p{Cc}\p{Cf}\p{Default_Ignorable_Code_Point}]/gu, '')
    .trim()
    .toLowerCase();
}

/** Throws `InvalidInput` on what no caller should have let through. */
export function checkLibraryItem(item: LibraryItem): void {
  const { success, error } = libraryItemSchema.safeParse(item);
  if (!success) throw new InvalidInput(`The item cannot be stored: ${z.prettifyError(error)}`);
}
