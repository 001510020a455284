/** WhatsApp by the Cloud API as a plugin. Every instance receives. */
import * as z from 'zod';
import type { SettingFault } from '#machines/setting.ts';
import { httpUrl, quantity, secret } from '#machines/setting.ts';
import { defineChannel } from '../plugin.ts';
import { WEBHOOK_PATH, type WhatsAppCloudOptions, whatsAppCloudAdapter } from './adapter.ts';
import { DEFAULT_GRAPH_ROOT } from './graph.ts';
import { pricesSchema } from './prices.ts';

const NEEDS = [
  'WHATSAPP_CLOUD_TOKEN',
  'WHATSAPP_CLOUD_PHONE_NUMBER_ID',
  'WHATSAPP_CLOUD_APP_SECRET',
  'WHATSAPP_CLOUD_VERIFY_TOKEN',
] as const;

const id = (what: string) => z.string().regex(/^\d{5,30}$/, `expected ${what}, a number of some 15 digits`);

/** `options` stand over the adapter's defaults, for tests. */
export function whatsAppCloudPlugin(options: Partial<Pick<WhatsAppCloudOptions, 'clock' | 'maxWaitMs'>> = {}) {
  return defineChannel({
    name: 'whatsapp',
    title: 'WhatsApp (Cloud API)',
    needs: NEEDS,
    settings: {
      WHATSAPP_CLOUD_TOKEN: {
        schema: secret(z.string().regex(/^\S{20,1000}$/, 'expected an access token of Meta, which has no spaces')),
        about:
          'Token of a system user with `whatsapp_business_messaging` and `whatsapp_business_management`. Without it, WhatsApp by the Cloud API is off.',
        secret: true,
      },
      WHATSAPP_CLOUD_PHONE_NUMBER_ID: {
        schema: id('the id of the phone number, not the number'),
        about: 'Id of the business number, from the page API Setup of the Meta app. Webhooks of other numbers are ignored.',
      },
      WHATSAPP_CLOUD_APP_SECRET: {
        schema: secret(z.string().regex(/^[\da-f]{32}$/i, 'expected the secret of the app, 32 hexadecimal digits')),
        about: 'Secret of the Meta app, from its basic settings. Webhooks without a signature by it are refused.',
        secret: true,
      },
      WHATSAPP_CLOUD_VERIFY_TOKEN: {
        schema: secret(
          z.string().regex(/^\S{8,200}$/, 'expected 8 to 200 characters without spaces, such as `openssl rand -hex 16` prints'),
        ),
        about: 'A word of your own. Enter the same one as the verify token of the webhook in the dashboard of the app.',
        secret: true,
      },
      WHATSAPP_CLOUD_BUSINESS_ACCOUNT_ID: {
        schema: id('the id of the WhatsApp business account'),
        about: 'Id of the WhatsApp business account. Without it, agents have no templates to choose from.',
      },
      WHATSAPP_CLOUD_PRICES: {
        schema: pricesSchema,
        about:
          'Price of a message in USD by category, such as `marketing=0.0643,utility=0.0036,service=0.0036`, because WhatsApp reports the category and no amount. `EG.utility=0.004` is the price in one country. A message of a category without a price is logged and counted as `status.unpriced`, and its cost is not known. Free ones cost nothing.',
      },
      WHATSAPP_CLOUD_MESSAGES_PER_SECOND: {
        schema: quantity('messages a second', 1, 1_000, true),
        about:
          'Messages that the number sends and receives in a second. If it is unset, it is 80, and 20 if the number is in the WhatsApp Business app too, which the program finds out. Set it after Meta has upgraded the number to 1,000.',
      },
      WHATSAPP_GRAPH_API_ROOT: {
        schema: httpUrl(DEFAULT_GRAPH_ROOT),
        fallback: DEFAULT_GRAPH_ROOT,
        about: 'URL of the Graph API with its version. Change it when Meta retires the version.',
      },
    },
    faults(values) {
      const missing = NEEDS.filter((name) => values[name] === undefined);
      if (missing.length === 0 || missing.length === NEEDS.length) return [];
      return missing.map((name): SettingFault => ({ name, fault: `needed too. WhatsApp needs all of ${NEEDS.join(', ')}.` }));
    },
    create(values, host) {
      const { log, clock, deadLetter, ignored, publicUrl, resolve } = host;
      const account = values.WHATSAPP_CLOUD_PHONE_NUMBER_ID;
      const { WHATSAPP_CLOUD_BUSINESS_ACCOUNT_ID: businessAccountId, WHATSAPP_CLOUD_PRICES: prices } = values;
      const adapter = whatsAppCloudAdapter({
        token: values.WHATSAPP_CLOUD_TOKEN.reveal(),
        phoneNumberId: account,
        appSecret: values.WHATSAPP_CLOUD_APP_SECRET.reveal(),
        verifyToken: values.WHATSAPP_CLOUD_VERIFY_TOKEN.reveal(),
        graphRoot: values.WHATSAPP_GRAPH_API_ROOT,
        perSecond: values.WHATSAPP_CLOUD_MESSAGES_PER_SECOND,
        ...(businessAccountId === undefined ? {} : { businessAccountId }),
        ...(prices === undefined ? {} : { prices }),
        ...(publicUrl === undefined ? {} : { webhookUrl: `${publicUrl}${WEBHOOK_PATH}` }),
        log,
        clock,
        deadLetter,
        ignored,
        resolve,
        quota: host.quota(account),
        ...options,
      });
      return { adapter, mount: { path: '/webhook', handler: adapter.webhook, isWebhook: true } };
    },
  });
}
