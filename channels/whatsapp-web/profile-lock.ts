import { readlink, rm } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';

/**
 * Removes the lock that a browser on another host left in a profile. The browser itself removes a
 * lock of its own host whose process is gone. A container has another host name after each start,
 * so without this its browser would refuse the profile of the last container for ever. The leader
 * lease makes sure that no other browser uses the profile.
 */
export async function removeForeignLock(profile: string): Promise<void> {
  const owner = await readlink(join(profile, 'SingletonLock')).catch(() => undefined);
  if (owner === undefined || owner.slice(0, owner.lastIndexOf('-')) === hostname()) return;
  for (const name of ['SingletonLock', 'SingletonCookie', 'SingletonSocket']) await rm(join(profile, name), { force: true });
}
