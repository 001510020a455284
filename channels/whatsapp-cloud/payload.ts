/**
 * Shapes of what WhatsApp posts, as Meta documents them in "Webhooks reference". Fields that are
 * not read here may be anything, because Meta adds some every few months. A batch is read in two
 * steps, so that a broken entry costs only itself.
 */
import * as z from 'zod';

const text = z.string();
/** Seconds since the epoch, as text or as a number. */
const timestamp = z.coerce.number().int().nonnegative().max(100_000_000_000);
/** A message's or a call's id. It is part of an event's id, which has at most 300 characters. */
const providerId = z.string().min(1).max(280);

export const envelope = z.object({
  object: z.literal('whatsapp_business_account'),
  entry: z.array(z.object({ id: z.coerce.string(), changes: z.array(z.unknown()).default([]) })).min(1),
});

/** The value's members are read one by one. */
export const changeSchema = z.object({
  field: z.string().min(1).max(100),
  value: z
    .object({
      metadata: z.object({ phone_number_id: z.coerce.string(), display_phone_number: z.coerce.string().optional() }).optional(),
      contacts: z.array(z.unknown()).optional(),
      messages: z.array(z.unknown()).optional(),
      statuses: z.array(z.unknown()).optional(),
      message_echoes: z.array(z.unknown()).optional(),
      calls: z.array(z.unknown()).optional(),
      errors: z.array(z.unknown()).optional(),
    })
    .loose(),
});
export type Change = z.infer<typeof changeSchema>;

export const contactSchema = z.object({
  wa_id: z.coerce.string().optional(),
  user_id: text.optional(),
  parent_user_id: text.optional(),
  profile: z.object({ name: text.optional(), username: text.optional() }).optional(),
});
export type Contact = z.infer<typeof contactSchema>;

const errorSchema = z.object({
  code: z.number().int(),
  title: text.optional(),
  message: text.optional(),
  error_data: z.object({ details: text.optional() }).optional(),
});

const file = z.object({
  id: z.string().min(1).max(2_000),
  mime_type: z.string().max(200).optional(),
  caption: text.optional(),
  filename: text.optional(),
  voice: z.boolean().optional(),
});

const interactive = z.object({
  type: text,
  button_reply: z.object({ id: text, title: text }).optional(),
  list_reply: z.object({ id: text, title: text, description: text.optional() }).optional(),
  nfm_reply: z.object({ name: text.optional(), body: text.optional(), response_json: text.optional() }).optional(),
});

const card = z.object({
  name: z.object({ formatted_name: text.optional(), first_name: text.optional(), last_name: text.optional() }).optional(),
  phones: z.array(z.object({ phone: text.optional(), wa_id: text.optional() })).optional(),
  origin: text.optional(),
});

const order = z.object({
  text: text.optional(),
  product_items: z
    .array(
      z.object({
        product_retailer_id: z.coerce.string(),
        quantity: z.coerce.number(),
        item_price: z.coerce.number().optional(),
        currency: text.optional(),
      }),
    )
    .default([]),
});

/** What a message holds, under the name of its type. */
export const contentFields = {
  text: z.object({ body: text }).optional(),
  image: file.optional(),
  audio: file.optional(),
  video: file.optional(),
  document: file.optional(),
  sticker: file.optional(),
  location: z
    .object({ latitude: z.coerce.number(), longitude: z.coerce.number(), name: text.optional(), address: text.optional() })
    .optional(),
  contacts: z.array(card).optional(),
  interactive: interactive.optional(),
  button: z.object({ text: text, payload: text.optional() }).optional(),
  order: order.optional(),
  unsupported: z.object({ type: text.optional() }).optional(),
  errors: z.array(errorSchema).optional(),
  referral: z.object({ headline: text.optional(), body: text.optional(), source_url: text.optional() }).optional(),
};
export type Content = z.infer<z.ZodObject<typeof contentFields>>;

const change = {
  edit: z.object({ original_message_id: providerId, message: z.object({ type: text.optional(), ...contentFields }).optional() }).optional(),
  revoke: z.object({ original_message_id: providerId }).optional(),
};

/** What cannot be read of it costs the quote, not the message. */
const context = z.object({ id: providerId.optional() });

export const messageSchema = z.object({
  id: providerId,
  timestamp,
  type: z.string().min(1).max(100),
  from: z.coerce.string().optional(),
  from_user_id: text.optional(),
  from_parent_user_id: text.optional(),
  group_id: text.optional(),
  /** The message that it answers. What was forwarded has no id here. */
  context: context.optional().catch(undefined),
  reaction: z.object({ message_id: providerId, emoji: text.optional() }).optional(),
  system: z
    .object({
      type: text.optional(),
      body: text.optional(),
      wa_id: z.coerce.string().optional(),
      new_wa_id: z.coerce.string().optional(),
      user_id: text.optional(),
      previous_user_id: text.optional(),
      parent_user_id: text.optional(),
      previous_parent_user_id: text.optional(),
    })
    .optional(),
  ...change,
  ...contentFields,
});
export type Message = z.infer<typeof messageSchema>;

export const echoSchema = z.object({
  id: providerId,
  timestamp,
  type: z.string().min(1).max(100),
  to: z.coerce.string().optional(),
  to_user_id: text.optional(),
  to_parent_user_id: text.optional(),
  group_id: text.optional(),
  context: context.optional().catch(undefined),
  ...change,
  ...contentFields,
});
export type Echo = z.infer<typeof echoSchema>;

export const pricingSchema = z.object({ category: text, type: text.optional(), billable: z.boolean().optional() });

export const statusSchema = z.object({
  id: providerId,
  timestamp,
  status: z.string().min(1).max(40),
  /** `call` for the status of a call. */
  type: text.optional(),
  recipient_type: text.optional(),
  recipient_user_id: text.optional(),
  biz_opaque_callback_data: z.string().min(1).optional(),
  // A price that cannot be read costs the price, not the status.
  pricing: pricingSchema.optional().catch(undefined),
  errors: z.array(errorSchema).optional(),
});
export type Status = z.infer<typeof statusSchema>;

export const callSchema = z.object({
  id: providerId,
  timestamp,
  event: z.string().min(1).max(40),
  direction: text.optional(),
  from: z.coerce.string().optional(),
  from_user_id: text.optional(),
  from_parent_user_id: text.optional(),
  duration: z.coerce.number().int().nonnegative().optional(),
});
export type Call = z.infer<typeof callSchema>;

/** Ids of what could not be read, as far as they are there. */
export const anyId = z.object({ id: providerId });
export const errorsSchema = z.array(errorSchema);
