/**
 * Decides which network addresses webhooks may reach. An admin who adds an endpoint chooses its
 * URL, so without this the program would send requests into its own network.
 *
 * Invariants, with their tests in `test/src/webhooks/address-guard.test.ts`
 * 1. The address that is checked is the one that is connected to. The check is in the lookup of the
 *    connection itself, so a name that changes between two lookups gains nothing.
 * 2. One internal address among those of a name refuses the name.
 */
import { lookup as systemLookup } from 'node:dns';
import { isIP, type LookupFunction } from 'node:net';
import ipaddr from 'ipaddr.js';
import { StatechatError } from '#machines/errors.ts';

/** Public by its range, and Azure's metadata and name server in every virtual machine there. */
const AZURE_WIRE_SERVER = '168.63.129.16';

/**
 * True for all that is no unicast address of the public internet, also if it is written as IPv6.
 * That includes the ways in which IPv6 carries IPv4 addresses.
 */
export function isInternal(address: string): boolean {
  if (isIP(address) === 0 || !ipaddr.isValid(address)) return true;
  const parsed = ipaddr.process(address);
  return parsed.range() !== 'unicast' || parsed.toString() === AZURE_WIRE_SERVER;
}

/** Names that the program's own network gives meaning to. */
const INTERNAL_NAME = /(?:^|\.)(?:localhost|local|internal|intranet|lan|home\.arpa)\.?$/i;

export interface AddressGuard {
  /** Undefined if the URL may be used. Otherwise a sentence that says why not. */
  refusal(url: URL): string | undefined;
  /** For `lookup` of a connection. Fails with `InternalAddress`. */
  readonly lookup: LookupFunction;
}

export class InternalAddress extends StatechatError {
  constructor(host: string) {
    super('internal_address', `${host} is inside of the network of Statechat, or no public address`, { facts: { host } });
    this.name = 'InternalAddress';
  }
}

export interface AddressGuardOptions {
  /** STATECHAT_WEBHOOKS_ALLOW_PRIVATE. Nothing is refused then, and http is allowed. */
  readonly allowPrivate: boolean;
  /** Default is that of the operating system. */
  readonly lookup?: LookupFunction;
  /** Default is `isInternal`. Tests have no address but those of this machine. */
  readonly internal?: (address: string) => boolean;
  /** Default is true, unless private addresses are allowed. */
  readonly needsHttps?: boolean;
}

export function addressGuard(options: AddressGuardOptions): AddressGuard {
  const { allowPrivate, lookup = systemLookup as LookupFunction, internal = isInternal, needsHttps = !allowPrivate } = options;
  return {
    refusal(url) {
      if (url.username !== '' || url.password !== '') return 'it has a user name or a password';
      if (url.protocol !== 'https:' && (needsHttps || url.protocol !== 'http:')) return 'it does not begin with https://';
      if (allowPrivate) return undefined;
      // URL has made one form of 0x7f.1, 2130706433 and 0177.0.0.1 by now.
      const host = url.hostname.replace(/^\[|\]$/g, '');
      const isInside = isIP(host) === 0 ? INTERNAL_NAME.test(host) || !host.includes('.') : internal(host);
      return isInside ? `${host} is inside of the network of Statechat, or no public address` : undefined;
    },

    lookup(hostname, options, callback) {
      if (allowPrivate) return lookup(hostname, options, callback);
      lookup(hostname, { ...options, all: true }, (error, found) => {
        if (error !== null) return callback(error, '');
        const addresses = typeof found === 'string' ? [{ address: found, family: isIP(found) }] : found;
        const [first] = addresses;
        if (first === undefined || addresses.some(({ address }) => internal(address))) return callback(new InternalAddress(hostname), '');
        if (options.all === true) callback(null, addresses);
        else callback(null, first.address, first.family);
      });
    },
  };
}
