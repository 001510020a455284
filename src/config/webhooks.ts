/** Settings of outgoing webhooks. */
import * as z from 'zod';
import { Secret } from '#machines/secret.ts';
import { SECRETS_KEY } from './secrets-key.ts';
import { name } from './setting.ts';

const keys = z
  .string()
  .transform((text) => text.split(',').map((key) => key.trim()))
  .refine((all) => all.every((key) => SECRETS_KEY.test(key)), 'expected keys of at least 32 characters without spaces, separated by commas')
  .transform((all) => all.map((key) => new Secret(key)));

export const WEBHOOK_NAMES = {
  STATECHAT_SECRETS_KEY: name({
    group: 'Webhooks',
    schema: keys,
    about:
      'Key that seals the secrets of webhooks in the store, at least 32 characters, such as of `openssl rand -base64 32`. To change it, set the new key, a comma and the old key, restart every instance, and take the old key away after the log says that the secrets are sealed with the new one. If it is unset, the embedded database has a key in `secrets-key` of `STATECHAT_DATA_DIR`, and other stores have the secrets as they are.',
    secret: true,
  }),
  STATECHAT_WEBHOOKS_ALLOW_PRIVATE: name({
    group: 'Webhooks',
    schema: z.enum(['false', 'true'], 'expected true or false'),
    fallback: 'false',
    about:
      'Whether outgoing webhooks may be sent to private addresses and over `http://`. With `true` every admin can make the program send requests to all that it can reach, such as the metadata service of a cloud. Set it only if receivers are in your own network and nothing else there trusts requests from this program (docs/reference/webhooks.md).',
  }),
};
