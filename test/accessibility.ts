/** Rules of accessibility (WCAG 2.2 AA, and good practice) that a page breaks, as axe finds them. */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type axe from 'axe-core';
import type { RunOptions } from 'axe-core';
import type { Page } from 'playwright-core';

declare global {
  interface Window {
    /** Once its source was run there. */
    readonly axe: typeof axe;
  }
}

/** Half as long as what the module has as its source, and a page reads it each time. */
const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

const TAGS = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];
const OF_COLOURS = ['color-contrast', 'link-in-text-block'];

/** How many texts of one look axe compares with their background. One could be hidden. */
const OF_ONE_LOOK = 3;

export function violations(page: Page): Promise<string[]> {
  return brokenRules(page, { type: 'tag', values: TAGS });
}

/** Those that depend on colours alone, where another scheme is all that is different. */
export function colourViolations(page: Page): Promise<string[]> {
  return brokenRules(page, { type: 'rule', values: OF_COLOURS });
}

/** Each rule, with its elements. */
async function brokenRules(page: Page, runOnly: NonNullable<RunOptions['runOnly']>): Promise<string[]> {
  if (page.frames().length > 1) throw new Error('Only the page itself is checked, and this one has frames.');
  if (!(await page.evaluate(() => 'axe' in window))) await page.evaluate(AXE);
  await page.evaluate(markTextsThatLookAlike, OF_ONE_LOOK);
  return page.evaluate(async (only) => {
    window.axe.configure({ rules: [{ id: 'color-contrast', selector: ':not([data-looks-alike])' }] });
    const { violations: found } = await window.axe.run({ runOnly: only, resultTypes: ['violations'], selectors: false });
    return found.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' ')}`);
  }, runOnly);
}

/**
 * Runs in the page. The rule of contrast takes some milliseconds a text, which is nearly all of
 * axe's time, and a drawing or a transcript has a thousand texts of few looks. Two texts look alike
 * if nothing differs that the rule reads of them and of the elements that contain them. What lies
 * behind a text by its position alone is not compared, so only the first texts of a look are checked
 * on it. All other rules read every element.
 */
function markTextsThatLookAlike(ofOneLook: number): void {
  for (const element of document.querySelectorAll('[data-looks-alike]')) element.removeAttribute('data-looks-alike');
  const looks = new Map<Element, string>();
  function lookAround(element: Element): string {
    const known = looks.get(element);
    if (known !== undefined) return known;
    const { backgroundColor, backgroundImage, filter, mixBlendMode, opacity, position, visibility } = getComputedStyle(element);
    const own = [element.localName, element.getAttribute('class'), backgroundColor, backgroundImage, filter, mixBlendMode, opacity];
    const around = element.parentElement === null ? '' : lookAround(element.parentElement);
    const look = `${around}\n${[...own, position, visibility].join()}`;
    looks.set(element, look);
    return look;
  }
  const texts = new Map<string, number>();
  for (const element of document.body.querySelectorAll('*')) {
    if (![...element.childNodes].some(({ nodeType, nodeValue }) => nodeType === Node.TEXT_NODE && nodeValue?.trim())) continue;
    const { color, fill, fontSize, fontWeight, textShadow } = getComputedStyle(element);
    const look = [lookAround(element), color, fill, fontSize, fontWeight, textShadow].join();
    const before = texts.get(look) ?? 0;
    texts.set(look, before + 1);
    if (before >= ofOneLook) element.setAttribute('data-looks-alike', '');
  }
}
