/**
 * What the session machine wants done in the world, by name. The machine only names them with their params; whoever
 * hosts it registers an effect for each.
 */
import * as z from 'zod';
import type { EntryDescription } from '../definition.ts';
import { agentSchema } from './events.ts';
import { fileSchema } from './files.ts';
import { noticeName } from './notices.ts';

/** `message.send`: the customer is sent a text. */
export const messageSendParams = z.strictObject({
  /** CommonMark. */
  text: z.string().min(1),
  author: z.enum(['assistant', 'agent', 'system']),
  /** Who wrote it, if an agent did. */
  agent: agentSchema.optional(),
  /** The channel's id of the message that showed the answer in the making: it becomes the final one. */
  draft: z.string().nullable(),
  /** Which of the machine's own notices this is. */
  notice: noticeName.optional(),
});
export type MessageSendParams = z.infer<typeof messageSendParams>;

/** `file.send`: the customer is sent a file. */
export const fileSendParams = z.strictObject({
  file: fileSchema,
  author: z.literal('assistant'),
  /** What the customer is told instead where the channel takes no files. */
  otherwise: z.string().min(1),
});
export type FileSendParams = z.infer<typeof fileSendParams>;

/** `agents.notify`: the humans are told that a session needs one of them. */
export const agentsNotifyParams = z.strictObject({
  reason: z.string(),
  queue: z.string().optional(),
  /** Only this agent is meant. */
  agentId: z.string().optional(),
});
export type AgentsNotifyParams = z.infer<typeof agentsNotifyParams>;

/** How a sent message stands in the journal: `assistant.message`, `agent.message` or `system.message`. */
export function describeMessageSend(params: MessageSendParams): EntryDescription & { readonly message: true } {
  return { kind: `${params.author}.message`, author: params.agent?.name ?? params.author, text: params.text, message: true };
}

/** A file stands in the journal as a message whose text is its name; the entry's payload has its reference. */
export function describeFileSend({ file, author }: Pick<FileSendParams, 'file' | 'author'>): EntryDescription & { readonly message: true } {
  return { kind: `${author}.message`, author, text: file.name, message: true };
}
