import * as z from 'zod';

/**
 * Name that a caller gives to a request which it may send again and which has to be done once.
 */
export const idempotencyKeyInput = z
  .string()
  .trim()
  .regex(/^[\x21-\x7e]{1,255}$/, 'expected 1 to 255 visible ASCII characters');
