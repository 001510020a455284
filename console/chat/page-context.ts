/** Context for every part of the page, with the strings, the formats and the conversation. */
import { createContext, useContext } from 'react';
import type { Conversation } from './conversation.ts';
import type { Formats } from './format.ts';
import type { Language, Strings } from './strings.ts';

export interface Page {
  readonly conversation: Conversation;
  readonly language: Language;
  readonly strings: Strings;
  readonly formats: Formats;
}

export const PageContext = createContext<Page | null>(null);

export function usePage(): Page {
  const page = useContext(PageContext);
  if (page === null) throw new Error('usePage needs a PageContext above it');
  return page;
}
