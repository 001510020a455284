/**
 * Where the library keeps the session of the paired device, in the child. With a remote session it
 * is one archive in the program's store, so that another instance can continue it.
 *
 * Owns the deletion of a session. The library alone would delete a remote session after a conflict
 * too, and any session while its browser runs.
 */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { AuthStrategy } from 'whatsapp-web.js';
import type { HostLink } from './host-link.ts';
import type { OpenChild, StoreCall } from './protocol.ts';

export type Library = Pick<typeof import('whatsapp-web.js'), 'Client' | 'LocalAuth' | 'RemoteAuth' | 'MessageMedia' | 'Location'>;

/** Between two writes of a remote session, in milliseconds. The library takes no less. */
const BACKUP_MS = 60_000;

/** Where the library keeps the browser's profile. */
export function profileOf({ dataDir, session, remote }: OpenChild): string {
  return join(dataDir, `${remote ? 'RemoteAuth' : 'session'}-${session}`);
}

type Named = { readonly session: string };

/** For the library's RemoteAuth. */
function sessionStore(store: (call: StoreCall) => Promise<Uint8Array | undefined>, dataDir: string) {
  return {
    sessionExists: async (_: Named): Promise<boolean> => (await store({ op: 'get' })) !== undefined,
    /** The library has written the archive to this file. */
    save: async ({ session }: Named): Promise<void> => {
      const archive = await readFile(join(dataDir, `${session}.zip`));
      await store({ op: 'put', bytes: new Uint8Array(archive) });
    },
    extract: async ({ path }: Named & { readonly path: string }): Promise<void> => {
      const archive = await store({ op: 'get' });
      if (archive === undefined) throw new Error('the session is not in the store any more');
      await writeFile(path, archive);
    },
    delete: async (_: Named): Promise<void> => {
      await store({ op: 'delete' });
    },
  };
}

/** The session's keeper, with `forget`, which alone deletes the session. */
export function authOf({ LocalAuth, RemoteAuth }: Library, open: OpenChild, host: HostLink) {
  const { session: clientId, dataDir: dataPath, remote, keepLocal } = open;
  const auth: AuthStrategy = remote
    ? new RemoteAuth({ clientId, dataPath, store: sessionStore((call) => host.store(call), dataPath), backupSyncIntervalMs: BACKUP_MS })
    : new LocalAuth({ clientId, dataPath });
  if (remote && keepLocal) {
    const userDataDir = profileOf(open);
    auth.beforeBrowserInitialized = async () => void Object.assign(auth, { userDataDir, sessionName: `RemoteAuth-${clientId}` });
  }
  const forget = (remote ? auth.disconnect : auth.logout).bind(auth);
  auth.disconnect = async () => undefined;
  auth.logout = async () => undefined;
  return { auth, forget };
}
