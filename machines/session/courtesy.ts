/**
 * Detects a message that is courtesy and nothing else, such as "Thanks, Ann! Bye 👋", in English and
 * Arabic. Written to a human agent it wants no answer of the bot. Pure.
 *
 * Each part of the message must be a known phrase. An unknown word, a question mark or a medium
 * makes it a message that is answered, because an answer too many harms less than a question
 * without one.
 */
import type { SessionContext } from './context.ts';
import type { SessionEventOf } from './events.ts';

/** Phrases that make a message a courtesy. */
const ENGLISH = [
  'thank ?you(?: (?:so|very) much| a lot| again| all| both| kindly)?',
  '(?:many |a million )?thanks(?: (?:so|very) much| a lot| again| a million| a bunch)?',
  'thx|ty|tysm|cheers|much appreciated|(?:i )?(?:really )?appreciate (?:it|that)',
  '(?:i )?(?:really )?appreciate (?:your|the) (?:help|support|time)',
  'ok(?:ay)?|k|alright|all right|great|perfect|awesome|excellent|wonderful|brilliant|amazing|lovely|nice|good|cool|super|fine',
  'got it|understood|noted|will do|sounds good|no problem|no worries|makes sense',
  "that(?:'?s| is| was) (?:all|it|great|perfect|fine|good|(?:very |so |really )?(?:helpful|kind))",
  "you(?:'?re| are| were| have been) (?:great|amazing|awesome|welcome|the best|(?:very |so |really )?(?:helpful|kind))",
  'you too|same to you',
  'have a (?:nice|good|great|lovely|wonderful) (?:day|evening|night|weekend|week|one)',
  'bye(?: bye)?|goodbye|good night|see you(?: later| soon)?|take care|talk (?:to you )?(?:later|soon)',
];
const ARABIC = [
  'شكرا(?: (?:جزيلا|كثيرا|جدا|لك|لكم|ليك|الك|لكي))*|الف شكر|(?:جزيل|كل) الشكر|(?:اشكرك|نشكرك|اشكركم|نشكركم)(?: جدا)?',
  '(?:مشكور|متشكر|ممنون)(?:ه|ين|ك|كم)?(?: جدا)?|تسلم(?:ي|وا)?(?: ايدك)?|يسلمو',
  '(?:الله )?يعطيك(?:م)? العافيه|الله يعافيك|الله يسلمك|جزاك(?:م)? الله(?: كل)? خيرا?|بارك الله فيك(?:م)?|ربنا يخليك|ما قصرت',
  'تمام|حسنا|طيب|اوكي|اوك|ماشي|ممتاز|رائع|جميل|حلو|عظيم|فهمت|خلاص|كويس|العفو|عفوا',
  'مع السلامه|الي اللقاء|باي|في امان الله|وداعا|تصبح(?:ي|ين)? علي خير|(?:يومك|نهارك) سعيد|طاب يومك',
];
/** Phrases that a courtesy may have beside those. Alone they may be an answer. */
const BESIDE = [
  'yes|yep|no|nope|and|so|dear|sir|madam|mate|everyone|guys',
  'for (?:all )?(?:your|the) (?:kind |quick |fast |great )?(?:help|support|time|patience|answer|reply|response|explanation|service|assistance|info|information)',
  'for (?:everything|that|this|helping(?: me)?)',
  'نعم|لا|ايوه|و|يا|علي (?:مساعدتك|مساعدتكم|المساعده|وقتك|ردك|الرد|سرعه الرد|كل شيء|اهتمامك|تعاونك)',
];

const phrase = (phrases: readonly string[]): RegExp => new RegExp(`(?<![\\p{L}\\p{N}'])(?:${phrases.join('|')})(?![\\p{L}\\p{N}'])`, 'gu');
const COURTESY = phrase([...ENGLISH, ...ARABIC]);
const ALLOWED = phrase(BESIDE);

/** Emoji with what joins and colours them, and faces of letters. */
const EMOJI = /\p{Extended_Pictographic}|\p{Emoji_Modifier}|\u200d|\ufe0f|[:;]-?[)dp]|<3/giu;
const MARKS = /[\u064b-\u065f\u0670\u0640\u200e\u200f]/gu;

/** `name` may stand in it. It is the agent's. */
export function isCourtesy(text: string, name = ''): boolean {
  if (/[?؟]/u.test(text)) return false;
  const emoji = text.replace(EMOJI, ' ');
  let rest = folded(emoji);
  for (const word of folded(name).match(/[\p{L}\p{N}]+/gu) ?? []) rest = rest.replace(phrase([word]), ' ');
  const left = rest.replace(COURTESY, ' ');
  const found = left !== rest || (emoji !== text && !/[\p{L}\p{N}]/u.test(rest));
  return found && !/[\p{L}\p{N}]/u.test(left.replace(ALLOWED, ' '));
}

/**
 * Whether the message answers a human agent, who wrote last, and is courtesy alone. With something
 * pending it is answered together with that.
 */
export function isCourtesyToAgent(
  { messages, pending }: Pick<SessionContext, 'messages' | 'pending'>,
  { text, media = [] }: Courteous,
): boolean {
  const last = messages.findLast(({ role }) => role !== 'customer');
  if (pending > 0 || last?.role !== 'agent' || media.some(({ kind }) => kind !== 'sticker')) return false;
  if (text.trim() === '') return media.length > 0;
  return isCourtesy(text, last.agentName);
}

type Courteous = Pick<SessionEventOf<'customer.message'>, 'text' | 'media'>;

/** Case, Arabic vowels and the forms of one Arabic letter do not count. */
function folded(text: string): string {
  return text
    .normalize('NFKC')
    .toLowerCase()
    .replace(MARKS, '')
    .replace(/[أإآ]/gu, 'ا')
    .replaceAll('ة', 'ه')
    .replaceAll('ى', 'ي')
    .replaceAll('’', "'")
    .replace(/\s+/gu, ' ');
}
