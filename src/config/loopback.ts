import type { Config } from './config.ts';

const LOOPBACK = /^(localhost|127(\.\d{1,3}){3}|\[?::1\]?)$/i;

/** Whether visitors can be on this machine only, as far as the configuration tells. */
export function servesThisMachineAlone({
  host,
  publicUrl,
  trustedProxies,
}: Pick<Config['http'], 'host' | 'publicUrl' | 'trustedProxies'>): boolean {
  const named = publicUrl === undefined ? 'localhost' : new URL(publicUrl).hostname;
  return trustedProxies === 0 && LOOPBACK.test(host) && LOOPBACK.test(named);
}
