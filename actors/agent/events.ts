/** What a run says while it is at work (A3). All of it is JSON, with secrets taken out: it goes to browsers, logs and journals. */
import type { Json } from '#machines/definition.ts';
import type { StopReason, Usage } from './provider.ts';

export type RunEvent =
  /** The first one. */
  | { readonly type: 'connected'; readonly sessionId: string; readonly runId: string; readonly workflow: string; readonly model: string }
  /** A piece of the model's thinking; empty when it begins to think. */
  | { readonly type: 'thinking'; readonly turn: number; readonly text: string }
  /**
   * A piece of text. `offset` is how much of this turn's text came before, in UTF-16 units; 0 begins anew, as
   * each turn does: what was said before a tool call is no part of the answer.
   */
  | { readonly type: 'chunk'; readonly turn: number; readonly offset: number; readonly text: string }
  /** The model calls a tool. `input` is what the tool is given. */
  | { readonly type: 'tool'; readonly turn: number; readonly id: string; readonly name: string; readonly input: Json }
  /** What came of it, as the model reads it. `ms` is how long it took. */
  | {
      readonly type: 'tool_result';
      readonly turn: number;
      readonly id: string;
      readonly name: string;
      readonly ok: boolean;
      readonly text: string;
      readonly ms: number;
    }
  /** A tool made a file. */
  | { readonly type: 'report'; readonly name: string; readonly mimeType: string; readonly base64: string }
  /** Of one request: its tokens, what we had estimated to go in, its micro-dollars; and the tokens of the run so far. */
  | {
      readonly type: 'usage';
      readonly turn: number;
      readonly model: string;
      readonly usage: Usage;
      readonly estimatedInput: number;
      readonly costMicros: number;
      readonly total: Usage;
    }
  /** Older messages went in as a summary. Counts are of messages and tokens. */
  | { readonly type: 'compacted'; readonly messages: number; readonly tokensBefore: number; readonly tokensAfter: number }
  /** The last one, if it went well. `output` is the checked value of a run with structured output. */
  | {
      readonly type: 'complete';
      readonly text: string;
      readonly output?: Json;
      readonly stop: StopReason;
      readonly model: string;
      readonly turns: number;
      readonly usage: Usage;
      /** Of the whole run. */
      readonly costMicros: number;
    }
  /** The last one, if it did not. `code` is that of the error; `stopped`: it was aborted. `reason` is for those who look after the program. */
  | { readonly type: 'error'; readonly code: string; readonly message: string; readonly retryable: boolean; readonly reason?: string };

export const NO_USAGE: Usage = { inputTokens: 0, outputTokens: 0, cacheReadTokens: 0, cacheWriteTokens: 0, estimated: false };

export function addUsage(a: Usage, b: Usage): Usage {
  return {
    inputTokens: a.inputTokens + b.inputTokens,
    outputTokens: a.outputTokens + b.outputTokens,
    cacheReadTokens: a.cacheReadTokens + b.cacheReadTokens,
    cacheWriteTokens: a.cacheWriteTokens + b.cacheWriteTokens,
    estimated: a.estimated || b.estimated,
  };
}
