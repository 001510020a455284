/**
 * What a human agent may have the model write: a draft of a reply, and a brief of the conversation.
 * It is part of the contract between assistants, which make the request, and the host, which runs
 * it. Neither is a run of the session's machine.
 */
import type { Json } from '../definition.ts';

export type AssistWish =
  /** A reply to the customer that the agent edits and sends. */
  | { readonly type: 'reply'; readonly agent: string; readonly notes: readonly string[] }
  /** What happened and what the customer wants, for an agent who takes over. BCP 47 language. */
  | { readonly type: 'brief'; readonly language: string; readonly notes: readonly string[] };

/** A run of the agent service. */
export interface AssistRequest {
  readonly workflow: string;
  readonly params: Json;
  /** What gates and hooks may know of the session. Never shown to the model. */
  readonly session: Json;
}

/** Kinds of the entries that a brief is made of. */
export const SPOKEN_KINDS: ReadonlySet<string> = new Set([
  'customer.message',
  'customer.edit',
  'assistant.message',
  'agent.message',
  'note',
]);
