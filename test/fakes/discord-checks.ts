/** What the Discord of the tests takes as components and as reactions. */
import * as z from 'zod';

const button = z
  .object({
    type: z.literal(2),
    style: z.number().int().min(1).max(5),
    label: z.string().min(1).max(80),
    custom_id: z.string().min(1).max(100).optional(),
    url: z
      .url({ protocol: /^(?:https?|discord)$/ })
      .max(512)
      .optional(),
  })
  .refine(({ style, url, custom_id: id }) => (style === 5 ? url !== undefined && id === undefined : url === undefined && id !== undefined));
const row = z.object({ type: z.literal(1), components: z.array(button).min(1).max(5) });
const rows = z.array(row).max(5);

export function areComponents(components: unknown): boolean {
  return rows.safeParse(components).success;
}

/** Whether it is an emoji in the form that Discord knows it by. */
export function isEmoji(text: string): boolean {
  return /^\p{RGI_Emoji}$/v.test(text);
}

/** Kinds of reactions that a message has at most. */
export const MAX_REACTIONS = 20;
