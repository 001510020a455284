/** A page gives its words and its live region to the texts that it shows. */
import { createContext, useContext } from 'react';

export interface TextWords {
  readonly newTab: string;
  readonly image: string;
  readonly table: string;
  readonly code: string;
  readonly copy: string;
  readonly copied: string;
  readonly notCopied: string;
}

export interface TextContent {
  readonly words: TextWords;
  /** Reads a text to a screen reader, also if it is the same as before. */
  readonly announce: (text: string) => void;
}

export const TextContext = createContext<TextContent | null>(null);

export function useText(): TextContent {
  const text = useContext(TextContext);
  if (text === null) throw new Error('useText needs a TextContext above it');
  return text;
}
