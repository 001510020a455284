/** Problems of channels have Arabic sentences, with the same places as the English ones. */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { COMMON_PROBLEMS, commonProblem, problemText } from '#channels/channel-problem.ts';
import { PROBLEMS as DISCORD } from '#channels/discord/problems.ts';
import { PROBLEMS as TELEGRAM } from '#channels/telegram/problems.ts';
import { PROBLEMS as WHATSAPP } from '#channels/whatsapp-cloud/problems.ts';
import { PROBLEMS as WHATSAPP_WEB } from '#channels/whatsapp-web/problems.ts';
import { ARABIC_PROBLEMS, problemIn } from '#console/team/channel-problems.ts';

const CATALOGUES = { channel: COMMON_PROBLEMS, discord: DISCORD, telegram: TELEGRAM, whatsapp: WHATSAPP, 'whatsapp-web': WHATSAPP_WEB };
const english = new Map(
  Object.entries(CATALOGUES).flatMap(([channel, texts]) =>
    Object.entries(texts).map(([kind, text]) => [`${channel}.${kind}`, text] as const),
  ),
);
const placesOf = (text: string): readonly string[] => [...new Set(text.match(/\{\w+\}/g))].sort();

test('the catalogue of each channel is here', () => {
  const root = join(import.meta.dirname, '../../../channels');
  const folders = readdirSync(root, { recursive: true, encoding: 'utf8' }).filter((path) => path.endsWith('/problems.ts'));
  expect(folders).toHaveLength(Object.keys(CATALOGUES).length - 1);
});

test('each problem has its Arabic sentence, and no sentence is without a problem', () => {
  expect(Object.keys(ARABIC_PROBLEMS).sort()).toEqual([...english.keys()].sort());
});

test.each([...english])('%s', (code, text) => {
  const arabic = ARABIC_PROBLEMS[code] ?? '';
  expect(arabic).toMatch(/\p{Script=Arabic}/u);
  expect(placesOf(arabic)).toEqual(placesOf(text));
});

test('a problem is read in the language of the page, and a sentence without a code as it came', () => {
  const { text, ...problemKind } = commonProblem('unreachable', {
    provider: 'Discord',
    root: 'http://a',
    setting: 'DISCORD_API_ROOT',
    reason: 'cut',
  });
  const known = { problem: text, problemKind };
  expect(text).toBe('Discord cannot be reached at http://a: check the network and DISCORD_API_ROOT (cut).');
  expect(problemIn('en', known)).toEqual({ text, language: 'en' });
  expect(problemIn('ar', known)).toEqual({
    text: 'تعذّر الوصول إلى \u2068Discord\u2069 على \u2068http://a\u2069: تحقّق من الشبكة ومن \u2068DISCORD_API_ROOT\u2069 (\u2068cut\u2069).',
    language: 'ar',
  });
  expect(problemIn('ar', { problem: problemText('Plug it in.'), problemKind: null })).toEqual({ text: 'Plug it in.', language: 'en' });
  expect(problemIn('ar', { problem: null, problemKind: null })).toBeUndefined();
});
