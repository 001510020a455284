import type { Response } from 'express';
import { jsonText } from '#machines/text.ts';

/** Answers with JSON in which every string is well-formed, whatever the stores hold. */
export function sendJson(response: Response, body: object, mediaType = 'application/json'): void {
  response.type(mediaType).send(jsonText(body));
}
