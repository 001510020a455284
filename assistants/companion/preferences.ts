/** What the companion keeps of a customer, because they said so. It stays over /reset. */
import * as z from 'zod';
import { defineExtraction, type Finding, type MessageToRead, nameTold } from '../index.ts';

const item = z.string().min(1).max(200);
/** More would crowd out the conversation. */
const MOST = 20;
const items = z.array(item).min(1).max(MOST);

export const preferences = z.object({
  name: item.optional().describe('What they want to be called'),
  language: z.enum(['en', 'ar']).optional().describe('Only if they ask to be answered in it'),
  answers: z.enum(['short', 'detailed']).optional().describe('How long they want answers to be'),
  likes: items.optional().describe('What they like, each in a few of their own words'),
  dislikes: items.optional().describe('What they do not like'),
  remember: items.optional().describe('Anything else that they ask you to remember, each as they said it'),
});
export type Preferences = z.output<typeof preferences>;

type Found = Finding<Preferences>;
type List = 'likes' | 'dislikes' | 'remember';
const LISTS: readonly List[] = ['likes', 'dislikes', 'remember'];

/** What follows the words, to the end of the sentence. */
const REST = '([^.!?؟\\n]{2,200})';
const KEPT: readonly (readonly [List, RegExp])[] = [
  [
    'dislikes',
    new RegExp(
      `\\bi (?:don['’]?t|do not|never) (?:like|eat|drink) ${REST}|\\bi (?:hate|dislike) ${REST}|(?:^|\\s)(?:لا [أا]حب|مش بحب|ما بحبش|مابحبش|[أا]كره|بكره) ${REST}`,
      'iu',
    ),
  ],
  [
    'likes',
    new RegExp(`\\bi (?:really )?(?:like|love|prefer|enjoy) ${REST}|(?<!لا |مش )(?<=^|\\s)(?:[أا]حب|بحب|[أا]فضل|بفضل) ${REST}`, 'iu'),
  ],
  [
    'remember',
    new RegExp(`\\b(?:please )?remember (?:that )?${REST}|(?:^|\\s)(?:تذكر|تذكري|افتكر|افتكري) (?:[أا]ن(?:ه|ي)? )?${REST}`, 'iu'),
  ],
];
const ENGLISH = /\b(?:answer|speak|write|talk|reply)\b.{0,20}\bin english\b|(?:كلمني|رد|اكتب|جاوب).{0,12}(?:انجليزي|إنجليزي|الإنجليزية)/iu;
const ARABIC = /\b(?:answer|speak|write|talk|reply)\b.{0,20}\bin arabic\b|(?:كلمني|رد|اكتب|جاوب).{0,12}(?:عربي|العربية)/iu;
const SHORT =
  /\b(?:keep (?:it|your answers) (?:short|brief)|short(?:er)? answers|be brief|answer briefly)\b|باختصار|[إا]جابات قصيرة|خليك مختصر/iu;
const DETAILED = /\b(?:detailed answers|more detail|longer answers|answer in detail)\b|بالتفصيل|[إا]جابات مفصلة/iu;
const FORGET = new RegExp(`\\bforget (?:about |that )?${REST}|(?:^|\\s)(?:[اإ]نس[ىي]?|احذف|امسح) ${REST}`, 'iu');
const EVERYTHING = /^(?:everything|all|it all|me|what you know)|^(?:كل|كل شيء|كل حاجة|كل شي|اللي)/iu;
const MY_NAME = /\bmy name\b|[اإ]سمي/iu;
/** Questions are about what is kept. They keep nothing. */
const QUESTION = /[?؟]\s*$|^\s*(?:do|does|what|who|can) /iu;

export const companionPreferences = defineExtraction({
  name: 'companion_preferences',
  schema: preferences,
  into: 'preferences',
  mayHold: (text) => isForget(text) || readPreferences({ text, at: 0, timeZone: 'UTC', known: {}, before: '' }).length > 0,
  rules: readPreferences,
  guidance: `These are lasting preferences of a person who chats. Keep a wish about one answer out of them.
If they ask to forget something, give the list without it, or drop the field. "Forget everything" drops every field that is known.`,
});

export function isForget(text: string): boolean {
  return !QUESTION.test(text) && FORGET.test(text) && !/\b(?:don['’]?t|do not|never|i) forget\b|لا تنس|متنساش/iu.test(text);
}

function readPreferences({ text, known }: MessageToRead<Preferences>): readonly Found[] {
  if (QUESTION.test(text)) return [];
  if (isForget(text)) return forgotten(text, known);
  const found: Found[] = [];
  const called = nameTold(text);
  if (called !== undefined) found.push({ field: 'name', value: called, words: called, confidence: 0.9 });
  for (const [value, pattern] of [
    ['en', ENGLISH],
    ['ar', ARABIC],
  ] as const) {
    const [words] = pattern.exec(text) ?? [];
    if (words !== undefined) found.push({ field: 'language', value, words, confidence: 0.9 });
  }
  for (const [value, pattern] of [
    ['short', SHORT],
    ['detailed', DETAILED],
  ] as const) {
    const [words] = pattern.exec(text) ?? [];
    if (words !== undefined) found.push({ field: 'answers', value, words, confidence: 0.8 });
  }
  for (const [field, pattern] of KEPT) {
    const said = pattern
      .exec(text)
      ?.slice(1)
      .find((group) => group !== undefined)
      ?.trim();
    if (said === undefined || found.some(({ words }) => words.includes(said))) continue;
    const before = known[field] ?? [];
    if (!before.includes(said)) found.push({ field, value: [...before, said].slice(-MOST), words: said, confidence: 0.8 });
  }
  return found;
}

function forgotten(text: string, known: Preferences): readonly Found[] {
  const [words = text, ...groups] = FORGET.exec(text) ?? [];
  const what = groups.find((group) => group !== undefined)?.trim() ?? '';
  const drop = (field: keyof Preferences): Found => ({ field, value: null, words, confidence: 0.9 });
  if (EVERYTHING.test(what))
    return preferences
      .keyof()
      .options.filter((field) => known[field] !== undefined)
      .map(drop);
  if (MY_NAME.test(what)) return known.name === undefined ? [] : [drop('name')];
  return LISTS.flatMap((field): readonly Found[] => {
    const before = known[field] ?? [];
    const left = before.filter((one) => !isAbout(one, what));
    if (left.length === before.length) return [];
    return [left.length === 0 ? drop(field) : { field, value: left, words, confidence: 0.8 }];
  });
}

const EMPTY = new Set('that this i like love hate my the a an about is are to انا اني أن ان انى بحب أحب احب'.split(' '));

/** They share a word that means something. */
function isAbout(kept: string, what: string): boolean {
  const wordsOf = (text: string) => (text.toLowerCase().match(/[\p{L}\p{N}]{2,}/gu) ?? []).filter((word) => !EMPTY.has(word));
  const wanted = wordsOf(what);
  return wordsOf(kept).some((word) => wanted.includes(word));
}
