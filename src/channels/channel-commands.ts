/** Commands that customers can give to an assistant, as a provider lists them. */
import type { Assistant } from '#assistants/define-assistant.ts';
import type { ChannelCommand } from '#channels/plugin.ts';
import { SESSION_COMMANDS, type SessionCommand } from '#machines/session/commands.ts';

/** `status` is of sessions with analyses alone. */
const OWN: Readonly<Record<SessionCommand, Omit<ChannelCommand, 'name'>>> = {
  start: { about: 'Says hello, and what I can do' },
  help: { about: 'Shows what I can do' },
  stop: { about: 'Stops what I am doing' },
  reset: { about: 'Begins the conversation anew' },
  agent: { about: 'Brings a person into the conversation', args: 'What it is about' },
  assistant: { about: 'Brings you back to me from waiting for a person' },
  comment: { about: 'Adds a comment to your rating', args: 'Your comment' },
  status: { about: 'Shows how the analysis is going' },
};

/** `assistant` is undefined for one on a machine of its own, whose commands are not known. */
export function channelCommands(assistant: Pick<Assistant, 'analyses'> | undefined): readonly ChannelCommand[] {
  const analyses = Object.entries(assistant?.analyses ?? {}).map(([name, { workflow }]) => ({
    name,
    about: `Analysis: ${workflow.name.replaceAll('_', ' ')}`,
    args: 'What to analyse, as you would write it',
  }));
  const own = SESSION_COMMANDS.filter((name) => name !== 'status' || analyses.length > 0);
  return [...own.map((name) => ({ name, ...OWN[name] })), ...analyses];
}
