/** A report as a PDF. The same document gives the same bytes. */

import { ACCENT, FAINT, PdfPage, RULE, WARNING } from '../../documents/page.ts';
import { BARS_HEIGHT, drawBars } from './bar-chart.ts';
import type { Block, ReportDocument } from './document.ts';
import { drawHeat, heatHeight } from './heat-table.ts';
import type { ReportWords } from './phrases.ts';
import { drawTable } from './table.ts';
import { REPORT_WORDS } from './words.ts';

export async function renderReport(report: ReportDocument): Promise<Uint8Array> {
  const { title, createdAt, language } = report;
  const words = REPORT_WORDS[language];
  const { headings, data, disclaimer, direction } = words;
  const page = new PdfPage({ title, createdAt, language, direction });
  drawHead(page, report, words);
  report.blocks.forEach((block, index) => {
    drawBlock(page, block, report.blocks[index + 1]);
  });
  drawBlock(page, { kind: 'heading', text: headings.end });
  page.flow(data(report.sources), { size: 8.5, color: FAINT });
  page.flow(disclaimer, { size: 8.5, color: FAINT });
  drawEdges(page, report, words);
  return page.end();
}

function drawHead(page: PdfPage, { title, subtitle, createdAt, sample }: ReportDocument, words: ReportWords): void {
  page.flow(title, { size: 22, weight: 700 });
  page.flow(subtitle, { size: 11, color: FAINT });
  page.flow(words.madeOn(words.figures.date(createdAt)), { size: 9, color: FAINT });
  page.y += 6;
  if (!sample) return;
  const lines = page.wrap(words.sample, page.width - 24, { size: 10, weight: 700 });
  const height = lines.length * 14 + 14;
  page.pdf.rect(page.left, page.y, page.width, height).lineWidth(1).fillAndStroke('#fdecea', WARNING);
  lines.forEach(({ text }, index) => {
    page.line(text, page.left + 12, page.y + 7 + index * 14, page.width - 24, { size: 10, weight: 700, color: WARNING });
  });
  page.y += height + 8;
}

function drawBlock(page: PdfPage, block: Block, next?: Block): void {
  switch (block.kind) {
    case 'heading':
      // Never alone at the foot of a page.
      page.ensure(32 + beginningOf(next));
      page.y += 10;
      page.flow(block.text, { size: 13, weight: 700, color: ACCENT });
      page.y += 3;
      return;
    case 'paragraph':
      page.flow(block.text);
      page.y += 6;
      return;
    case 'list':
      for (const item of block.items) {
        page.ensure(14);
        page.line('•', page.left + 4, page.y, page.width - 8, {}, page.directionOf(item));
        page.flow(item, {}, 16);
        page.y += 2;
      }
      page.y += 6;
      return;
    case 'table':
      return drawTable(page, block);
    case 'bars':
      return drawBars(page, block);
    case 'heat':
      return drawHeat(page, block);
  }
}

/** How much of a block must stand below its heading. */
function beginningOf(block: Block | undefined): number {
  if (block?.kind === 'bars') return BARS_HEIGHT;
  return block?.kind === 'heat' ? heatHeight(block) : 60;
}

/** Header and footer of every page, written once the number of pages is known. */
function drawEdges(page: PdfPage, { title, sample }: ReportDocument, words: ReportWords): void {
  const { count } = page.pdf.bufferedPageRange();
  const foot = page.pdf.page.height - 40;
  for (let index = 0; index < count; index += 1) {
    page.pdf.switchToPage(index);
    page.pdf
      .moveTo(page.left, foot - 6)
      .lineTo(page.left + page.width, foot - 6)
      .lineWidth(0.5)
      .stroke(RULE);
    page.line(title, page.from(0, page.width - 100), foot, page.width - 100, { size: 8, color: FAINT });
    page.line(words.page(index + 1, count), page.left, foot, page.width, { size: 8, color: FAINT, align: 'end' });
    if (sample) page.line(words.sampleMark, page.left, 30, page.width, { size: 8, weight: 700, color: WARNING, align: 'end' });
  }
}
