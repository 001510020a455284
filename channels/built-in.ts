/** The channels that come with the program. */
import type { ChannelPlugin } from './plugin.ts';
import { telegramPlugin } from './telegram/plugin.ts';
import { webPlugin } from './web/plugin.ts';
import { whatsAppWebPlugin } from './whatsapp-web/plugin.ts';

export const builtInChannels: readonly ChannelPlugin[] = [webPlugin(), telegramPlugin(), whatsAppWebPlugin()];
