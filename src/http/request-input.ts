/**
 * Reads the parts of a request. For a part that it cannot read, the error says what is wrong with
 * it.
 */
import express, { type Request, type RequestHandler } from 'express';
import type * as z from 'zod';
import { HttpProblem } from '#channels/problem.ts';
import { InvalidInput } from '#machines/errors.ts';
import { idempotencyKeyInput } from '../operations/idempotency-key.ts';

/** Throws `InvalidInput` that names every field at fault. */
const decoderOf =
  (whole: 'query' | 'body' | 'Idempotency-Key') =>
  <T>(schema: z.ZodType<T>, given: unknown): T => {
    const result = schema.safeParse(given);
    if (result.success) return result.data;
    throw new InvalidInput(`${result.error.issues.map((issue) => `${issue.path.join('.') || whole}: ${issue.message}`).join('; ')}.`);
  };

export const decodeQuery = decoderOf('query');
export const decodeBody = decoderOf('body');
const decodeKey = decoderOf('Idempotency-Key');

/** Reads a JSON body. A body of any other type is refused. */
export function jsonBody(limit: number): RequestHandler[] {
  const only: RequestHandler = (request, _response, next) => {
    if (request.is('application/json')) return next();
    const detail = 'Send a JSON object with Content-Type: application/json.';
    throw new HttpProblem({ status: 415, code: 'unsupported_media_type', title: 'Unsupported media type', detail });
  };
  return [express.json({ limit }), only];
}

/** Reads a body of any type as bytes. */
export function rawBody(limit: number): RequestHandler[] {
  return [express.raw({ limit, type: () => true })];
}

/** Name of a request that may be sent again and has to be done once. */
export function idempotencyKey(request: Request): string | undefined {
  return decodeKey(idempotencyKeyInput.optional(), request.get('idempotency-key'));
}
