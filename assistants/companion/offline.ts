/** What the companion says of preferences without a model. Anything else is chat. Pure. */
import { arabicPhrases, englishPhrases, nameTold, type OfflinePlan, recordOf } from '../index.ts';
import { companionPreferences, isForget, type Preferences, preferences } from './preferences.ts';

const ASKS =
  /\bwhat (?:do|did) you (?:know|remember)|\b(?:list|show|what are) (?:me )?my preferences|\bmy preferences\b|ماذا تعرف عني|ما الذي تعرفه|[اإ]يه اللي تعرفه عني|تعرف [اإ]يه عني|تفضيلاتي/iu;

interface Words {
  readonly known: string;
  readonly nothing: string;
  readonly kept: string;
  readonly forgotten: string;
  readonly lines: (kept: Preferences) => readonly string[];
}

const ENGLISH: Words = {
  known: 'This is what I keep about you:',
  nothing: 'I keep nothing about you yet. Say “remember that …”, “I like …” or “call me …”.',
  kept: 'I will remember that, also after /reset. Ask what I know about you at any time.',
  forgotten: 'Done, I no longer keep that.',
  lines: ({ name, language, answers, likes = [], dislikes = [], remember = [] }) => [
    ...(name === undefined ? [] : [`Your name is ${name}`]),
    ...(language === undefined ? [] : [`You want answers in ${language === 'ar' ? 'Arabic' : 'English'}`]),
    ...(answers === undefined ? [] : [`You want ${answers} answers`]),
    ...likes.map((one) => `You like ${one}`),
    ...dislikes.map((one) => `You do not like ${one}`),
    ...remember.map((one) => `“${one}”`),
  ],
};
const ARABIC: Words = {
  known: 'هذا ما أحتفظ به عنك:',
  nothing: 'لا أحتفظ بشيء عنك بعد. قل «تذكر أن …» أو «أحب …» أو «اسمي …».',
  kept: 'سأتذكر ذلك، حتى بعد ‎/reset. اسألني متى شئت عما أعرفه عنك.',
  forgotten: 'تم، لم أعد أحتفظ بذلك.',
  lines: ({ name, language, answers, likes = [], dislikes = [], remember = [] }) => [
    ...(name === undefined ? [] : [`اسمك ${name}`]),
    ...(language === undefined ? [] : [`تريد الإجابة ${language === 'ar' ? 'بالعربية' : 'بالإنجليزية'}`]),
    ...(answers === undefined ? [] : [`تريد إجابات ${answers === 'short' ? 'قصيرة' : 'مفصلة'}`]),
    ...likes.map((one) => `تحب ${one}`),
    ...dislikes.map((one) => `لا تحب ${one}`),
    ...remember.map((one) => `«${one}»`),
  ],
};

export const companionPlan: OfflinePlan = ({ messages, params }) => {
  const said = messages.at(-1)?.text ?? '';
  const isArabic = /\p{Script=Arabic}/u.test(said);
  const words = isArabic ? ARABIC : ENGLISH;
  const phrases = isArabic ? arabicPhrases : englishPhrases;
  const kept = preferences.safeParse(recordOf(params.preferences)).data ?? {};
  if (phrases.asksName.test(said) && kept.name !== undefined) return { text: phrases.yourName(kept.name) };
  if (ASKS.test(said)) {
    const lines = words.lines(kept).map((line) => `- ${line}`);
    return { text: lines.length === 0 ? words.nothing : [words.known, ...lines].join('\n') };
  }
  if (isForget(said)) return { text: words.forgotten };
  const isNew = companionPreferences.mayHold(said) && nameTold(said) === undefined;
  return isNew ? { text: words.kept } : undefined;
};
