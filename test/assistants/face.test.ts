/** What visitors see of an assistant, in their language, and every fault of a face. */
import { describe, expect, it } from 'vitest';
import { companion } from '#assistants/companion/assistant.ts';
import { faceOf, imageOriginOf } from '#assistants/face.ts';
import { contrastOf } from '#assistants/face-colour.ts';
import { defineAssistant, type FaceSettings, InvalidInput } from '#assistants/index.ts';
import { analyst } from './stock-analyst/analyst.ts';

const cafe = (face?: FaceSettings) => defineAssistant({ name: 'cafe-yasmin', prompt: 'Be kind.', ...(face === undefined ? {} : { face }) });
const shown = (face?: FaceSettings, language = 'en', offline = false) => faceOf(cafe(face), { language, offline });

function fault(face: object): string {
  const definition: object = { face };
  try {
    // What JavaScript may hand in.
    defineAssistant(Object.assign({ name: 'cafe', prompt: 'Be kind.' }, definition));
  } catch (error) {
    if (error instanceof InvalidInput) return error.message;
    throw error;
  }
  throw new Error('nothing was found wrong');
}

describe('a face', () => {
  it('comes from the name if there is none, with the page’s own words', () => {
    expect(shown()).toEqual({
      assistant: 'cafe-yasmin',
      name: 'Cafe yasmin',
      welcome: null,
      about: null,
      suggestions: null,
      avatar: { text: 'CY' },
      colour: null,
    });
  });

  it('suggests nothing for a machine of its own, which may not understand what pages suggest', () => {
    const { suggestions } = faceOf({ name: 'feedback', machine: [] }, { language: 'en', offline: false });
    expect(suggestions).toEqual([]);
  });

  it.each([
    ['en', 'Hello'],
    ['en-GB', 'Hello'],
    ['ar', 'مرحبًا'],
    ['ar-EG', 'أهلًا'],
    ['fr', 'Hello'],
    ['AR-eg', 'أهلًا'],
    ['zh-Hant-TW', '你好'],
    ['zh-hant', '你好'],
    ['zh', 'Hello'],
    ['pt-br', 'Olá'],
    ['pt-BR-BR-', 'Olá'],
  ])('in %s says %s', (language, text) => {
    const welcome = { ar: 'مرحبًا', 'ar-EG': 'أهلًا', 'zh-hant': '你好', 'pt-BR': 'Olá', en: 'Hello' };
    expect(shown({ welcome }, language).welcome).toBe(text);
  });

  it('says a text for all languages, or the first one, where there is no English', () => {
    expect(shown({ welcome: 'Salut' }, 'ar').welcome).toBe('Salut');
    expect(shown({ welcome: { fr: 'Salut', de: 'Hallo' } }, 'ar').welcome).toBe('Salut');
  });

  it('keeps back what needs a model while the offline model answers', () => {
    const face: FaceSettings = {
      suggestions: ['Hi', { text: { en: 'Plan my week', ar: 'نظّم أسبوعي' }, needsModel: true }, { text: '/book 4', label: 'Book a table' }],
    };
    const labels = (offline: boolean) => shown(face, 'en', offline).suggestions?.map(({ label, text }) => `${label}: ${text}`);
    expect(labels(false)).toEqual(['Hi: Hi', 'Plan my week: Plan my week', 'Book a table: /book 4']);
    expect(labels(true)).toEqual(['Hi: Hi', 'Book a table: /book 4']);
  });

  it.each([
    ['🫖', { text: '🫖' }],
    ['👩🏽‍🍳', { text: '👩🏽‍🍳' }],
    ['CY', { text: 'CY' }],
    ['/images/tea.png', { image: '/images/tea.png' }],
    ['https://cdn.example.com/tea.png', { image: 'https://cdn.example.com/tea.png' }],
  ])('has the avatar %s', (avatar, expected) => {
    expect(shown({ avatar }).avatar).toEqual(expected);
    expect(imageOriginOf(cafe({ avatar }))).toBe(avatar.startsWith('https') ? 'https://cdn.example.com' : undefined);
  });

  it('has one letter of a script without capitals as its avatar, because two would join', () => {
    expect(shown({ name: 'محلل الأسهم' }).avatar).toEqual({ text: 'م' });
  });

  it.each(['#0f6a5b', '#1f5fae', '#7a1fa0', '#000000'])('with the colour %s is readable on a dark page too', (colour) => {
    const { light, dark } = shown({ colour }).colour ?? { light: '', dark: '' };
    expect(light).toBe(colour);
    expect(contrastOf(dark, '#1e2124')).toBeGreaterThanOrEqual(4.5);
    expect(contrastOf('#ffffff', light)).toBeGreaterThanOrEqual(4.5);
  });

  it('takes a colour for each page', () => {
    const colour = { light: '#1f5fae', dark: '#9cc4ff' };
    expect(shown({ colour }).colour).toEqual(colour);
  });

  it.each([
    [{ name: '' }, /there is nothing in it|expected a text/],
    [{ name: 'x'.repeat(41) }, /<=40 characters\n.*at face\.name/],
    [{ welcome: {} }, /at face\.welcome/],
    [{ welcome: { english: 'Hello' } }, /at face\.welcome/],
    [{ suggestions: [{ label: 'x' }] }, /\{ text, label\?, needsModel\? \}\n.*at face\.suggestions\[0\]/],
    [{ suggestions: Array(7).fill('x') }, /at face\.suggestions/],
    [{ avatar: 'http://example.com/a.png' }, /an emoji, one to three letters, or an image at https:.*\n.*at face\.avatar/],
    [{ avatar: '//example.com/a.png' }, /at face\.avatar/],
    [{ avatar: '/\\example.com/a.png' }, /at face\.avatar/],
    [{ avatar: 'https://*/a.png' }, /an image at https:\/\/\{host name\}\/….*\n.*at face\.avatar/],
    [{ avatar: 'https://*.example.com/a.png' }, /at face\.avatar/],
    [{ avatar: 'https://a;b/x.png' }, /at face\.avatar/],
    [{ avatar: "https://'self'/x.png" }, /at face\.avatar/],
    [{ avatar: 'https://[::1]/x.png' }, /at face\.avatar/],
    [{ avatar: 'javascript:alert(1)' }, /at face\.avatar/],
    [{ color: '#fff' }, /Unrecognized key: "color"/],
    [{ colour: 'green' }, /expected a colour of six digits, such as #0f6a5b/],
    [
      { colour: '#ffcc00' },
      /#ffcc00 cannot be read on a light page, its contrast is 1\.3 and 4\.5 is needed\. Take #[0-9a-f]{6}, or .* darker/,
    ],
    [{ colour: { light: '#1f5fae', dark: '#1f5fae' } }, /cannot be read on a dark page.* lighter\n.*at face\.colour\.dark/],
  ])('%j is refused with what to do', (face, message) => {
    expect(fault(face)).toMatch(message);
  });

  it('that is refused for its colour names one that is taken', () => {
    const [, colour = ''] = /Take (#[0-9a-f]{6})/.exec(fault({ colour: '#ffcc00' })) ?? [];
    expect(shown({ colour }).colour?.light).toBe(colour);
  });
});

describe('the assistants that come with the program', () => {
  it.each(['en', 'ar'])('have faces of their own in %s, and suggest what the offline model can do', (language) => {
    const [one, other] = [companion, analyst].map((assistant) => faceOf(assistant, { language, offline: true }));
    for (const part of ['name', 'welcome', 'about', 'suggestions', 'avatar', 'colour'] as const) {
      if (part !== 'colour') expect(one?.[part]).not.toBeNull();
      expect(one?.[part]).not.toEqual(other?.[part]);
    }
    expect(one?.suggestions?.map(({ text }) => text).join()).not.toMatch(/week|أسبوع/);
  });
});
