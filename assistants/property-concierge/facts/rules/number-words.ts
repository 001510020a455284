/** Words of numbers, in English and Arabic. */
import { plainForm } from './tokens.ts';

const counted = (words: string): ReadonlyMap<string, number> =>
  new Map(
    words.split(' ').flatMap((entry) => {
      const [value = '', ...names] = entry.split(':');
      return names.flatMap((list) => list.split('|').map((name) => [plainForm(name), Number(value)] as const));
    }),
  );

export const WORDS = counted(
  '1:one|a|single|واحد|واحدة 2:two|tow|اتنين|اثنين|إثنين 3:three|تلاتة|تلات|ثلاثة|ثلاث|تلت 4:four|اربعة|اربع 5:five|خمسة|خمس 6:six|ستة|ست 7:seven|سبعة|سبع 8:eight|تمانية|تمن|تمان|ثمانية|ثمان|ثماني 9:nine|تسعة|تسع 10:ten|عشرة|عشر 11:eleven|حداشر 12:twelve|اتناشر 15:fifteen|خمستاشر 20:twenty|عشرين 30:thirty|تلاتين|ثلاثين 40:forty|اربعين 50:fifty|خمسين 100:hundred|مية|مئة',
);
export const SCALES = counted(
  '1000000:m|mil|mn|million|millions|milion|millon|مليون|ملايين|مليوون 1000:k|thousand|thousands|grand|الف|الاف|آلاف',
);
export const FRACTIONS: ReadonlyMap<string, number> = new Map([
  ['half', 0.5],
  ['quarter', 0.25],
  ['نص', 0.5],
  ['نصف', 0.5],
  ['ربع', 0.25],
]);
