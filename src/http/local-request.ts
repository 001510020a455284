import type { IncomingMessage } from 'node:http';

const ADDRESSES = new Set(['127.0.0.1', '::1', '::ffff:127.0.0.1']);
const HOSTS = new Set(['localhost', '127.0.0.1', '[::1]']);

/** What proxies and tunnels add to a request. */
const SIGNS_OF_A_PROXY = ['x-forwarded-for', 'x-forwarded-host', 'x-forwarded-proto', 'x-real-ip', 'forwarded', 'via'];

type Received = Pick<IncomingMessage, 'headers' | 'httpVersion'> & { readonly socket: { remoteAddress?: string | undefined } };

/**
 * Whether the caller is on this machine, as far as the request tells. The name that it called must
 * be of this machine too, which leaves out pages of other sites, and there must be no sign of a
 * proxy or tunnel. nginx adds no header by default and puts its own name for this program in place
 * of the caller's. Until 1.29.7 it called in HTTP/1.0. From then on nothing tells, so the
 * configuration has to name the proxy (`servesThisMachineAlone`).
 */
export function isLocal({ headers, httpVersion, socket }: Received): boolean {
  if (httpVersion === '1.0' || SIGNS_OF_A_PROXY.some((name) => headers[name] !== undefined)) return false;
  const host = (headers.host ?? '').replace(/:\d+$/, '').toLowerCase();
  return ADDRESSES.has(socket.remoteAddress ?? '') && HOSTS.has(host);
}
