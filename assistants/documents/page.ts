/**
 * Writer of a PDF that keeps the position on the page and writes text in any of its fonts.
 * Owns measuring, wrapping, page breaks. Does not own the content. Measures are points (1/72
 * inch), and y grows downwards.
 */
import PDFDocument from 'pdfkit';
import { type Faces, loadFaces, type Weight } from './fonts.ts';
import { cleaned, hasRightToLeft, isRightToLeft, type RunDirection, type VisualRun, visualRuns } from './visual-runs.ts';

type Pdf = InstanceType<typeof PDFDocument>;

export const INK = '#1b1f24';
export const FAINT = '#5c6670';
export const RULE = '#d4d9de';
export const ACCENT = '#1f5fa8';
export const WARNING = '#a8261f';

export interface TextStyle {
  readonly size?: number;
  readonly weight?: Weight;
  readonly color?: string;
  /**
   * Within `width`. `start` is where the page's lines begin, or the text's own if one of the two is
   * the right. `end` is the other side of the page.
   */
  readonly align?: 'start' | 'end' | 'center';
}

const DRAWN = { lineBreak: false, baseline: 'alphabetic', features: [] } satisfies PDFKit.Mixins.TextOptions;
const LEADING = 1.4;
/**
 * Widths that are kept, of runs up to a length. A line is measured as it is broken, fitted, aligned
 * and drawn, and most words come again.
 */
const KEPT_WIDTHS = { count: 2_000, length: 200 };
const MARGIN = { top: 64, side: 54, bottom: 60 };

export class PdfPage {
  readonly pdf: Pdf;
  readonly left = MARGIN.side;
  readonly width: number;
  readonly bottom: number;
  y = MARGIN.top;
  readonly #faces: Faces;
  readonly #direction: RunDirection;
  readonly #onPage: ((page: PdfPage, number: number) => void) | undefined;
  /** The oldest first. */
  readonly #widths = new Map<string, number>();
  #number = 0;

