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

/** An image that the user sent. */
export interface ImageBlock {
  readonly type: 'image';
  readonly mimeType: 'image/jpeg' | 'image/png' | 'image/gif' | 'image/webp';
  readonly base64: string;
  /** By estimate. */
  readonly tokens: number;
}

/** A PDF that the user sent. The provider reads its text and looks at its pages. */
export interface PdfBlock {
  readonly type: 'pdf';
  readonly base64: string;
  /** By estimate. */
  readonly tokens: number;
}

export type ContentBlock =
  | TextBlock
  | ImageBlock
  | PdfBlock
  | ThinkingBlock
  | RedactedThinkingBlock
  | ToolUseBlock
  | ToolResultBlock
  | ProviderBlock;

/** A file that the user sent. `label` names it, as the text of its turn does. */
export interface Attachment {
  readonly label: string;
  readonly block: TextBlock | ImageBlock | PdfBlock;
}

/** A turn of words, with files that the user sent. */
export interface TextMessage {
  readonly role: 'user' | 'assistant';
  readonly text: string;
  /**
   * Where each further message begins in the text, if a user's turn holds several. The text alone
   * does not show it, because a message may have empty lines of its own.
   */
  readonly breaks?: readonly number[];
  /** Stand before the text. */
  readonly attached?: readonly Attachment[];
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
  if ('content' in message) return message.content;
  const { text, attached = [] } = message;
  return [...attached.flatMap(({ label, block }) => [{ type: 'text' as const, text: label }, block]), { type: 'text', text }];
}

/** Text alone, without files, thinking, tool calls and their results. */
export function messageText(message: ProviderMessage): string {
  if ('text' in message) return message.text;
  return blocksOf(message)
    .flatMap((block) => (block.type === 'text' ? [block.text] : []))
    .join('\n\n');
}

/** All text that a model has to read of a message, for an estimate of its tokens. */
export function readingOf(message: ProviderMessage): string {
  return blocksOf(message)
    .filter((block) => block.type !== 'image' && block.type !== 'pdf')
    .map((block) => {
      if (block.type === 'tool_use') return `${block.name} ${JSON.stringify(block.input)}`;
      if (block.type === 'provider') return JSON.stringify(block.block);
      return block.type === 'redacted_thinking' ? block.data : block.text;
    })
    .join('\n');
}

/** Tokens of what a model looks at in a message, by estimate. */
export function lookingAt(message: ProviderMessage): number {
  return blocksOf(message).reduce((sum, block) => (block.type === 'image' || block.type === 'pdf' ? sum + block.tokens : sum), 0);
}
