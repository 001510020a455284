/**
 * The plugin port. A plugin is all that the program needs to know of a channel to read its
 * configuration, make its adapter, mount its routes and check it. `channels/built-in.ts` lists the
 * plugins of the program, and `startApp` takes more of them.
 *
 * @example A channel that listens on a port of its own.
 *
 *     const echo = defineChannel({
 *       name: 'echo',
 *       title: 'Echo',
 *       settings: {
 *         ECHO_PORT: {
 *           schema: quantity('', 0, 65_535, true),
 *           fallback: '7007',
 *           about: 'TCP port of the echo.',
 *         },
 *       },
 *       create: ({ ECHO_PORT }, { log }) => ({ adapter: echoAdapter(ECHO_PORT, log) }),
 *     });
 */
import type { RequestHandler } from 'express';
import type { Clock } from '#machines/clock.ts';
import { InvalidInput } from '#machines/errors.ts';
import type { Address } from '#machines/ids.ts';
import type { SettingFault, SettingTable, ValueOf, ValuesOf } from '#machines/setting.ts';
import type { Faces } from './face.ts';
import type { VisitorFeed, VisitorFiles, VisitorUploads } from './feed.ts';
import type { CountIgnored, KeepDeadLetter } from './inbound.ts';
import type { ChannelLog } from './log.ts';
import type { ChannelAdapter } from './port.ts';
import type { Quota } from './quota.ts';
import type { StoreOf } from './rate-limit.ts';

export interface ChannelPlugin<S extends SettingTable = SettingTable, N extends keyof S & string = never> {
  /**
   * First part of the channel's addresses, such as `telegram`. The host keeps everything of the
   * channel under this name.
   */
  readonly name: string;
  /** How people call the channel. It heads the channel's settings in the reference. */
  readonly title: string;
  /**
   * Names of the environment that the channel reads. Begin them with the channel's name, so that
   * the start refuses misspelt ones.
   */
  readonly settings: S;
  /**
   * Settings without which the channel is not configured, so that no adapter is made. Default
   * is none.
   */
  readonly needs?: readonly (keyof S & string)[];
  /**
   * Returns what is wrong with values that are right one by one. `at` has the URL of the program.
   */
  faults?(values: ValuesOf<S>, at: Reached): readonly SettingFault[];
  /**
   * Names what one instance at a time may hold, such as the connection on which a provider sends
   * its events. That instance gets it by `ChannelHost.leaderLease`. If it is undefined or absent,
   * every instance receives.
   */
  holds?(values: ConfiguredValues<S, N>): string | undefined;
  /**
   * Makes the adapter. It connects nothing, because `statechat doctor` calls `check` of an adapter
   * that is not started.
   */
  create(values: ConfiguredValues<S, N>, host: ChannelHost): Channel | Promise<Channel>;
  /**
   * The assistant that a customer chose by the address. The host ignores a name that no assistant
   * has. If it is undefined or absent, the configuration gives the channel its assistant.
   */
  chosenAssistant?(address: Address): string | undefined;
}

/** Values of a channel that is configured, so what it needs is set. */
export type ConfiguredValues<S extends SettingTable, N extends keyof S> = ValuesOf<S> & {
  readonly [K in N]: NonNullable<ValueOf<S[K]>>;
};

export interface Reached {
  /**
   * The URL of the program from outside, without a slash at the end. Undefined if it listens on
   * whatever port is free.
   */
  readonly publicUrl: string | undefined;
}

export interface Channel {
  readonly adapter: ChannelAdapter;
  /**
   * Handler of HTTP requests below `/channels/{name}`, at `path` there. `path` is `/` or, for
   * example, `/webhook`. With `isWebhook` the provider delivers there, so operators enter its URL
   * in the provider's settings.
   */
  readonly mount?: { readonly path: string; readonly handler: RequestHandler; readonly isWebhook?: true };
}

/**
 * Does `work` whenever it is this instance's turn, until `signal` is aborted. The work ends soon
 * once its own signal is.
 */
export type LeaderLease = (work: (signal: AbortSignal) => Promise<void>, signal: AbortSignal) => Promise<void>;

/** For work that no other instance does. */
export const always: LeaderLease = (work, signal) => work(signal);

/** Bytes by name, which all instances share. At most 64 MiB each. Throws `Unavailable`. */
export interface ChannelBlobs {
  get(name: string): Promise<Uint8Array | undefined>;
  /** Replaces what is there. */
  put(name: string, bytes: Uint8Array): Promise<void>;
  delete(name: string): Promise<void>;
}

