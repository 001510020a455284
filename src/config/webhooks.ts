/** Settings of outgoing webhooks. */
import * as z from 'zod';
import { name } from './setting.ts';

export const WEBHOOK_NAMES = {
  STATECHAT_WEBHOOKS_ALLOW_PRIVATE: name({
    group: 'Webhooks',
    schema: z.enum(['false', 'true'], 'expected true or false'),
    fallback: 'false',
    about:
      'Whether outgoing webhooks may be sent to private addresses and over `http://`. With `true` every admin can make the program send requests to all that it can reach, such as the metadata service of a cloud. Set it only if receivers are in your own network and nothing else there trusts requests from this program (docs/reference/webhooks.md).',
  }),
};
