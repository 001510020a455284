/**
 * Face of an assistant, which is what visitors see of it. It has a name, a first screen,
 * suggestions, an avatar and a colour. Pages show it. Channels with faces of their own do not.
 */
import * as z from 'zod';
import type { Face } from '#channels/face.ts';
import { bothColours, faceColour } from './face-colour.ts';

const LANGUAGE = /^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$/;

/** A text, or one by language, such as `{ en: 'Hello', ar: 'مرحبًا' }`. */
const words = (most: number) => {
  const text = z.string().regex(/\S/, 'there is nothing in it').max(most);
  const language = z.string().regex(LANGUAGE, 'expected a language, such as en or ar-EG');
  const byLanguage = z.record(language, text).refine((given) => Object.keys(given).length > 0, 'needs at least one language');
  return z.union(
    [text, byLanguage],
    `expected a text of at most ${most} characters, or one for each language, such as { en: '…', ar: '…' }`,
  );
};
type Words = z.infer<ReturnType<typeof words>>;

const suggestionText = words(200);
const suggestion = z.union(
  [suggestionText, z.strictObject({ text: suggestionText, label: words(80).optional(), needsModel: z.boolean().optional() })],
  'expected a text, one for each language, or { text, label?, needsModel? }',
);

const AVATAR = 'expected an emoji, one to three letters, or an image at https://{host name}/… or /…';
/** What a reader sees as one character. */
const graphemes = new Intl.Segmenter(undefined, { granularity: 'grapheme' });
const count = (text: string): number => [...graphemes.segment(text)].length;
const avatar = z.string().refine((given) => imageOf(given) !== undefined || (/\S/.test(given) && count(given) <= 3), AVATAR);

export const faceSettings = z.strictObject({
  /** Name for visitors. Default is the assistant's name with spaces, such as `Stock analyst`. */
  name: words(40).optional(),
  /** Heading of the first screen. */
  welcome: words(120).optional(),
  /** What it does, in one or two sentences, below the heading and on the start page. */
  about: words(300).optional(),
  /**
   * What a visitor could send first, at most six. `label` is what the visitor reads, if that is not
   * `text`. One with `needsModel` is not shown while the offline model answers.
   */
  suggestions: z.array(suggestion).max(6).optional(),
  /** An emoji, one to three letters, or an image. Default is the first letters of the name. */
  avatar: avatar.optional(),
  /**
   * A colour such as `#0f6a5b`, or `{ light, dark }`. It must be readable on the page, and the
   * message of one that is not names the nearest that is.
   */
  colour: faceColour.optional(),
  /** Whether the start page lists the assistant. Default true. */
  listed: z.boolean().optional(),
});
export type FaceSettings = z.infer<typeof faceSettings>;

export interface Faced {
  readonly name: string;
  readonly face?: FaceSettings;
  /** A machine of its own, which may not understand what pages suggest. */
  readonly machine?: unknown;
}

export interface FaceOptions {
  /** BCP 47. A text without it is taken in English, or in its first language. */
  readonly language: string;
  /** The offline model answers. */
  readonly offline: boolean;
}

export function faceOf({ name: assistant, face = {}, machine }: Faced, { language, offline }: FaceOptions): Face {
  const said = (text: Words): string => inLanguage(text, language);
  const name = said(face.name ?? spaced(assistant));
  const suggestions = face.suggestions
    ?.map((one) => (typeof one === 'object' && isSuggestion(one) ? one : { text: one }))
    .filter(({ needsModel }) => !(offline && needsModel === true))
    .map(({ text, label = text }) => ({ text: said(text), label: said(label) }));
  const image = face.avatar === undefined ? undefined : imageOf(face.avatar);
  return {
    assistant,
    name,
    welcome: face.welcome === undefined ? null : said(face.welcome),
    about: face.about === undefined ? null : said(face.about),
    suggestions: suggestions ?? (machine === undefined ? null : []),
    avatar: image === undefined ? { text: face.avatar ?? initials(name) } : { image },
    colour: face.colour === undefined ? null : bothColours(face.colour),
  };
}

/** Origin of an image on another site, which the pages must be allowed to load from. */
export function imageOriginOf({ face }: Pick<Faced, 'face'>): string | undefined {
  const image = face?.avatar === undefined ? undefined : imageOf(face.avatar);
  return image?.startsWith('https://') ? new URL(image).origin : undefined;
}

function imageOf(given: string): string | undefined {
  // A browser reads a backslash as a slash, and two slashes begin another site.
  if (/^\/[^/\\\s]\S*$/.test(given)) return given;
  const url = /^https:\/\/\S+$/.test(given) ? URL.parse(given) : null;
  return url !== null && HOST_NAME.test(url.hostname) ? given : undefined;
}

/**
 * What a Content Security Policy takes as a host. Anything else is a wildcard or another directive.
 */
const HOST_NAME = /^[a-z0-9-]+(\.[a-z0-9-]+)*$/;

/** The text in the language, else in the nearest wider one, such as `zh-Hant` for `zh-Hant-TW`. */
function inLanguage(text: Words, language: string): string {
  if (typeof text === 'string') return text;
  const texts = new Map(Object.entries(text).map(([given, words]) => [canonical(given), words]));
  for (let subtags = canonical(language).split('-'); subtags.length > 0; subtags = subtags.slice(0, -1)) {
    const found = texts.get(subtags.join('-'));
    if (found !== undefined) return found;
  }
  return texts.get('en') ?? Object.values(text)[0] ?? '';
}

/** The usual spelling, `ar-EG` for `ar-eg`. A tag that is not well-formed stays as it is. */
function canonical(language: string): string {
  try {
    return Intl.getCanonicalLocales(language)[0] ?? language;
  } catch {
    return language;
  }
}

type OneSuggestion = { readonly text: Words; readonly label?: Words | undefined; readonly needsModel?: boolean | undefined };

/** `text` is no language, so one with it is not a text by language. */
function isSuggestion(given: object): given is OneSuggestion {
  return 'text' in given;
}

/** `stock-analyst` → `Stock analyst`. */
function spaced(name: string): string {
  const text = name.replaceAll(/[-_]+/g, ' ').trim();
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** Two letters, or one in a script without capitals, where two would join into a word. */
function initials(name: string): string {
  const [first = '', ...more] = name.split(/\s+/).map((word) => ([...word][0] ?? '').toUpperCase());
  return first.toLowerCase() === first ? first : first + (more[0] ?? '');
}
