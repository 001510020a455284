/** What of a request is read, and what is said where it cannot be. */
import express, { type Request, type RequestHandler } from 'express';
import * as z from 'zod';
import { HttpProblem } from '#channels/problem.ts';
import { InvalidInput } from '#machines/errors.ts';
import { parseSessionId, type SessionId } from '#machines/ids.ts';

/** Of a query: a text. */
export const wholeNumber = (min: number, max: number) => {
  const expected = `expected a whole number from ${min} to ${max}`;
  return z
    .string()
    .regex(/^\d{1,15}$/, expected)
    .transform(Number)
    .refine((value) => value >= min && value <= max, expected);
};

/** Of a listing's query. */
export const paging = { limit: wholeNumber(1, 200).default(50), cursor: z.string().min(1).max(500).optional() };

/** Throws `InvalidInput` that names every field at fault. */
const decoderOf =
  (whole: 'query' | 'body') =>
  <T>(schema: z.ZodType<T>, given: unknown): T => {
    const result = schema.safeParse(given);
    if (result.success) return result.data;
    throw new InvalidInput(`${result.error.issues.map((issue) => `${issue.path.join('.') || whole}: ${issue.message}`).join('; ')}.`);
  };

export const decodeQuery = decoderOf('query');
export const decodeBody = decoderOf('body');

/** Reads a JSON body; whatever else comes is refused. */
export function json(limit: number): RequestHandler[] {
  const only: RequestHandler = (request, _response, next) => {
    if (request.is('application/json')) return next();
    const detail = 'Send a JSON object with Content-Type: application/json.';
    throw new HttpProblem({ status: 415, code: 'unsupported_media_type', title: 'Unsupported media type', detail });
  };
  return [express.json({ limit }), only];
}

/** The name of a request that may be sent again and is to be done once. */
export function idempotencyKey(request: Request): string | undefined {
  const key = request.get('idempotency-key')?.trim();
  if (key === undefined || /^[\x21-\x7e]{1,255}$/.test(key)) return key;
  throw new InvalidInput('Idempotency-Key: expected 1 to 255 visible ASCII characters.');
}

/** The session that a path names. */
export function idOf(request: Request): SessionId {
  const { id } = request.params;
  try {
    return parseSessionId(String(id));
  } catch {
    throw noSuchSession(String(id).slice(0, 80));
  }
}

export function noSuchSession(id: string): HttpProblem {
  const detail = `There is no session "${id}". GET /api/sessions lists the ones there are.`;
  return new HttpProblem({ status: 404, code: 'not_found', title: 'Not found', detail });
}
