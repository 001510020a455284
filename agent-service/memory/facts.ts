/** What in a sentence is worth remembering, in English and Arabic, by weights. */

interface Sign {
  readonly weight: number;
  readonly pattern: RegExp;
}

/** In any message. */
const MATTER: readonly Sign[] = [
  // Dates and days.
  {
    weight: 3,
    pattern:
      /\b(?:monday|tuesday|wednesday|thursday|friday|saturday|sunday|january|february|april|june|july|august|september|october|november|december|birthday|deadline|tomorrow)\b|\d{1,4}[/.-]\d{1,2}[/.-]\d{1,4}/iu,
  },
  {
    weight: 3,
    pattern:
      /السبت|الأحد|الاحد|الاثنين|الإثنين|الثلاثاء|الأربعاء|الاربعاء|الخميس|الجمعة|يناير|فبراير|مارس|أبريل|ابريل|مايو|يونيو|يوليو|أغسطس|اغسطس|سبتمبر|أكتوبر|اكتوبر|نوفمبر|ديسمبر|موعد|غدا|بكرة/u,
  },
  // Money, quantities, numbers.
  { weight: 2, pattern: /\p{Nd}/u },
  { weight: 2, pattern: /\p{Sc}|\b(?:usd|eur|egp|dollars?|euros?|pounds?|million|thousand|percent)\b|جنيه|دولار|ريال|درهم|مليون|ألف/iu },
  // Addresses.
  { weight: 3, pattern: /[^\s@]{1,60}@[^\s@.]{1,60}\.\p{L}/u },
  // A proper name within a sentence.
  { weight: 1, pattern: /\p{Ll},? \p{Lu}\p{Ll}/u },
];

/** In a customer's message about themselves. */
const OWN: readonly Sign[] = [
  { weight: 8, pattern: /\bname(?:'s|’s| is| was)\b|\bcall me\b|\bi am called\b/iu },
  { weight: 8, pattern: /[اإ]سم(?:ي|ه|ها)|ناد(?:ني|يني)|يسموني/u },
  { weight: 5, pattern: /\b(?:my|mine|our|ours)\b/iu },
  {
    weight: 5,
    pattern:
      /(?:ميزانيت|عنوان|رقم|هاتف|تليفون|عمر|ميلاد|زوجت|زوج|ابن|ابنت|بنت|ولد|والد|والدت|[أا]م|[أا]ب|[أا]خ|[أا]خت|عمل|شغل|بيت|شقت|سيارت|عربيت|كلب|قطت|شركت|عائلت|أسرت|بتاع)ي(?!\p{L})/u,
  },
  {
    weight: 4,
    pattern:
      /\b(?:i|we)(?:['’](?:m|re|ve)| (?:am|are|was|were|have|had|live|work|study|speak|own|moved|come|came|bought|paid|ordered))\b/iu,
  },
  {
    weight: 4,
    pattern: /(?<!\p{L})[وف]?(?:[أا]نا|عندي|لدي|معي|[أا]عيش|[أا]سكن|ساكن|[أا]عمل|بشتغل|[أا]درس|نحن|احنا|عندنا)(?!\p{L})/u,
  },
  {
    weight: 6,
    pattern:
      /\b(?:prefer|favou?rite|allerg\w{1,10}|vegetarian|vegan|diabetic|always|never|hate|love|dislike|don['’]t like|remember|budget|i (?:want|need|like)|looking for)\b/iu,
  },
  {
    weight: 6,
    pattern:
      /(?<!\p{L})[وف]?(?:[أا]فضل|[أا]حب|بحب|[أا]كره|بكره|حساسية|نباتي|[أا]ريد|عايز|عاوز|محتاج|[أا]حتاج|[أا]بحث عن|دائم[اًا]|[أا]بد[اًا]|تذكر|افتكر|ميزانية)/u,
  },
];

/** Promises and decisions, in what an assistant or a colleague writes. */
const OURS: readonly Sign[] = [
  { weight: 3, pattern: /\b(?:i will|i['’]ll|we will|we['’]ll|promise|confirmed|booked|agreed|refund|appointment|reference)\b/iu },
  { weight: 3, pattern: /سوف|سأ|سن|تم (?:حجز|تأكيد|إلغاء)|نعدك|اتفقنا/u },
];

/** 0 means nothing. `said` is the author. The assistant's own words count least. */
export function worth(sentence: string, author: 'customer' | 'agent' | 'assistant'): number {
  if (sentence.startsWith('/') || (sentence.match(/\p{L}{2,}|\p{Nd}+/gu)?.length ?? 0) < 2) return 0;
  const matter = weigh(sentence, MATTER);
  if (author === 'customer') {
    const own = weigh(sentence, OWN);
    // A question rarely contains a fact.
    const question = /[?؟]/u.test(sentence) ? 4 : 0;
    return Math.max(0, matter + own - question);
  }
  const ours = weigh(sentence, OURS);
  return author === 'agent' ? matter + ours + 2 : ours === 0 ? 0 : ours + Math.min(matter, 2) - 1;
}

function weigh(sentence: string, signs: readonly Sign[]): number {
  return signs.reduce((sum, { weight, pattern }) => (pattern.test(sentence) ? sum + weight : sum), 0);
}
