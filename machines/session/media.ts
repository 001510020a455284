/**
 * What came with a message of a customer, or of an agent on the phone, once its bytes are in the
 * file store or known to be lost. The host reports either to the session after the turn that took
 * the message.
 */
import * as z from 'zod';
import { fileIdSchema, mimeTypeSchema } from './files.ts';

const count = z.number().int().nonnegative();

/** Media of one message. */
export const MAX_MEDIA = 20;

/**
 * Why the bytes are not kept. `gone` means that the channel has them no more, `type` that files of
 * their type are not kept, `unreachable` that the channel did not answer for too long.
 */
export const MEDIA_LOSSES = ['gone', 'too_large', 'type', 'empty', 'unreachable'] as const;
export type MediaLoss = (typeof MEDIA_LOSSES)[number];

/** What is known of the bytes themselves, and not of what their sender says. */
const facts = {
  /** In the file store. Its id shows whose session it is. */
  file: fileIdSchema,
  /** Of the bytes, in hexadecimal digits. */
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
  mimeType: mimeTypeSchema,
  /** Bytes. */
  size: count.positive(),
  /** A small image of an image, in the file store. */
  thumbnail: fileIdSchema.optional(),
  /** Pixels of an image as it is shown. */
  width: count.positive().optional(),
  height: count.positive().optional(),
  /** How long it plays. */
  seconds: z.number().nonnegative().optional(),
  /** Of a PDF. */
  pages: count.positive().optional(),
};

/** Fields of a message's media that are set once the bytes are kept or lost. */
export const keptFields = {
  file: facts.file.optional(),
  sha256: facts.sha256.optional(),
  thumbnail: facts.thumbnail,
  width: facts.width,
  height: facts.height,
  seconds: facts.seconds,
  pages: facts.pages,
  lost: z.enum(MEDIA_LOSSES).optional(),
};

const at = count;
/** Names one of the media of one message. */
const place = { messageId: z.string().min(1).max(300), index: count.max(MAX_MEDIA - 1) };

const keptEvent = z.strictObject({ type: z.literal('media.kept'), at, ...place, ...facts });
const lostEvent = z.strictObject({ type: z.literal('media.lost'), at, ...place, reason: z.enum(MEDIA_LOSSES) });

export const mediaEvents = { kept: keptEvent, lost: lostEvent };

export type KeptMedia = Omit<z.infer<typeof keptEvent>, 'type' | 'at' | 'messageId' | 'index'>;
export type MediaEvent = z.infer<typeof keptEvent> | z.infer<typeof lostEvent>;
