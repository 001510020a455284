/** The words of the pages of a session, in each language. */
import type { ChatLanguage } from '../chat/strings.ts';
import { sessionArabic } from './session-arabic.ts';
import { sessionEnglish } from './session-english.ts';
import type { SessionStrings } from './session-strings.ts';

export const SESSION_STRINGS: Readonly<Record<ChatLanguage, SessionStrings>> = { en: sessionEnglish, ar: sessionArabic };
