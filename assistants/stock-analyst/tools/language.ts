/** Language of a tool's texts for people. It is the session's language. */
import { type Json, runSession } from '../../index.ts';
import { languageOf } from '../language.ts';
import type { ReportWords } from '../report/phrases.ts';
import { REPORT_WORDS } from '../report/words.ts';

/** `otherwise` is the BCP 47 tag for a run without a session. Default English. */
export function wordsFor(session: Json, otherwise = 'en'): ReportWords {
  return REPORT_WORDS[languageOf(runSession.safeParse(session).data?.locale ?? otherwise)];
}
