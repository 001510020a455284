/** Channels as an operator sees them, and a message that shows whether one works. */
import * as z from 'zod';
import { Refused } from '#channels/port.ts';
import { parseAddress } from '#machines/ids.ts';
import { defineOperation } from './operation.ts';
import { OperationProblem, problemTypes } from './problems.ts';

const TEST_TEXT = 'This is a test message. If you can read it, the channel works.';
const time = z.number().int().nullable().describe('Milliseconds since the epoch.');

const channel = z.strictObject({
  name: z.string().describe('First part of its addresses.'),
  title: z.string(),
  state: z.enum(['off', 'starting', 'pairing', 'connected', 'failed']).describe('`off` is not configured.'),
  problem: z.string().nullable().describe('What is wrong and how to fix it. For one that is off, what to set.'),
  problemKind: z
    .strictObject({ code: z.string(), params: z.record(z.string(), z.string()) })
    .nullable()
    .describe('The problem for programs, as `{channel}.{kind}`, with what stands in its text. Null if the channel gives a sentence alone.'),
  checkedAt: time.describe('When the provider was asked last. Null if nothing was asked.'),
  qr: z
    .strictObject({ size: z.number().int(), path: z.string(), text: z.string() })
    .nullable()
    .describe('Code for a device to scan, as a path of SVG over a square of `size`. `text` is what it says.'),
  pairingCode: z.string().nullable().describe('Code for a person to enter on the device.'),
  webhookUrl: z.string().nullable().describe('Where the provider is to deliver.'),
  needs: z.array(z.strictObject({ name: z.string(), about: z.string() })).describe('Settings without which it is off.'),
  newestAt: time.describe('When the newest conversation on it began.'),
  recent: z.array(z.string()).describe('Addresses of the newest conversations on it, at most five.'),
  sends: z.boolean().describe('Whether `channels.test` can send on it.'),
});

export const listChannels = defineOperation({
  name: 'channels.list',
  scope: 'channels:manage',
  effect: 'read',
  summary: 'Lists all channels, with how each is connected and what to do about one that is not.',
  input: z.strictObject({
    fresh: z.boolean().default(false).describe('Asks each provider now. Otherwise what was found within 15 seconds is enough.'),
  }),
  output: z.strictObject({ channels: z.array(channel) }),
  async run({ channels }, { fresh }) {
    const found = await channels.list({ fresh });
    return { channels: found.map((one) => ({ ...one, needs: [...one.needs], recent: [...one.recent] })) };
  },
});

export const testChannel = defineOperation({
  name: 'channels.test',
  scope: 'channels:manage',
  effect: 'write',
  summary: 'Sends a test message to an address. It belongs to no session, and nothing of it is in a history.',
  input: z.strictObject({
    address: z.string().describe('Such as telegram:100:123456. The list of sessions shows those of customers.'),
    text: z.string().min(1).max(1_000).regex(/\S/, 'a message must say something').default(TEST_TEXT),
  }),
  output: z.strictObject({ ref: z.string().describe("The provider's id of the message.") }),
  errors: [problemTypes.refused],
  detail: ({ address }) => address,
  async run({ channels }, { address, text }) {
    try {
      return { ref: await channels.send(parseAddress(address), text) };
    } catch (error) {
      if (error instanceof Refused) throw new OperationProblem(problemTypes.refused, error.message);
      throw error;
    }
  },
});
