/**
 * Effects of the session machine. They send a message, a file or a reaction through the customer's
 * channel, and notify the humans.
 */
import * as z from 'zod';
import type { EffectContext, EffectResult } from '#actors/contract/api.ts';
import { defineEffect, type Effect } from '#actors/contract/effect.ts';
import { type ChannelAdapter, type OutboundFile, type OutboundMessage, type OutboundReaction, Refused } from '#channels/port.ts';
import { statusKey } from '#channels/status-key.ts';
import { StatechatError } from '#machines/errors.ts';
import { type Address, addressParts, type SessionId } from '#machines/ids.ts';
import { withCard } from '#machines/session/cards.ts';
import {
  agentsNotifyParams,
  describeFileSend,
  describeMessageSend,
  describeReactionSend,
  fileSendParams,
  messageSendParams,
  reactionSendParams,
} from '#machines/session/effects.ts';
import { wellFormedJson } from '#machines/text.ts';
import { noTracing, type Tracing, traced } from '#machines/tracing.ts';
import type { Files } from '#storage/files.ts';
import type { AgentNotifier } from './agent-notifier.ts';

export interface MessageEffectsParts {
  readonly channelOf: (address: Address) => ChannelAdapter | undefined;
  readonly files: Pick<Files, 'get'>;
  /** As what sticker messengers take a file. Default is that none is one. */
  readonly stickerOf?: (file: OutboundFile) => Promise<OutboundFile['sticker']>;
  readonly notifier: AgentNotifier;
  /** Until when a session's customer may be sent free text. Asked for channels with a window. */
  readonly windowOf: (sessionId: SessionId) => Promise<number | undefined>;
  /** Default is none. */
  readonly tracing?: Tracing;
}

/** Parts of a split message that the provider accepted. The next attempt continues after them. */
const sentParts = z.object({ sent: z.array(z.string()) });

/** Addresses of programs, which read the journal over the HTTP API, and have no channel. */
const OF_PROGRAMS = 'api';

export function messageEffects(parts: MessageEffectsParts): readonly Effect[] {
  const { channelOf, files, stickerOf = async () => undefined, notifier, windowOf, tracing = noTracing } = parts;

  function channelFor(address: Address): ChannelAdapter {
    const channel = channelOf(address);
    if (channel) return channel;
    const { channel: name } = addressParts(address);
    throw new StatechatError('no_channel', `channel "${name}" is not configured here: configure it again, or close its sessions`);
  }

  /**
   * The client of a pulled channel reads the journal, so a message has arrived there when its turn
   * is committed.
   */
  function settledByCommit(_params: unknown, { address, key }: Pick<EffectContext, 'address' | 'key'>): EffectResult | undefined {
    const channel = channelOf(address);
    const isPulled = channel === undefined ? addressParts(address).channel === OF_PROGRAMS : channel.capabilities.streaming === 'pulled';
    return isPulled ? { ref: key } : undefined;
  }

  /** A channel that cannot show what a message answers shows the message alone. */
  function answering({ capabilities }: ChannelAdapter, replyTo: string | undefined): Pick<OutboundMessage, 'replyTo'> {
    return replyTo === undefined || !capabilities.replies ? {} : { replyTo };
  }

  return [
    defineEffect({
      type: 'message.send',
      params: messageSendParams,
      lane: 'address',
      describe: describeMessageSend,
      settledByCommit,
      run: ({ text, author, draft, buttons, template, card, replyTo }, context) => {
        const channel = channelFor(context.address);
        const more = {
          ...(buttons === undefined ? {} : { buttons }),
          ...(template === undefined ? {} : { template }),
          ...answering(channel, replyTo),
        };
        const isShown = card !== undefined && channel.capabilities.cards.includes(card.kind);
        const shown = isShown ? { text, card } : { text: withCard(text, card) };
        return send(channel, { ...shown, author, ...more }, context, draft ?? undefined);
      },
    }),
    defineEffect({
      type: 'file.send',
      params: fileSendParams,
      lane: 'address',
      describe: describeFileSend,
      // Its bytes were stored before the run that made it ended.
      settledByCommit,
      run: async ({ file: { id, name, caption = '' }, author, otherwise, replyTo }, context) => {
        const channel = channelFor(context.address);
        const answer = answering(channel, replyTo);
        if (!channel.capabilities.media.includes('document')) return send(channel, { text: otherwise, author, ...answer }, context);
        const file = await files.get(id);
        if (file === undefined) {
          const message = `The file "${name}" (${id}) is not in the store any more, so it cannot be sent: have it made anew`;
          throw new StatechatError('file_gone', message, { facts: { id, name } });
        }
        const sticker = await stickerOf(file);
        const sent = sticker === undefined ? file : { ...file, sticker };
        return send(channel, { text: caption, author, file: sent, ...answer }, context);
      },
    }),
    defineEffect({
      type: 'reaction.send',
      params: reactionSendParams,
      lane: 'address',
      describe: describeReactionSend,
      settledByCommit,
      run: ({ messageId, emoji }, context) => {
        const channel = channelFor(context.address);
        if (!channel.capabilities.reactions) throw new Refused(`The channel "${channel.name}" has no reactions.`);
        return send(channel, { reaction: { messageId, emoji } }, context);
      },
    }),
    defineEffect({
      type: 'agents.notify',
      params: agentsNotifyParams,
      lane: 'none',
      run: async (params, { sessionId, address, key, seq }) => {
        await notifier.notify({ sessionId, address, key, seq, ...params });
        return undefined;
      },
    }),
  ];

  async function send(
    channel: ChannelAdapter,
    message: OutboundMessage | OutboundReaction,
    { sessionId, address, key, seq, attempt, signal, progress, saveProgress }: EffectContext,
    draft?: string,
  ): Promise<{ readonly ref: string }> {
    const sent = [...(sentParts.safeParse(progress).data?.sent ?? [])];
    const onSent = async (ref: string): Promise<void> => {
      sent.push(ref);
      await saveProgress({ sent });
    };
    // Read now, because the customer may have written since the message was decided.
    const windowUntil = channel.capabilities.window ? await windowOf(sessionId) : undefined;
    const { channel: name } = addressParts(address);
    const options = { kind: 'client', attributes: { 'statechat.channel': name } } as const;
    const given = {
      key,
      statusKey: statusKey({ key, seq }),
      attempt,
      signal,
      sent: [...sent],
      onSent,
      ...(windowUntil === undefined ? {} : { windowUntil }),
      ...(draft === undefined ? {} : { draft }),
    };
    return { ref: await traced(tracing, `send ${name}`, options, () => channel.send(address, wellFormedJson(message), given)) };
  }
}
