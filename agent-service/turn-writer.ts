import { isVisible } from '#machines/text.ts';
import type { ContentBlock, ToolUseBlock } from './content.ts';
import type { ProviderEvent } from './provider.ts';

/** Puts the events of one stream together to the turn that the model wrote, block by block. */
export class TurnWriter {
  readonly #blocks: ContentBlock[] = [];
  #thinking: string | null = null;

  add(event: ProviderEvent): void {
    const last = this.#blocks.at(-1);
    if (event.type === 'thinking') this.#thinking = (this.#thinking ?? '') + event.text;
    else if (event.type === 'thinking_signed') {
      if (event.signature !== '') this.#blocks.push({ type: 'thinking', text: this.#thinking ?? '', signature: event.signature });
      this.#thinking = null;
    } else if (event.type === 'redacted_thinking') this.#blocks.push({ type: 'redacted_thinking', data: event.data });
    else if (event.type === 'tool_use') this.#blocks.push({ type: 'tool_use', id: event.id, name: event.name, input: event.input });
    else if (event.type === 'provider_block') this.#blocks.push({ type: 'provider', block: event.block });
    else if (event.type === 'text') {
      if (last?.type === 'text') this.#blocks[this.#blocks.length - 1] = { type: 'text', text: last.text + event.text };
      else this.#blocks.push({ type: 'text', text: event.text });
    }
  }

  /**
   * Without unsigned thinking and text of nothing visible, because no provider takes them back.
   */
  get content(): readonly ContentBlock[] {
    return this.#blocks.filter((block) => block.type !== 'text' || isVisible(block.text));
  }

  /** All text as it was written. */
  get written(): string {
    return this.#blocks.flatMap((block) => (block.type === 'text' ? [block.text] : [])).join('');
  }

  get calls(): readonly ToolUseBlock[] {
    return this.#blocks.flatMap((block) => (block.type === 'tool_use' ? [block] : []));
  }
}
