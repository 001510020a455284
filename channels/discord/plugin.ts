/**
 * Discord as a plugin. One instance at a time holds the connection on which Discord sends events,
 * and every instance sends.
 */
import * as z from 'zod';
import { httpUrl, secret } from '#machines/setting.ts';
import { defineChannel } from '../plugin.ts';
import { botIdOf, type DiscordOptions, discordAdapter } from './adapter.ts';
import { DEFAULT_API_ROOT } from './api.ts';
import { ANSWERS } from './audience.ts';
import { loadSdk } from './sdk.ts';

const EXPECTED_TOKEN = 'expected the token from the Developer Portal, under Bot, which has two dots in it';
const EXPECTED_CHANNELS = 'expected ids of channels with commas between them, such as 41771983423143937,41771983423143938';

/** `options` stand over the adapter's defaults, for tests. */
export function discordPlugin(options: Partial<Pick<DiscordOptions, 'clock' | 'maxWaitMs' | 'timeoutMs'>> = {}) {
  return defineChannel({
    name: 'discord',
    title: 'Discord',
    needs: ['DISCORD_BOT_TOKEN'],
    settings: {
      DISCORD_BOT_TOKEN: {
        schema: secret(
          z
            .string()
            .regex(/^[\w-]+=*\.[\w-]+\.[\w-]+$/, EXPECTED_TOKEN)
            .refine((token) => /^\d{1,20}$/.test(botIdOf(token)), EXPECTED_TOKEN),
        ),
        about: 'Token of the bot, from the Developer Portal. Without it, Discord is off.',
        secret: true,
      },
      DISCORD_API_ROOT: {
        schema: httpUrl(DEFAULT_API_ROOT),
        fallback: DEFAULT_API_ROOT,
        about: 'URL of Discord. Change it for a proxy, or for a server that speaks its API.',
      },
      DISCORD_ANSWERS: {
        schema: z.enum(ANSWERS, `expected one of ${ANSWERS.join(', ')}`),
        fallback: 'mentions',
        about:
          'Where the bot answers beside direct messages. `mentions` is where it is mentioned, one of its messages is replied to, or a command of it is used. `threads` is also all that is written in threads of its own. `all` is everything that it sees. `direct` is nowhere else. For `threads` and `all`, switch on Message Content Intent in the Developer Portal.',
      },
      DISCORD_CHANNELS: {
        schema: z
          .string()
          .regex(/^\s*\d{1,20}(?:\s*,\s*\d{1,20})*\s*$/, EXPECTED_CHANNELS)
          .transform((text): ReadonlySet<string> => new Set(text.split(',').map((id) => id.trim()))),
        about:
          'Ids of the channels of servers in which the bot answers, with commas between them. Their threads count too. If it is unset, all of them.',
      },
    },
    holds: ({ DISCORD_BOT_TOKEN }) => `gateway.${botIdOf(DISCORD_BOT_TOKEN.reveal())}`,
    async create({ DISCORD_BOT_TOKEN, DISCORD_API_ROOT, DISCORD_ANSWERS, DISCORD_CHANNELS }, host) {
      const { log, clock, deadLetter, ignored, leaderLease, taken, commands } = host;
      const token = DISCORD_BOT_TOKEN.reveal();
      const adapter = discordAdapter({
        sdk: await loadSdk(),
        token,
        apiRoot: DISCORD_API_ROOT,
        answers: DISCORD_ANSWERS,
        channels: DISCORD_CHANNELS,
        commands,
        taken,
        deadLetter,
        ignored,
        log,
        clock,
        leaderLease,
        quota: host.quota(botIdOf(token)),
        ...options,
      });
      return { adapter };
    },
  });
}
