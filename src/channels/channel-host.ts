/**
 * What each channel is given of the program. Names that a channel gives are kept under the
 * channel's own.
 */
import { join } from 'node:path';
import type { IgnoredEvent } from '#channels/inbound.ts';
import { always, type ChannelCommand, type ChannelHost, type LeaderLease, type TakenEvents } from '#channels/plugin.ts';
import type { Quota } from '#channels/quota.ts';
import type { StoreOf } from '#channels/rate-limit.ts';
import type { Log } from '../telemetry/log.ts';
import type { HostOf } from './channels.ts';

export interface ChannelHostParts
  extends Pick<
    ChannelHost,
    'clock' | 'publicUrl' | 'deadLetter' | 'resolve' | 'feed' | 'files' | 'uploads' | 'setting' | 'blobs' | 'knowsAssistant' | 'faces'
  > {
  readonly log: Log;
  /** One lease by its name. */
  readonly leaderLease: (name: string, log: Log) => LeaderLease;
  /** Folder of the program on this machine. */
  readonly dataDir: string;
  /** Counts calls in a scope. */
  readonly quota: (scope: string) => Quota;
  readonly ignored: (channel: string, event: IgnoredEvent) => void;
  /** Takes what is kept under named accounts of a channel to an account that is a number. */
  readonly adoptAccount: (channel: string, account: string, name: string) => Promise<void>;
  /** Counts requests in a scope. Undefined if each instance counts for itself. */
  readonly rateLimitStore: StoreOf | undefined;
  readonly takenOn: (channel: string) => TakenEvents;
  /** Of the assistant that answers on the channel. */
  readonly commandsOn: (channel: string) => readonly ChannelCommand[];
}

export function channelHosts({
  log,
  leaderLease,
  ignored,
  adoptAccount,
  quota,
  rateLimitStore,
  setting,
  takenOn,
  commandsOn,
  blobs,
  dataDir,
  ...same
}: ChannelHostParts): HostOf {
  return ({ name }, held) => {
    const own = log.child({ channel: name });
    return {
      ...same,
      log: own,
      leaderLease: held === undefined ? always : leaderLease(`${name}.${held}`, own),
      ignored: (event) => ignored(name, event),
      adoptAccount: (account, accountName) => adoptAccount(name, account, accountName),
      quota: (account) => quota(`${name}:${account}`),
      rateLimitStore: rateLimitStore && ((counted) => rateLimitStore(`${name}:${counted}`)),
      folder: join(dataDir, name),
      setting: (key, initial) => setting(`${name}.${key}`, initial),
      taken: takenOn(name),
      commands: commandsOn(name),
      blobs: {
        get: (key) => blobs.get(`${name}.${key}`),
        put: (key, bytes) => blobs.put(`${name}.${key}`, bytes),
        delete: (key) => blobs.delete(`${name}.${key}`),
      },
    };
  };
}
