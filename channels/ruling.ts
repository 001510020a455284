/** What becomes of one kind of what a provider sends. Tables of rulings are shown to people. */
export type Ruling =
  /** Becomes an event of a session. The text says which. */
  | { readonly taken: string }
  /** Changes no session. It is counted and logged with this reason. */
  | { readonly ignored: string }
  /** A person sent it to be acted on, and no session can. It is stored as a dead letter. */
  | { readonly kept: string };

export const taken = (as: string): Ruling => ({ taken: as });
export const ignored = (reason: string): Ruling => ({ ignored: reason });
export const kept = (reason: string): Ruling => ({ kept: reason });
