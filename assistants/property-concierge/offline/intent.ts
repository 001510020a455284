/** What a customer wants with a message, by its words. Pure. English and Arabic. */
import { plainForm } from '../facts/rules/tokens.ts';

export type Intent =
  | { readonly type: 'greeting' | 'thanks' | 'goodbye' | 'help' | 'facts' | 'cheaper' | 'bigger' | 'others' | 'office' | 'unclear' }
  /** About one listing that was shown, by its place in the last list, or its name. */
  | { readonly type: 'one'; readonly place: number }
  | { readonly type: 'one'; readonly ref: string }
  /**
   * Where a listing is, by its place in the last list or its name. Without both it is the one
   * talked of.
   */
  | { readonly type: 'where'; readonly place?: number; readonly ref?: string }
  /** Something that a colleague has to do. */
  | { readonly type: 'colleague'; readonly reason: string };

const REF = /\b[A-Z]{2}-\d{3,6}\b/i;
const ORDINALS: readonly RegExp[] = [
  /\b(?:first|1st)\b|(?:number|no\.?|option|#)\s*1\b|^1$|الاول[ىي]?|رقم 1\b/,
  /\b(?:second|2nd)\b|(?:number|no\.?|option|#)\s*2\b|^2$|الثاني[هة]?|التاني[هة]?|رقم 2\b/,
  /\b(?:third|3rd|last)\b|(?:number|no\.?|option|#)\s*3\b|^3$|الثالث[هة]?|التالت[هة]?|الاخير[هة]?|رقم 3\b/,
];
const VIEWING = 'wants a viewing';
const COLLEAGUE: readonly (readonly [RegExp, string])[] = [
  [
    /\b(?:viewing|view it|visit|see it in person|appointment|book a tour|come and see|can (?:i|we) see (?:it|them))\b|معاينه|ازور|زياره|(?:ممكن|ينفع|اقدر|نقدر) [ان]شوف(?:ها|ه|هم)|اشوفها علي الطبيعه|ميعاد(?! ال[اتس])/,
    VIEWING,
  ],
  [/\b(?:negotiat\w*|discount|lower the price|best price|final price)\b|تفاوض|خصم|اخر سعر|اخر كلام/, 'wants to negotiate the price'],
  [
    /\b(?:contract|lawyer|legal|title deed|registration|reserve it|reservation)\b|عقد|محامي|الشهر العقاري|حجز|احجز/,
    'asks about a contract or a reservation',
  ],
  [/\b(?:sell my|list my|want to sell|rent out my)\b|ابيع|عايز ابيع|اعرض شقتي|اجر شقتي/, 'wants to sell or let a property'],
  [/\b(?:complain|complaint|refund|deposit back)\b|شكوي|فلوسي|استرداد/, 'has a complaint'],
];
const GREETING = /^\W*(?:hi|hello|hey|good (?:morning|afternoon|evening)|salam|السلام عليكم|سلام|اهلا|مرحبا|صباح|مساء|هاي|هلا)(?![\p{L}])/u;
const THANKS = /\b(?:thanks|thank you|thx|great|perfect)\b|شكر|متشكر|تسلم|ممتاز/;
const GOODBYE = /\b(?:bye|goodbye|see you)\b|مع السلامه|سلام عليكم ورحمه|اشوفك/;
const HELP = /\b(?:what can you do|help|how does this work|who are you)\b|مساعده|بتعمل ايه|ماذا تستطيع|انت مين|من انت/;
const FACTS =
  /\b(?:what do you know|my (?:details|facts|preferences|requirements|search)|what (?:did i|have i) (?:say|said|told))\b|انا قلت ايه|عارف عني|طلباتي|بياناتي/;
const CHEAPER = /\b(?:cheaper|less expensive|lower price|too (?:expensive|much)|more affordable)\b|ارخص|اقل سعر|غالي/;
const BIGGER = /\b(?:bigger|larger|more space|too small)\b|اكبر|اوسع|صغير[هة]? اوي|ضيق/;
const OTHERS =
  /\b(?:others?|more options|something else|anything else|different ones|show me more|any more)\b|غيرهم|غيرها|تاني غير|حاجه تانيه|المزيد|اختيارات تانيه/;

/** What is about us comes first, as in "where is your office?". */
const OFFICE =
  /\byour (?:office|company|agency|branch|(?:phone |telephone |mobile )?number|phone|telephone|contact|e-?mail|address|location)\b|\b(?:contact|reach|find) you\b|\bwhere are you\b|رقم(?:كم|ك|كو| المكتب| الشركه| التليفون)|تليفون(?:كم|كو)|موبايل(?:كم|كو)|عنوان(?:كم|كو)|مكان(?:كم|كو)|مكتب(?:كم|كو)|شركتكم|(?:فين|اين|وين) (?:المكتب|الشركه)|(?:اوصل|اتواصل|نتواصل) (?:ل|مع)(?:كم|كو|اكم|اكو)/;
const WHERE =
  /\bwhere(?:'?s|abouts)?\b(?! (?:can|do|should|else))|(?<!\b(?:good|great|nice|better|best|other|another|different|preferred|my|new|mail) )\b(?:location|address)\b|\bmap\b|\bdirections\b|(?<!\p{L})و?(?:فين|وين|اين)(?!\p{L})|لوكيشي?ن|الخريطه|(?<!\p{L})ال(?:عنوان|موقع)(?!\p{L})|(?:عنوان|موقع|مكان)(?:ه|ها|هم)(?!\p{L})/u;

/** @param news names of the facts that were read in the message. */
export function intentOf(text: string, news: ReadonlySet<string> = new Set()): Intent {
  const ref = REF.exec(text)?.[0];
  const plain = plainForm(text).trim();
  const reason =
    COLLEAGUE.find(([pattern]) => pattern.test(plain))?.[1] ??
    (news.has('viewing') ? VIEWING : news.has('callBack') ? 'wants a call' : undefined);
  if (reason !== undefined) return { type: 'colleague', reason: ref === undefined ? reason : `${reason} (${ref.toUpperCase()})` };
  if (OFFICE.test(plain)) return { type: 'office' };
  const place = ORDINALS.findIndex((pattern) => pattern.test(plain));
  if (WHERE.test(plain)) {
    if (ref !== undefined) return { type: 'where', ref: ref.toUpperCase() };
    return place >= 0 ? { type: 'where', place } : { type: 'where' };
  }
  if (ref !== undefined) return { type: 'one', ref: ref.toUpperCase() };
  if (CHEAPER.test(plain)) return { type: 'cheaper' };
  if (BIGGER.test(plain)) return { type: 'bigger' };
  if (OTHERS.test(plain)) return { type: 'others' };
  if (FACTS.test(plain)) return { type: 'facts' };
  if (place >= 0) return { type: 'one', place };
  if (HELP.test(plain)) return { type: 'help' };
  if (THANKS.test(plain)) return { type: 'thanks' };
  if (GOODBYE.test(plain)) return { type: 'goodbye' };
  return { type: GREETING.test(plain) ? 'greeting' : 'unclear' };
}
