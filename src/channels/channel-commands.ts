/** Commands that customers can give to an assistant, as a provider lists them. */
import type { Assistant } from '#assistants/define-assistant.ts';
import type { ChannelCommand } from '#channels/plugin.ts';

/** What every session answers to. `machines/session/` has what they do. */
const OWN: readonly ChannelCommand[] = [
  { name: 'start', about: 'Says hello, and what I can do' },
  { name: 'help', about: 'Shows what I can do' },
  { name: 'stop', about: 'Stops what I am doing' },
  { name: 'reset', about: 'Begins the conversation anew' },
  { name: 'agent', about: 'Brings a person into the conversation', args: 'What it is about' },
  { name: 'assistant', about: 'Brings you back to me from waiting for a person' },
  { name: 'comment', about: 'Adds a comment to your rating', args: 'Your comment' },
];

const STATUS: ChannelCommand = { name: 'status', about: 'Shows how the analysis is going' };

/** `assistant` is undefined for one on a machine of its own, whose commands are not known. */
export function channelCommands(assistant: Pick<Assistant, 'analyses'> | undefined): readonly ChannelCommand[] {
  const analyses = Object.entries(assistant?.analyses ?? {}).map(([name, { workflow }]) => ({
    name,
    about: `Analysis: ${workflow.name.replaceAll('_', ' ')}`,
    args: 'What to analyse, as you would write it',
  }));
  return [...OWN, ...(analyses.length === 0 ? [] : [STATUS]), ...analyses];
}
