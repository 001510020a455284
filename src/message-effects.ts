/** What the session machine's effects do: send a message through the customer's channel, tell the humans. */
import * as z from 'zod';
import { defineEffect, type Effect } from '#actors/effect.ts';
import type { ChannelAdapter } from '#channels/port.ts';
import { StatechatError } from '#machines/errors.ts';
import { type Address, addressParts } from '#machines/ids.ts';
import { agentsNotifyParams, describeMessageSend, messageSendParams } from '#machines/session/effects.ts';
import type { Log } from './telemetry/log.ts';

export interface MessageEffectsParts {
  readonly channelOf: (address: Address) => ChannelAdapter | undefined;
  readonly log: Log;
}

/** What was accepted of a split message: the next attempt goes on behind it. */
const sentParts = z.object({ sent: z.array(z.string()) });

export function messageEffects({ channelOf, log }: MessageEffectsParts): readonly Effect[] {
  return [
    defineEffect({
      type: 'message.send',
      params: messageSendParams,
      lane: 'address',
      describe: describeMessageSend,
      run: async ({ text, author, draft }, { address, key, attempt, signal, progress, saveProgress }) => {
        const channel = channelOf(address);
        if (!channel) {
          const { channel: name } = addressParts(address);
          throw new StatechatError('no_channel', `channel "${name}" is not configured here: configure it again, or close its sessions`);
        }
        const sent = [...(sentParts.safeParse(progress).data?.sent ?? [])];
        const onSent = async (ref: string): Promise<void> => {
          sent.push(ref);
          await saveProgress({ sent });
        };
        const ref = await channel.send(
          address,
          { text, author },
          { key, attempt, signal, sent: [...sent], onSent, ...(draft === null ? {} : { draft }) },
        );
        return { ref };
      },
    }),
    defineEffect({
      type: 'agents.notify',
      params: agentsNotifyParams,
      lane: 'none',
      run: async ({ reason, queue, agentId }, { sessionId, address }) => {
        log.info({ sessionId, address, reason, queue, agentId }, 'a customer needs a human');
        return undefined;
      },
    }),
  ];
}
