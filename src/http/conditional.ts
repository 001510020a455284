/** Versions as HTTP has them, in `ETag`, `If-Match` and `If-None-Match`. */
import type { Request, Response } from 'express';

const ETAG = /^(?:W\/)?"?(\d{1,16})"?$/;

/** The version in `If-Match`. A text that is none stays, so that the schema refuses it. */
export function expectedVersion(given: string | undefined): unknown {
  // Any version will do.
  if (given === undefined || given.trim() === '*') return undefined;
  const [, version] = ETAG.exec(given.trim()) ?? [];
  return version === undefined ? given : Number(version);
}

/** Sets the entity tag. True if the caller has this version already. */
export function isKnown(request: Request, response: Response, version: number): boolean {
  const tag = `"${version}"`;
  response.set('ETag', tag);
  const known = (request.get('if-none-match') ?? '').split(',').map((one) => one.trim().replace(/^W\//, ''));
  return request.method === 'GET' && known.includes(tag);
}
