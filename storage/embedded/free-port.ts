import { randomInt } from 'node:crypto';
import { createServer } from 'node:net';

/**
 * Ports that no usual system gives to an outgoing connection. Any connection of another process
 * could take one of those before the server listens, or while it restarts. A client that retries
 * could even be given the port that it connects to, and would then connect to itself.
 */
const FIRST = 15_000;
const LAST = 32_000;

/**
 * A free port of the loopback interface, for a server whose address must be known before it starts,
 * or that starts again on the same one.
 */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = randomInt(FIRST, LAST);
    if (await isFree(port)) return port;
  }
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once('error', (error: NodeJS.ErrnoException) => (error.code === 'EADDRINUSE' ? resolve(false) : reject(error)));
    probe.listen(port, '127.0.0.1', () => probe.close(() => resolve(true)));
  });
}
