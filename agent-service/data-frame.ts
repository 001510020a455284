/**
 * Data inside a prompt, between tags, as JSON that cannot close the tags. The author of the data
 * cannot write instructions.
 */
import type { Json } from '#machines/definition.ts';
import { jsonText } from '#machines/text.ts';

export function framed(tag: string, data: unknown): string {
  return `<${tag}>${jsonText(data).replaceAll('<', '\\u003c')}</${tag}>`;
}

/** Data of the last such frame in a text. Undefined if there is none. */
export function unframed(tag: string, text: string): Json | undefined {
  const from = text.lastIndexOf(`<${tag}>`);
  const to = text.indexOf(`</${tag}>`, from);
  if (from < 0 || to < 0) return undefined;
  try {
    return JSON.parse(text.slice(from + tag.length + 2, to));
  } catch {
    return undefined;
  }
}

/** The frame of a workflow's parameters. */
export const PARAMS = 'params';
