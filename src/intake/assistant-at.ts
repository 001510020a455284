import type { ChannelPlugin } from '#channels/plugin.ts';
import { type Address, addressParts } from '#machines/ids.ts';
import type { Config } from '../config/config.ts';
import { DEFAULT_ASSISTANT } from '../config/settings.ts';

/**
 * The assistant that answers at an address. It is the one that the customer chose if that exists,
 * else the one of the channel.
 */
export function assistantAt(
  channels: readonly ChannelPlugin[],
  { assistants }: Pick<Config, 'assistants'>,
  exists: (assistant: string) => boolean,
): (address: Address) => string {
  const plugins = new Map(channels.map((plugin) => [plugin.name, plugin]));
  return (address) => {
    const { channel } = addressParts(address);
    const chosen = plugins.get(channel)?.chosenAssistant?.(address);
    if (chosen !== undefined && exists(chosen)) return chosen;
    return assistants[channel] ?? DEFAULT_ASSISTANT;
  };
}
