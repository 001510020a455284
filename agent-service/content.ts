/** What turns of a conversation with a model are made of. Pure. */

export interface TextBlock {
  readonly type: 'text';
  readonly text: string;
}

/**
 * The model's own thinking, with the provider's signature. It is sent back unchanged and in its
 * place, or not at all.
 */
export interface ThinkingBlock {
  readonly type: 'thinking';
  /** May be empty. Some models show only the signature. */
  readonly text: string;
  readonly signature: string;
}

/** Thinking that the provider does not show. Opaque. */
export interface RedactedThinkingBlock {
  readonly type: 'redacted_thinking';
  readonly data: string;
}

export interface ToolUseBlock {
  readonly type: 'tool_use';
  readonly id: string;
  readonly name: string;
  readonly input: unknown;
}

export interface ToolResultBlock {
  readonly type: 'tool_result';
  readonly toolUseId: string;
  readonly text: string;
  readonly isError: boolean;
}

/**
 * A block of a kind that only the provider understands, such as the call of a tool that it runs
 * itself. It is sent back unchanged.
 */
export interface ProviderBlock {
  readonly type: 'provider';
  readonly block: Readonly<Record<string, unknown>>;
}

export type ContentBlock = TextBlock | ThinkingBlock | RedactedThinkingBlock | ToolUseBlock | ToolResultBlock | ProviderBlock;

/** A turn of words alone. */
export interface TextMessage {
  readonly role: 'user' | 'assistant';
  readonly text: string;
  /**
   * Where each further message begins in the text, if a user's turn holds several. The text alone
   * does not show it, because a message may have empty lines of its own.
   */
  readonly breaks?: readonly number[];
}

/**
 * Turn with more than text. It has what the model wrote around its tool calls, or the results of
 * the tools.
 */
export interface BlockMessage {
  readonly role: 'user' | 'assistant';
  readonly content: readonly ContentBlock[];
}

/**
 * Turns alternate, and the first is the user's. So is the last, except for a turn of the model that
 * the provider paused.
 */
export type ProviderMessage = TextMessage | BlockMessage;

export function blocksOf(message: ProviderMessage): readonly ContentBlock[] {
  return 'content' in message ? message.content : [{ type: 'text', text: message.text }];
}

/** Text alone, without thinking, tool calls and their results. */
export function messageText(message: ProviderMessage): string {
  return blocksOf(message)
    .flatMap((block) => (block.type === 'text' ? [block.text] : []))
    .join('\n\n');
}

/** All that a model has to read of a message, for an estimate of its tokens. */
export function readingOf(message: ProviderMessage): string {
  return blocksOf(message)
    .map((block) => {
      if (block.type === 'tool_use') return `${block.name} ${JSON.stringify(block.input)}`;
      if (block.type === 'provider') return JSON.stringify(block.block);
      return block.type === 'redacted_thinking' ? block.data : block.text;
    })
    .join('\n');
}
