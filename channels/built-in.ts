/** The channels that come with the program. */
import { discordPlugin } from './discord/plugin.ts';
import type { ChannelPlugin } from './plugin.ts';
import { telegramPlugin } from './telegram/plugin.ts';
import { webPlugin } from './web/plugin.ts';
import { whatsAppCloudPlugin } from './whatsapp-cloud/plugin.ts';
import { whatsAppWebPlugin } from './whatsapp-web/plugin.ts';

export const builtInChannels: readonly ChannelPlugin[] = [
  webPlugin(),
  telegramPlugin(),
  whatsAppCloudPlugin(),
  whatsAppWebPlugin(),
  discordPlugin(),
];