/**
 * What the host gives a channel. The host keeps the names that a channel gives apart from
 * those of other channels.
 */
export interface ChannelHost extends Reached {
  /** Writes the channel's name on every line. */
  readonly log: ChannelLog;
  /** The store's clock, which all instances share. */
  readonly clock: Clock;
  /** Keeps events that no session can take. Only then may they be acknowledged. */
  readonly deadLetter: KeepDeadLetter;
  /** Counts and logs events that change no session, so that none of them vanishes. */
  readonly ignored: CountIgnored;
  /**
   * Moves what is kept under names of an account to the account itself. That is sessions, dead
   * letters and budgets. It is for a channel whose accounts were names before and are numbers now.
   * Await it before the first event is taken. `name` is the account's name today.
   */
  adoptAccount(account: string, name: string): Promise<void>;
  /** Where an address is now, which is the address itself unless it moved. Throws `Unavailable`. */
  readonly resolve: (address: Address) => Promise<Address>;
  /**
   * Lets one instance at a time do the work that holds what the plugin's `holds` names. Runs it at
   * once where that is undefined.
   */
  readonly leaderLease: LeaderLease;
  /**
   * Counts calls against the limits of a provider's account, on all instances together where they
   * can count together.
   */
  quota(account: string): Quota;
  /** Counts requests on all instances together. Undefined if each instance counts for itself. */
  readonly rateLimitStore: StoreOf | undefined;
  /** What a client that pulls its messages reads. */
  readonly feed: VisitorFeed;
  readonly files: VisitorFiles;
  readonly uploads: VisitorUploads;
  /**
   * A small value that all instances share, such as a signing key. Resolves to the stored value,
   * which is that of the first writer.
   */
  setting(name: string, initial: string): Promise<string>;
  /** What a channel keeps for itself, such as the session of a device that was paired. */
  readonly blobs: ChannelBlobs;
  /** Folder of the channel on this machine. It may not be there yet. */
  readonly folder: string;
  readonly knowsAssistant: (name: string) => boolean;
  /** What was taken so far, for a channel that fetches what it missed. */
  readonly taken: TakenEvents;
  /** Commands that customers of the channel can give, for a provider that shows a list. */
  readonly commands: readonly ChannelCommand[];
  /** What visitors see of the assistants. */
  readonly faces: Faces;
}

export interface TakenEvents {
  /** Addresses of the channel's newest conversations, each once. */
  addresses(limit: number): Promise<readonly Address[]>;
  /**
   * Id of the last message or command of a customer that was taken at the address. Undefined if
   * there is none, or if much has happened there since.
   */
  lastAt(address: Address): Promise<string | undefined>;
}

export interface ChannelCommand {
  /** Without the slash, 1 to 32 of a-z 0-9 _. */
  readonly name: string;
  /** What it does, in English, at most 100 characters. */
  readonly about: string;
  /** What may follow it, in English. Undefined if nothing does. */
  readonly args?: string;
}

/**
 * Types the values that `create` and the others are given by the plugin's own `settings` and
 * `needs`.
 */
export function defineChannel<const S extends SettingTable, const N extends keyof S & string = never>(
  plugin: ChannelPlugin<S, N> & { readonly needs?: readonly N[] },
): ChannelPlugin<S, N> {
  if (!/^[a-z][a-z0-9_-]{0,31}$/.test(plugin.name))
    throw new InvalidInput(`"${plugin.name}" cannot name a channel: 1 to 32 of a-z 0-9 _ - are expected, a letter first`);
  return plugin;
}

/** The values if everything that the channel needs is set, else undefined. */
export function configured({ needs = [] }: ChannelPlugin, values: ValuesOf<SettingTable>): ValuesOf<SettingTable> | undefined {
  return needs.every((name) => values[name] !== undefined) ? values : undefined;
}

/** What to set so that the channel is configured. Undefined if it is. */
export function missingSettings({ needs = [] }: ChannelPlugin, values: ValuesOf<SettingTable>): string | undefined {
  const missing = needs.filter((name) => values[name] === undefined);
  return missing.length === 0 ? undefined : `To use it, set ${missing.join(', ')} and restart Statechat.`;
}

/** All plugins, in order. One of `more` takes the place of another one with its name. */
export function channelsOf(builtIn: readonly ChannelPlugin[], more: readonly ChannelPlugin[]): readonly ChannelPlugin[] {
  return [...new Map([...builtIn, ...more].map((plugin) => [plugin.name, plugin])).values()];
}
