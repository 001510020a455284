/**
 * Telegram as a plugin. One instance at a time polls a bot. With a webhook every instance receives.
 */
import * as z from 'zod';
import type { SettingFault } from '#machines/setting.ts';
import { httpUrl, secret } from '#machines/setting.ts';
import { defineChannel } from '../plugin.ts';
import { type TelegramOptions, telegramAdapter, WEBHOOK_PATH } from './adapter.ts';

/** `options` stand over the adapter's defaults, for tests. */
export function telegramPlugin(options: Partial<Pick<TelegramOptions, 'clock' | 'maxWaitMs' | 'pollSeconds'>> = {}) {
  return defineChannel({
    name: 'telegram',
    title: 'Telegram',
    needs: ['TELEGRAM_BOT_TOKEN'],
    settings: {
      TELEGRAM_BOT_TOKEN: {
        schema: secret(z.string().regex(/^\d+:[\w-]+$/, 'expected the token that @BotFather gave, such as 123456:ABC-DEF1234ghIkl')),
        about: 'Token of the bot, from @BotFather. Without it, Telegram is off.',
        secret: true,
      },
      TELEGRAM_API_ROOT: {
        schema: httpUrl('https://api.telegram.org'),
        fallback: 'https://api.telegram.org',
        about: 'URL of the Bot API server. Change it if you run a server of your own.',
      },
      TELEGRAM_MODE: {
        schema: z.enum(['polling', 'webhook'], 'expected polling or webhook'),
        fallback: 'polling',
        about:
          '`polling` fetches updates from Telegram and needs no public address. One instance at a time polls. `webhook` receives them at `/channels/telegram/webhook`, on any number of instances.',
      },
      TELEGRAM_WEBHOOK_SECRET: {
        schema: secret(
          z.string().regex(/^[\w-]{1,256}$/, 'expected 1 to 256 of A-Z a-z 0-9 _ -, for example what `openssl rand -hex 32` prints'),
        ),
        about: 'Secret that Telegram sends with every update. Updates without it are refused. `TELEGRAM_MODE=webhook` needs it.',
        secret: true,
      },
    },
    faults({ TELEGRAM_MODE, TELEGRAM_WEBHOOK_SECRET }, { publicUrl }) {
      if (TELEGRAM_MODE !== 'webhook') return [];
      const faults: SettingFault[] = [];
      if (TELEGRAM_WEBHOOK_SECRET === undefined) {
        const fault = 'needed with TELEGRAM_MODE=webhook, else anybody could send updates. Take what `openssl rand -hex 32` prints.';
        faults.push({ name: 'TELEGRAM_WEBHOOK_SECRET', fault });
      }
      if (publicUrl === undefined) {
        const fault = 'needed with TELEGRAM_MODE=webhook and PORT=0, because the port is unknown before the start.';
        faults.push({ name: 'STATECHAT_PUBLIC_URL', fault });
      }
      return faults;
    },
    holds: ({ TELEGRAM_BOT_TOKEN, TELEGRAM_MODE }) =>
      TELEGRAM_MODE === 'polling' ? `polling.${botId(TELEGRAM_BOT_TOKEN.reveal())}` : undefined,
    create({ TELEGRAM_BOT_TOKEN, TELEGRAM_API_ROOT, TELEGRAM_MODE, TELEGRAM_WEBHOOK_SECRET }, host) {
      const { log, clock, deadLetter, ignored, leaderLease, publicUrl } = host;
      const token = TELEGRAM_BOT_TOKEN.reveal();
      const webhook = TELEGRAM_MODE === 'webhook' && TELEGRAM_WEBHOOK_SECRET !== undefined && publicUrl !== undefined;
      const adapter = telegramAdapter({
        token,
        apiRoot: TELEGRAM_API_ROOT,
        mode: webhook
          ? { type: 'webhook', url: `${publicUrl}${WEBHOOK_PATH}`, secret: TELEGRAM_WEBHOOK_SECRET.reveal() }
          : { type: 'polling' },
        log,
        clock,
        deadLetter,
        ignored,
        leaderLease,
        adoptAccount: host.adoptAccount,
        quota: host.quota(botId(token)),
        ...options,
      });
      return { adapter, ...(adapter.webhook === null ? {} : { mount: { path: '/webhook', handler: adapter.webhook, isWebhook: true } }) };
    },
  });
}

/** A token begins with the bot's id, which is no secret. */
function botId(token: string): string {
  return token.split(':')[0] ?? '';
}
