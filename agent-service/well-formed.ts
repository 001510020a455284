import { endsInHalf, wellFormed, wellFormedJson } from '#machines/text.ts';
import type { ProviderEvent } from './provider.ts';

type Piece = Extract<ProviderEvent, { readonly type: 'text' | 'thinking' }>;

/**
 * Events of a provider with every string well-formed. If a provider cuts a surrogate pair between
 * two pieces of text, the first half is held back until the second one arrives.
 */
export async function* wellFormedEvents(events: AsyncIterable<ProviderEvent>): AsyncGenerator<ProviderEvent> {
  let held: Piece | undefined;
  for await (const event of events) {
    if (event.type === 'usage') {
      yield event;
      continue;
    }
    const before = held;
    held = undefined;
    if (before !== undefined && before.type !== event.type) yield wellFormedJson(before);
    if (event.type !== 'text' && event.type !== 'thinking') {
      yield wellFormedJson(event);
      continue;
    }
    const text = (before?.type === event.type ? before.text : '') + event.text;
    const half = endsInHalf(text) ? text.slice(-1) : '';
    if (half !== '') held = { type: event.type, text: half };
    // A piece of thinking may be empty, which says that the model has begun to think.
    if (half === '' || text.length > 1) yield { type: event.type, text: wellFormed(text.slice(0, text.length - half.length)) };
  }
  if (held !== undefined) yield wellFormedJson(held);
}
