/**
 * A file beside the browser's profile, which is there while a phone is paired. The profile alone
 * does not say so. `npm run doctor` reads it, which starts no browser.
 */
import { access, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ChannelConnection } from '../port.ts';

interface Place {
  readonly dataDir: string;
  readonly session: string;
  /** Another instance may have paired it, with a folder of its own. */
  readonly remote?: boolean;
}

const fileOf = ({ dataDir, session }: Place): string => join(dataDir, `${session}.paired`);

export async function markPaired(place: Place, { state }: Pick<ChannelConnection, 'state'>): Promise<void> {
  if (place.remote === true) return;
  if (state === 'pairing') return rm(fileOf(place), { force: true });
  if (state !== 'connected') return;
  await writeFile(fileOf(place), '');
}

/** True also where it cannot be known. */
export async function wasPaired(place: Place): Promise<boolean> {
  if (place.remote === true) return true;
  return access(fileOf(place)).then(
    () => true,
    () => false,
  );
}
