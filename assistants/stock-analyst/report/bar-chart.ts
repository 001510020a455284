/** Bars as vectors, with a labelled axis of round numbers. Time runs as lines do. */

import { ACCENT, FAINT, lineHeight, type PdfPage, RULE } from '../../documents/page.ts';
import type { BarsBlock } from './document.ts';

const HEIGHT = 150;
const AXIS = 58;
const COLORS = [ACCENT, '#e08a1e', '#3b8f6b'] as const;
const SMALL = { size: 8, color: FAINT } as const;

export const BARS_HEIGHT = HEIGHT + 60;

export function drawBars(page: PdfPage, { title, series, groups, format }: BarsBlock): void {
  page.ensure(BARS_HEIGHT);
  page.line(title, page.left, page.y, page.width, { size: 9.5, weight: 700 });
  page.y += 16;
  drawLegend(page, series);
  const ticks = roundTicks(groups.flatMap(({ values }) => values));
  const [low, high] = [ticks.at(0) ?? 0, ticks.at(-1) ?? 1];
  const top = page.y;
  const heightAt = (value: number) => top + HEIGHT * (1 - (value - low) / (high - low));
  const width = page.width - AXIS;
  const left = page.from(AXIS, width);
  for (const tick of ticks) {
    const y = heightAt(tick);
    page.pdf
      .moveTo(left, y)
      .lineTo(left + width, y)
      .lineWidth(tick === 0 ? 1 : 0.4)
      .stroke(tick === 0 ? FAINT : RULE);
    page.line(format(tick), page.from(0, AXIS - 6), y - 6, AXIS - 6, { ...SMALL, align: 'end' });
  }
  const group = width / Math.max(1, groups.length);
  const bar = (group * 0.7) / Math.max(1, series.length);
  groups.forEach(({ label, values }, index) => {
    const start = AXIS + index * group;
    values.forEach((value, at) => {
      const [from, to] = [heightAt(Math.max(value, 0)), heightAt(Math.min(value, 0))];
      const x = page.from(start + group * 0.15 + at * bar, bar * 0.92);
      page.pdf.rect(x, from, bar * 0.92, Math.max(to - from, 0.1)).fill(COLORS[at % COLORS.length]);
    });
    page.line(label, page.from(start, group), top + HEIGHT + 4, group, { ...SMALL, align: 'center' });
  });
  page.y = top + HEIGHT + lineHeight(SMALL) + 16;
}

function drawLegend(page: PdfPage, series: readonly string[]): void {
  let at = AXIS;
  series.forEach((name, index) => {
    page.pdf.rect(page.from(at, 7), page.y + 2, 7, 7).fill(COLORS[index % COLORS.length]);
    page.line(name, page.from(at + 11, 160), page.y, 160, SMALL);
    at += page.measure(name, SMALL) + 30;
  });
  page.y += 18;
}

/**
 * Four to ten ticks from below the least value (and 0) to above the greatest, in steps of 1, 2 or 5
 * times a power of ten.
 */
export function roundTicks(values: readonly number[]): readonly number[] {
  const [low, high] = [Math.min(0, ...values), Math.max(0, ...values)];
  const rough = (high - low || 1) / 5;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = ([1, 2, 5, 10].find((factor) => factor * power >= rough) ?? 10) * power;
  const [first, last] = [Math.floor(low / step), Math.ceil((high || 1) / step)];
  return Array.from({ length: last - first + 1 }, (_, index) => Number(((first + index) * step).toPrecision(12)));
}
