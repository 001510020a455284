/** Context for every part of the page, with the strings, the formats and the conversation. */
import { createContext, useContext } from 'react';
import type { Face } from '../face/face.ts';
import type { Conversation } from './conversation.ts';
import type { Formats } from './format.ts';
import type { ChatLanguage, Strings } from './strings.ts';

export interface ChatPageContext {
  readonly conversation: Conversation;
  readonly language: ChatLanguage;
  /** Undefined if the server did not say. The page has words of its own then. */
  readonly face: Face | undefined;
  readonly strings: Strings;
  readonly formats: Formats;
}

export const PageContext = createContext<ChatPageContext | null>(null);

export function usePage(): ChatPageContext {
  const page = useContext(PageContext);
  if (page === null) throw new Error('usePage needs a PageContext above it');
  return page;
}
