/**
 * The channels of this instance.
 *
 * The object exists before its channels do. Effects send through channels, actors perform effects,
 * and channels read what the actors publish. So effects get this object, and find the channel in it
 * for each message. `open` fills it before any actor works.
 */
import type { RequestHandler } from 'express';
import type { Intake } from '#channels/inbound.ts';
import { type Channel, type ChannelHost, type ChannelPlugin, configured } from '#channels/plugin.ts';
import type { ChannelAdapter } from '#channels/port.ts';
import { StatechatError } from '#machines/errors.ts';
import { type Address, addressParts } from '#machines/ids.ts';
import { readSettings, type SettingTable, type ValuesOf } from '#machines/setting.ts';
import { type Config, ConfigError } from '../config/config.ts';

/** @param held what one instance at a time holds. Undefined if every instance receives. */
export type HostOf = (plugin: ChannelPlugin, held: string | undefined) => ChannelHost;

export class Channels {
  readonly #channels = new Map<string, Channel>();

  /** The channel of an address. Undefined if it is not configured here. */
  at(address: Address): ChannelAdapter | undefined {
    return this.#channels.get(addressParts(address).channel)?.adapter;
  }

  /** Makes the adapters of the plugins that are configured. They receive nothing yet. */
  async open(plugins: readonly ChannelPlugin[], config: Pick<Config, 'channels'>, hostOf: HostOf): Promise<void> {
    for (const plugin of plugins) {
      const channel = await openChannel(plugin, config, hostOf);
      if (channel !== undefined) this.#channels.set(plugin.name, channel);
    }
  }

  /** A channel by name. Undefined if it is not configured here. */
  get(name: string): Channel | undefined {
    return this.#channels.get(name);
  }

  /** What answers requests below `/channels`. */
  get routers(): readonly { readonly path: string; readonly router: RequestHandler }[] {
    return [...this.#channels].flatMap(([name, { mount }]) =>
      mount === undefined ? [] : [{ path: `/channels/${name}${mount.path === '/' ? '' : mount.path}`, router: mount.handler }],
    );
  }

  /** Begins to receive on all channels, in order. If one cannot, those before it are stopped. */
  async start(intake: Intake): Promise<void> {
    const started: ChannelAdapter[] = [];
    try {
      for (const { adapter } of this.#channels.values()) {
        await adapter.start(intake);
        started.push(adapter);
      }
    } catch (error) {
      // The error of the start shows what to fix. If the stop fails too, that only follows from it.
      await stopAll(started).catch(() => undefined);
      throw error;
    }
  }

  /**
   * Stops receiving, in reverse order. Each channel finishes what is in flight, and all of them
   * still send.
   */
  stop(): Promise<void> {
    return stopAll([...this.#channels.values()].map(({ adapter }) => adapter));
  }

  /** Closes what sending needed. Nothing is sent any more. */
  async close(): Promise<void> {
    await Promise.all([...this.#channels.values()].map(({ adapter }) => adapter.close?.()));
  }
}

/** Where the provider is to deliver. Null if it does not, or if no outside address is known. */
export function webhookUrlOf({ adapter, mount }: Channel, publicUrl: string | undefined): string | null {
  return mount?.isWebhook && publicUrl !== undefined ? `${publicUrl}/channels/${adapter.name}${mount.path}` : null;
}

/** Undefined if the channel is not configured. */
export async function openChannel(
  plugin: ChannelPlugin,
  { channels }: Pick<Config, 'channels'>,
  hostOf: HostOf,
): Promise<Channel | undefined> {
  const values = configured(plugin, channels[plugin.name] ?? fallbacks(plugin));
  if (values === undefined) return undefined;
  const channel = await plugin.create(values, hostOf(plugin, plugin.holds?.(values)));
  if (channel.adapter.name !== plugin.name) {
    const message = `the adapter of the channel "${plugin.name}" calls itself "${channel.adapter.name}": give both one name`;
    throw new StatechatError('channel_name', message);
  }
  return channel;
}

/** Values of a plugin that the configuration was read without. */
function fallbacks(plugin: ChannelPlugin): ValuesOf<SettingTable> {
  return readSettings(plugin.settings, {}, (fault) => {
    throw new ConfigError([fault]);
  });
}

/** One that fails does not keep the others from being stopped. */
async function stopAll(adapters: readonly ChannelAdapter[]): Promise<void> {
  const failures: unknown[] = [];
  for (const adapter of adapters.toReversed()) await adapter.stop().catch((error: unknown) => failures.push(error));
  if (failures.length > 0) throw failures.length === 1 ? failures[0] : new AggregateError(failures, 'channels did not stop well');
}
