/**
 * Context of a model request as it is built for a session (M3). It is part of the contract between
 * assistants, which build it, and the host, which shows it to operators.
 */

/**
 * Part of a system prompt. `cached` means that many requests share it, so the provider may cache
 * it.
 */
export interface SystemPart {
  readonly text: string;
  readonly cached: boolean;
}

export interface BuiltContext {
  readonly system: readonly SystemPart[];
  /**
   * Alternating, oldest first. The first and the last are the user's. `breaks` is where each
   * further message begins in a turn of several.
   */
  readonly messages: readonly { readonly role: 'user' | 'assistant'; readonly text: string; readonly breaks?: readonly number[] }[];
  /**
   * Tokens of each part, our estimate times the session's ratio. `limit` is null if there is none.
   */
  readonly tokens: {
    readonly limit: number | null;
    readonly total: number;
    readonly prompt: number;
    readonly customer: number;
    readonly analysis: number;
    readonly summaries: number;
    readonly messages: number;
  };
  /** How much of what the session keeps is in it. */
  readonly shown: { readonly summaries: number; readonly messages: number; readonly leftOut: number; readonly cut: boolean };
}
