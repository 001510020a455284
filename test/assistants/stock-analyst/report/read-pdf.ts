/** Reads a PDF back, with a reader that is not the writer's. */
import { getDocumentProxy } from 'unpdf';
import { OPS } from 'unpdf/pdfjs';

export interface ReadPage {
  readonly text: string;
  readonly width: number;
  readonly height: number;
  /** Where each piece of text begins and ends, in points from the left and the foot. */
  readonly pieces: readonly { readonly text: string; readonly x: number; readonly y: number; readonly width: number }[];
  /** Number of shapes filled with a colour, such as bars, cells and marks. */
  readonly shapes: number;
}

export interface ReadPdf {
  readonly pages: readonly ReadPage[];
  readonly text: string;
  readonly info: Readonly<Record<string, unknown>>;
}

export async function readPdf(bytes: Uint8Array): Promise<ReadPdf> {
  const document = await getDocumentProxy(bytes.slice(), { useSystemFonts: false, verbosity: 0 });
  try {
    const pages: ReadPage[] = [];
    for (let number = 1; number <= document.numPages; number += 1) {
      const page = await document.getPage(number);
      const { width, height } = page.getViewport({ scale: 1 });
      const { items } = await page.getTextContent();
      const pieces = items.flatMap((item) =>
        'str' in item ? [{ text: item.str, x: Number(item.transform[4]), y: Number(item.transform[5]), width: item.width }] : [],
      );
      const text = items.map((item) => ('str' in item ? item.str + (item.hasEOL ? '\n' : '') : '')).join('');
      const { fnArray, argsArray } = await page.getOperatorList();
      const fills = new Set<unknown>([OPS.fill, OPS.fillStroke]);
      const shapes = fnArray.filter((name, index) => name === OPS.constructPath && fills.has(argsArray[index]?.[0])).length;
      pages.push({ text: text.normalize('NFKC'), width, height, pieces, shapes });
    }
    const { info } = await document.getMetadata();
    return { pages, text: pages.map((page) => page.text).join('\n'), info: Object.fromEntries(Object.entries(info)) };
  } finally {
    await document.loadingTask.destroy();
  }
}
