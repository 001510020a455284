/**
 * Uploads port. It keeps files that customers uploaded to the program itself, until the message
 * that names them has brought them into its session (`Files`). An upload belongs to one address.
 * One that no message names is forgotten after a while. Each store has one
 * (`StoreLifecycle.uploads`).
 *
 * `at` is milliseconds since the epoch. Failures to reach the store are `Unavailable`.
 */
import * as z from 'zod';
import { InvalidInput } from '#machines/errors.ts';
import { type Address, parseAddress } from '#machines/ids.ts';
import { fileSchema } from '#machines/session/files.ts';

/** Bytes of one upload, which is whole in memory while it is taken. */
export const MAX_UPLOAD = 20_000_000;

export interface Upload {
  /** Names it at its address. */
  readonly id: string;
  readonly address: Address;
  /** As its sender named it. */
  readonly name: string;
  /** What the bytes are. */
  readonly mimeType: string;
  readonly bytes: Uint8Array;
  readonly at: number;
}

export interface Uploads {
  /**
   * Keeps it. If one of this id is there, only its time changes, to the later one. Throws
   * `InvalidInput` for an empty one, one of more than `MAX_UPLOAD` bytes, and a field that
   * `uploadSchema` refuses.
   */
  put(upload: Upload): Promise<void>;
  /** Undefined if there is none, or it was forgotten. */
  get(address: Address, id: string): Promise<Upload | undefined>;
  /** Deletes up to `limit` uploads from before `before`. Returns how many. */
  forget(before: number, limit: number): Promise<number>;
}

export const uploadSchema = z.strictObject({
  id: z.string().regex(/^[A-Za-z0-9_-]{1,100}$/, 'expected letters, digits, _ and -, at most 100'),
  address: z.string().transform(parseAddress),
  name: fileSchema.shape.name,
  mimeType: fileSchema.shape.mimeType,
  at: z.int().nonnegative(),
});

/** Throws `InvalidInput`. */
export function checkUpload({ bytes, ...facts }: Upload): void {
  const size = bytes.byteLength;
  if (size === 0 || size > MAX_UPLOAD) {
    throw new InvalidInput(`An upload has 1 to ${MAX_UPLOAD} bytes, and this one has ${size}.`, { size, most: MAX_UPLOAD });
  }
  const parsed = uploadSchema.safeParse(facts);
  if (!parsed.success) throw new InvalidInput(`The upload cannot be kept: ${z.prettifyError(parsed.error)}`, {}, parsed.error);
}
