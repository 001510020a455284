import type { IncomingMessage } from 'node:http';

const ADDRESSES = new Set(['127.0.0.1', '::1', '::ffff:127.0.0.1']);
const HOSTS = new Set(['localhost', '127.0.0.1', '[::1]']);

/**
 * Whether the caller is on this machine. The name that it called must be of this machine too, which
 * leaves out pages of other sites, and there must be no sign of a proxy or tunnel.
 */
export function isLocal({
  headers,
  socket,
}: Pick<IncomingMessage, 'headers'> & { readonly socket: { remoteAddress?: string | undefined } }): boolean {
  if (headers['x-forwarded-for'] !== undefined || headers.forwarded !== undefined) return false;
  const host = (headers.host ?? '').replace(/:\d+$/, '').toLowerCase();
  return ADDRESSES.has(socket.remoteAddress ?? '') && HOSTS.has(host);
}
