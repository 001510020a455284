/** A conversation as Markdown. Entries without a text are left out. */
import type { FactWords } from '#machines/session/fact-words.ts';
import type { JournalEntry, SessionRow } from '#storage/port.ts';
import { quoteOf, textOf, titleOf, writerOf } from './words.ts';

export async function* writeMarkdown(session: SessionRow, entries: AsyncIterable<JournalEntry>, facts: FactWords): AsyncGenerator<string> {
  yield `# ${escaped(titleOf(session))}\n\n`;
  for await (const entry of entries) {
    const written = textOf(entry, facts);
    if (written === '') continue;
    const text = written.split(/\r\n|[\n\r\u2028\u2029]/).map((line) => `> ${escaped(line)}`);
    const quote = quoteOf(entry);
    const above = quote === '' ? '' : `${escaped(quote)}\n\n`;
    yield `**${escaped(writerOf(entry))}** ${new Date(entry.at).toISOString()}\n\n${above}${text.join('\n')}\n\n`;
  }
}

/** Every sign that means something in Markdown or HTML stands for itself. */
function escaped(text: string): string {
  return text.replaceAll(/[!-/:-@[-`{-~]/g, String.raw`\$&`);
}
