/** What a session learns of the media of its messages, as changes of its context. */
import type { Message, SessionContext } from './context.ts';
import type { MediaKeepParams } from './effects.ts';
import type { Media, SessionEventOf } from './events.ts';
import type { MediaEvent } from './media.ts';

/** What is to be kept of a message. A location and a contact have no bytes. */
export function toKeep({ id, media = [] }: Pick<SessionEventOf<'customer.message'>, 'id' | 'media'>): MediaKeepParams[] {
  return media.flatMap((one, index) => (one.ref === undefined ? [] : [{ messageId: id, index, media: one }]));
}

export function isNewsOfMedia({ messages }: Pick<SessionContext, 'messages'>, event: MediaEvent): boolean {
  return messages.some((message) => isNews(message, event));
}

export function mediaNoted({ messages }: SessionContext, event: MediaEvent): Pick<SessionContext, 'messages'> {
  return { messages: messages.map((message) => (isNews(message, event) ? noted(message, event) : message)) };
}

function isNews({ role, id, media = [] }: Message, { messageId, index }: MediaEvent): boolean {
  const one = role === 'customer' && id === messageId ? media[index] : undefined;
  return one !== undefined && one.file === undefined && one.lost === undefined;
}

function noted(message: Message, event: MediaEvent): Message {
  const media = message.media ?? [];
  return { ...message, media: media.map((one, index) => (index === event.index ? withNews(one, event) : one)) };
}

/** The bytes say what it is, whatever its sender said. */
function withNews(media: Media, event: MediaEvent): Media {
  if (event.type === 'media.lost') return { ...media, lost: event.reason };
  const { type: _type, at: _at, messageId: _message, index: _index, ...kept } = event;
  return { ...media, ...kept };
}