  constructor(info: {
    readonly title: string;
    readonly createdAt: number;
    readonly language: string;
    readonly direction: RunDirection;
    /**
     * Draws what is around the text of each page as it begins. Pages are given away one by one then
     * (`taken`), and cannot be drawn on later.
     */
    readonly onPage?: (page: PdfPage, number: number) => void;
  }) {
    this.#direction = info.direction;
    this.pdf = new PDFDocument({
      size: 'A4',
      // Page breaks are made here. pdfkit would make its own at its margins.
      margin: 0,
      bufferPages: info.onPage === undefined,
      lang: info.language,
      displayTitle: true,
      info: { Title: cleaned(info.title), CreationDate: new Date(info.createdAt), Producer: 'Statechat', Creator: 'Statechat' },
    });
    this.#faces = loadFaces();
    for (const { name, file } of [...this.#faces[400], ...this.#faces[700]]) this.pdf.registerFont(name, file);
    this.width = this.pdf.page.width - 2 * MARGIN.side;
    this.bottom = this.pdf.page.height - MARGIN.bottom;
    this.#onPage = info.onPage;
    this.#beginPage();
  }

  /** Space for a block that must not be split. A block higher than a page starts on a new one. */
  ensure(height: number): void {
    if (this.y + height > this.bottom && this.y > MARGIN.top) this.breakPage();
  }

  breakPage(): void {
    this.pdf.addPage();
    this.#beginPage();
  }

  #beginPage(): void {
    this.#number += 1;
    this.#onPage?.(this, this.#number);
    this.y = MARGIN.top;
  }

  /**
   * Left edge of a block of this width, a number of points from where lines begin. On the other
   * side if lines run from right to left.
   */
  from(distance: number, width: number): number {
    return this.left + (this.#direction === 'rtl' ? this.width - distance - width : distance);
  }

  /** Text from here downwards, over as many pages as it takes. */
  flow(text: string, style: TextStyle = {}, indent = 0): void {
    // `indent` is on the side where the line begins.
    const height = lineHeight(style);
    for (const { text: line, direction } of this.wrap(text, this.width - indent, style)) {
      this.ensure(height);
      this.line(line, this.left + (this.#startOf(direction) === 'right' ? 0 : indent), this.y, this.width - indent, style, direction);
      this.y += height;
    }
  }

  /** One line, with its top at `y`. What is too long for `width` is cut with an ellipsis. */
  line(text: string, x: number, y: number, width: number, style: TextStyle = {}, direction = this.directionOf(text)): void {
    const { size = 10, color = INK, align = 'start', weight = 400 } = style;
    const fitting = this.#fitting(cleaned(text), width, style);
    const side = align === 'start' ? this.#startOf(direction) : align === 'end' ? this.#end : align;
    const spare = width - this.measure(fitting, style);
    let at = x + (side === 'left' ? 0 : side === 'right' ? spare : spare / 2);
    this.pdf.fillColor(color).fontSize(size);
    for (const run of visualRuns(fitting, this.#faces[weight], direction)) {
      // With its width, which its types leave out, pdfkit does not measure the text once more.
      const measured = { textWidth: this.#widthOf(run, size) };
      this.pdf.font(run.face.name).text(run.text, at, y + size * 1.1, { ...DRAWN, ...measured });
      at += measured.textWidth;
    }
  }

  measure(text: string, { size = 10, weight = 400 }: TextStyle = {}): number {
    return visualRuns(text, this.#faces[weight], 'ltr').reduce((sum, run) => sum + this.#widthOf(run, size), 0);
  }

  /** Breaks at spaces, and inside words that are too long. */
  wrap(text: string, width: number, style: TextStyle = {}): readonly { readonly text: string; readonly direction: RunDirection }[] {
    return cleaned(text)
      .split('\n')
      .flatMap((paragraph) => {
        const direction = this.directionOf(paragraph);
        const words = paragraph.split(/[ \t]+/);
        const whole = words.filter((word) => word !== '').join(' ');
        if (this.measure(whole, style) <= width) return [{ text: whole, direction }];
        const lines: string[] = [];
        let line = '';
        for (const word of words.flatMap((word) => this.#pieces(word, width, style))) {
          const longer = line === '' ? word : `${line} ${word}`;
          // Measured as a whole, because a space has the width of the font of the word before it.
          if (line !== '' && this.measure(longer, style) > width) {
            lines.push(line);
            line = word;
          } else line = longer;
        }
        return [...lines, line].map((text) => ({ text, direction }));
      });
  }

  /**
   * Direction of a line by its first letter. On a right-to-left page any right-to-left letter
   * decides, because names are Latin there.
   */
  directionOf(text: string): RunDirection {
    return (this.#direction === 'rtl' ? hasRightToLeft(text) : isRightToLeft(text)) ? 'rtl' : 'ltr';
  }

  /** The bytes that are written by now, which are forgotten here. */
  *taken(): Generator<Uint8Array> {
    for (let chunk: unknown = this.pdf.read(); chunk instanceof Uint8Array; chunk = this.pdf.read()) yield chunk;
  }

  /** The bytes that were not taken before. */
  async end(): Promise<Uint8Array> {
    const chunks: Buffer[] = [];
    const done = new Promise<void>((resolve, reject) => {
      this.pdf.on('end', resolve).on('error', reject);
    });
    this.pdf.on('data', (chunk: Buffer) => chunks.push(chunk));
    this.pdf.end();
    await done;
    return new Uint8Array(Buffer.concat(chunks));
  }

  #widthOf({ face, text }: VisualRun, size: number): number {
    const key = `${face.name} ${size} ${text}`;
    const known = this.#widths.get(key);
    if (known !== undefined) return known;
    const width = this.pdf.fontSize(size).font(face.name).widthOfString(text, { features: [] });
    if (text.length > KEPT_WIDTHS.length) return width;
    const [oldest] = this.#widths.keys();
    if (oldest !== undefined && this.#widths.size >= KEPT_WIDTHS.count) this.#widths.delete(oldest);
    this.#widths.set(key, width);
    return width;
  }

  #startOf(direction: RunDirection): 'left' | 'right' {
    return direction === 'rtl' || this.#direction === 'rtl' ? 'right' : 'left';
  }

  get #end(): 'left' | 'right' {
    return this.#direction === 'rtl' ? 'left' : 'right';
  }

  #pieces(word: string, width: number, style: TextStyle): readonly string[] {
    if (word === '') return [];
    if (this.measure(word, style) <= width) return [word];
    const pieces: string[] = [];
    let piece = '';
    let used = 0;
    for (const character of word) {
      const wide = this.measure(character, style);
      if (piece !== '' && used + wide > width) {
        pieces.push(piece);
        piece = '';
        used = 0;
      }
      piece += character;
      used += wide;
    }
    return [...pieces, piece];
  }

  #fitting(text: string, width: number, style: TextStyle): string {
    // Half a point of rounding.
    if (this.measure(text, style) <= width + 0.5) return text;
    const characters = [...text];
    let [low, high] = [0, characters.length];
    while (low < high) {
      const middle = Math.ceil((low + high) / 2);
      if (this.measure(`${characters.slice(0, middle).join('')}…`, style) <= width) low = middle;
      else high = middle - 1;
    }
    return `${characters.slice(0, low).join('').trimEnd()}…`;
  }
}

export function lineHeight({ size = 10 }: TextStyle): number {
  return size * LEADING;
}
