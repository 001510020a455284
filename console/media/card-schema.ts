/**
 * Cards of messages, as events and journal entries have them. The shapes are those of
 * machines/session/cards.ts.
 */
import * as z from 'zod/mini';

const location = z.object({
  kind: z.literal('location'),
  latitude: z.number(),
  longitude: z.number(),
  name: z.optional(z.string()),
  street: z.optional(z.string()),
});
export type LocationCard = z.infer<typeof location>;

const contact = z.object({
  kind: z.literal('contact'),
  name: z.string(),
  phone: z.string(),
  email: z.optional(z.string()),
  organization: z.optional(z.string()),
});

/** Nothing else is opened, whoever wrote it. */
const link = z.object({ kind: z.literal('link'), label: z.string(), url: z.string().check(z.regex(/^https?:\/\//i)) });
const locationRequest = z.object({ kind: z.literal('location_request') });
const whatsapp = z.object({ kind: z.literal('whatsapp'), interactive: z.object({ type: z.string() }) });

export const shownCard = z.discriminatedUnion('kind', [location, contact, link, locationRequest, whatsapp]);
export type ShownCard = z.infer<typeof shownCard>;
