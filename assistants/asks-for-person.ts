/**
 * Detects that a customer wants a human, in English or Arabic. It matches plain requests only. A
 * false alarm interrupts a colleague, a missed request can be repeated, and /agent always works.
 */
const ENGLISH =
  /\b(?:talk|speak|chat|connect(?: me)?|transfer(?: me)?|get me|give me|want|need|like)\b[^.?!]{0,30}\b(?:a |an |the |some |real |live )*(?:human|person|agent|representative|operator|someone real|somebody real|staff member)\b|\b(?:talk|speak) (?:to|with) (?:someone|somebody|(?:a|your|the) (?:manager|supervisor))\b/iu;
const ARABIC =
  /(?:أريد|اريد|عايز|عاوز|ممكن|أود|اود|حابب|محتاج)[^.؟!]{0,30}(?:موظف|إنسان|انسان|شخص حقيقي|بشري|خدمة العملاء|مندوب)|(?<!\p{L})(?:أ|ا)?(?:كلم|تكلم مع|تحدث مع|تواصل مع)\s+(?:حد|شخص|مسؤول|المسؤول|المدير|مدير|مندوب|موظف)(?!\p{L})/u;

export function asksForPerson(text: string): boolean {
  return ENGLISH.test(text) || ARABIC.test(text);
}
