/**
 * The name that a customer gives of themselves, by rules, in English and Arabic. "I'm tired" is no
 * name, and a name that is missed costs less than a mood that is kept as one. Pure.
 */
const NAME = "\\p{L}[\\p{L}\\p{M}'’-]{0,39}";
const CAPITAL = "\\p{Lu}[\\p{L}\\p{M}'’-]{0,39}";

/** Words that only a name follows. */
const SURE: readonly RegExp[] = [
  new RegExp(`\\b(?:[Mm]y name(?:['’]s| is)|[Cc]all me|[Ii]smi|[Ee]smi)\\s+(${NAME}(?: ${CAPITAL})?)`, 'u'),
  new RegExp(`^\\s*[Nn]ame:\\s*(${NAME}(?: ${CAPITAL})?)`, 'u'),
  /(?:^|[\s،,.!])(?:[اإ]سمي|نادني|ناديني)\s+(?:هو\s+)?(?:ب)?(\p{L}{2,40})/u,
];
/** Words that anything follows. Only a name has a capital letter and ends the sentence there. */
const INTRODUCED = new RegExp(
  `(?:^|[.!,]\\s*)(?:[Hh]i|[Hh]ello|[Hh]ey)?[\\s,!]*(?:[Ii]['’]?m|[Ii] am|[Tt]his is|[Aa]na)\\s+(${CAPITAL}(?: ${CAPITAL})?)(?:\\s+(?:here|speaking|by the way))?\\s*(?:[.!,،]|and\\b|$)`,
  'u',
);
/** Arabic has no capitals, so these are the names that "I am" introduces. */
const ARABIC_NAMES =
  'محمد|أحمد|احمد|محمود|مصطفى|مصطفي|علي|عمر|عمرو|خالد|حسن|حسين|ابراهيم|إبراهيم|يوسف|كريم|طارق|هاني|سامي|سامح|شريف|وليد|ياسر|عادل|جمال|نبيل|رامي|تامر|باسم|حازم|زياد|عبدالله|عبدالرحمن|سارة|ساره|منى|مني|مريم|فاطمة|فاطمه|عائشة|نور|نورا|ندى|هدى|دينا|رانيا|ريم|سلمى|ياسمين|هبة|هبه|أميرة|اميرة|آية|ايه|إيمان|ايمان|أسماء|اسماء|دعاء|شيماء|نادية|ناديه|ليلى|ليلي|خديجة|زينب|جنى|ملك|فريدة|نورهان';
const ARABIC_INTRODUCED = new RegExp(
  `^\\s*(?:[\\p{L}\\s]{0,20}[،,]\\s*)?[أا]نا\\s+(${ARABIC_NAMES})(?:\\s*[.!،,]|\\s+\\p{L}{2,20}\\s*$|\\s*$)`,
  'u',
);

/** What follows the words and is no name. */
const NO_NAMES = new Set(
  'a an the at on in by if when back later now please tomorrow today tonight again anytime soon not so very just going looking ok okay sorry tired hungry happy sad sick fine good busy here ready sure lost new late interested egyptian german french english british american canadian arab saudi italian spanish indian chinese russian turkish muslim christian jewish hindu available free monday tuesday wednesday thursday friday saturday sunday'.split(
    ' ',
  ),
);

export function nameTold(text: string): string | undefined {
  for (const pattern of [...SURE, INTRODUCED, ARABIC_INTRODUCED]) {
    const name = pattern.exec(text)?.[1];
    if (name !== undefined && !NO_NAMES.has((name.split(' ')[0] ?? '').toLowerCase()) && !/['’]s$/.test(name)) return name;
  }
  return undefined;
}
