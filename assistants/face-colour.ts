/**
 * Colours of a face. Contrast is that of WCAG 2, from 1 to 21. The page writes with the colour on
 * its ground, and on the colour with white on a light page and with near black on a dark one.
 */
import * as z from 'zod';

/** The least contrast of text (WCAG 2.2, 1.4.3). */
const LEAST = 4.5;
/** The darkest ground under coloured text on a light page, and the lightest on a dark one. */
const GROUNDS = { light: '#e6efe9', dark: '#2b3138' } as const;
const TOWARDS = { light: '#000000', dark: '#ffffff' } as const;
type Scheme = keyof typeof GROUNDS;

const hex = z.string().regex(/^#[0-9a-fA-F]{6}$/, 'expected a colour of six digits, such as #0f6a5b');

/** One colour, from which the dark page's is made, or one for each page. */
export const faceColour = z.union([hex, z.strictObject({ light: hex, dark: hex })]).superRefine((given, context) => {
  const colours = typeof given === 'string' ? { light: given } : given;
  for (const [scheme, colour] of Object.entries(colours)) {
    if (scheme !== 'light' && scheme !== 'dark') continue;
    const contrast = contrastOf(colour, GROUNDS[scheme]);
    if (contrast >= LEAST) continue;
    const message = `${colour} cannot be read on a ${scheme} page, its contrast is ${contrast.toFixed(1)} and ${LEAST} is needed. Take ${readable(colour, scheme)}, or another one that is ${scheme === 'light' ? 'darker' : 'lighter'}`;
    context.addIssue({ code: 'custom', message, path: typeof given === 'string' ? [] : [scheme] });
  }
});
export type FaceColour = z.infer<typeof faceColour>;

export function bothColours(colour: FaceColour): { readonly light: string; readonly dark: string } {
  return typeof colour === 'string' ? { light: colour, dark: readable(colour, 'dark') } : colour;
}

export function contrastOf(a: string, b: string): number {
  const [lighter = 0, darker = 0] = [luminance(a), luminance(b)].toSorted((x, y) => y - x);
  return (lighter + 0.05) / (darker + 0.05);
}

/** The nearest mix with black or white that can be read. */
function readable(colour: string, scheme: Scheme): string {
  for (let share = 0; share < 1; share += 0.05) {
    const mixed = mix(colour, TOWARDS[scheme], share);
    if (contrastOf(mixed, GROUNDS[scheme]) >= LEAST) return mixed;
  }
  return TOWARDS[scheme];
}

function mix(a: string, b: string, share: number): string {
  const [from, to] = [channels(a), channels(b)];
  return `#${from
    .map((value, i) => Math.round(value + ((to[i] ?? 0) - value) * share))
    .map((value) => value.toString(16).padStart(2, '0'))
    .join('')}`;
}

function luminance(colour: string): number {
  const [red = 0, green = 0, blue = 0] = channels(colour).map((value) => {
    const part = value / 255;
    return part <= 0.03928 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

function channels(colour: string): number[] {
  return [1, 3, 5].map((at) => Number.parseInt(colour.slice(at, at + 2), 16));
}
