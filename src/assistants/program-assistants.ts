/** The assistants that come with the program. */
import { companion } from './companion.ts';
import type { Assistant } from './define-assistant.ts';

export const programAssistants: readonly Assistant[] = [companion];
