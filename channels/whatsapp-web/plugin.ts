/**
 * WhatsApp Web as a plugin. One instance at a time runs the page of a session.
 */
import { resolve } from 'node:path';
import process from 'node:process';
import * as z from 'zod';
import { quantity } from '#machines/setting.ts';
import { defineChannel } from '../plugin.ts';
import { type WhatsAppWebOptions, whatsAppWebAdapter } from './adapter.ts';

const yesOrNo = z.enum(['yes', 'no'], 'expected yes or no').transform((text) => text === 'yes');

type TestOptions = Pick<WhatsAppWebOptions, 'clock' | 'limits' | 'startChild' | 'browserArgs' | 'page' | 'print' | 'maxWaitMs'>;

/** `options` stand over the adapter's defaults, for tests. */
export function whatsAppWebPlugin(options: Partial<TestOptions> = {}) {
  return defineChannel({
    name: 'whatsapp-web',
    title: 'WhatsApp Web',
    needs: ['WHATSAPP_WEB_ENABLED'],
    settings: {
      WHATSAPP_WEB_ENABLED: {
        schema: z.literal('yes', 'expected yes, or nothing'),
        about:
          'With `yes`, a WhatsApp number is paired as WhatsApp Web is, by whatsapp-web.js and the installed Chromium. WhatsApp does not support this and may block the number. Without it, WhatsApp Web is off.',
      },
      WHATSAPP_WEB_SESSION: {
        schema: z.string().regex(/^[\w-]{1,40}$/, 'expected 1 to 40 of A-Z a-z 0-9 _ -'),
        fallback: 'main',
        about: 'Name of the session. Two deployments on one database need two names.',
      },
      WHATSAPP_WEB_DATA_DIR: {
        schema: z.string().min(1),
        about:
          "Folder of the browser's profile. Anyone who has it can use the number. A container needs a volume there. Default is `whatsapp-web` in `STATECHAT_DATA_DIR`.",
      },
      WHATSAPP_WEB_SESSION_STORE: {
        schema: z.enum(['folder', 'database'], 'expected folder or database'),
        fallback: 'folder',
        about:
          '`folder` keeps the session in the folder alone. `database` also writes it to the store every minute, so that another instance can continue it.',
      },
      WHATSAPP_WEB_PAIRING_PHONE: {
        schema: z
          .string()
          .regex(/^\+?\d{5,20}$/, 'expected a phone number in international form, such as 4915112345678')
          .transform((text) => text.replace('+', '')),
        about:
          'Phone number to pair by a code that is entered on the phone, with country code and without 00 or spaces, such as `4915112345678`. Without it, a QR code is scanned.',
      },
      WHATSAPP_WEB_GROUPS: {
        schema: yesOrNo,
        fallback: 'no',
        about: 'With `yes`, each group that the number is in is a conversation too. The assistant answers every message there.',
      },
      WHATSAPP_WEB_MESSAGES_PER_MINUTE: {
        schema: quantity('messages', 1, 600, true),
        fallback: '60',
        about: 'Most messages that the number sends in a minute. WhatsApp states no limit, and blocks numbers that send too fast.',
      },
      WHATSAPP_WEB_MEMORY_MB: {
        schema: quantity('megabytes', 300, 64_000, true),
        fallback: '1500',
        about: 'The browser is restarted in a quiet moment once it takes this much memory.',
      },
      WHATSAPP_WEB_CHROMIUM: {
        schema: z.string().min(1),
        about: 'Path of a Chromium or Chrome. If it is unset, the usual places are searched. None is downloaded.',
      },
    },
    holds: ({ WHATSAPP_WEB_SESSION }) => `page.${WHATSAPP_WEB_SESSION}`,
    create(values, { log, clock, deadLetter, ignored, leaderLease, blobs, quota, folder }) {
      const { WHATSAPP_WEB_PAIRING_PHONE: pairingPhone, WHATSAPP_WEB_CHROMIUM: chromium } = values;
      const session = values.WHATSAPP_WEB_SESSION;
      const adapter = whatsAppWebAdapter({
        session,
        dataDir: resolve(values.WHATSAPP_WEB_DATA_DIR ?? folder),
        remote: values.WHATSAPP_WEB_SESSION_STORE === 'database',
        groups: values.WHATSAPP_WEB_GROUPS,
        perMinute: values.WHATSAPP_WEB_MESSAGES_PER_MINUTE,
        limits: { memoryBytes: values.WHATSAPP_WEB_MEMORY_MB * 1_000_000 },
        ...(pairingPhone === undefined ? {} : { pairingPhone }),
        ...(chromium === undefined ? {} : { chromium }),
        log,
        clock,
        deadLetter,
        ignored,
        leaderLease,
        blobs,
        quota: quota(session),
        browserArgs: browserArgs(),
        print: (text) => void process.stderr.write(text),
        ...options,
      });
      return { adapter };
    },
  });
}

/** Containers run as root, where the sandbox cannot start, and have little shared memory. */
function browserArgs(): readonly string[] {
  const root = process.getuid?.() === 0 ? ['--no-sandbox'] : [];
  return [...root, '--disable-dev-shm-usage', '--disable-gpu', '--no-first-run', '--disable-sync', '--disable-component-update'];
}
