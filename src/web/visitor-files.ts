/**
 * Finds the files that a visitor may load. They are those of the sessions at the visitor's own
 * address.
 */
import type { VisitorFiles } from '#channels/feed.ts';
import { InvalidInput } from '#machines/errors.ts';
import type { SessionId } from '#machines/ids.ts';
import { sessionOfFile } from '#machines/session/files.ts';
import type { Files } from '#storage/files.ts';
import type { Store } from '#storage/port.ts';

export interface VisitorFilesParts {
  readonly files: Pick<Files, 'get'>;
  readonly store: Pick<Store, 'load'>;
}

export function createVisitorFiles({ files, store }: VisitorFilesParts): VisitorFiles {
  return async (address, id) => {
    const sessionId = sessionOf(id);
    if (sessionId === undefined) return undefined;
    const session = await store.load({ id: sessionId });
    return session?.address === address ? await files.get(id) : undefined;
  };
}

function sessionOf(id: string): SessionId | undefined {
  try {
    return sessionOfFile(id);
  } catch (error) {
    if (error instanceof InvalidInput) return undefined;
    throw error;
  }
}
