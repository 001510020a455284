/**
 * Commands of the assistant as Discord's own. They are registered when the bot connects, if they
 * differ from what Discord has.
 */
import * as z from 'zod';
import type { ChannelCommand } from '../plugin.ts';
import type { DiscordApi } from './api.ts';
import type { Answers } from './audience.ts';
import type { Sdk } from './sdk.ts';

/** Commands of one application. It is Discord's own limit. */
const MAX_COMMANDS = 100;
const MAX_ABOUT = 100;

/** A command is offered where the bot is installed in a server, and in its direct messages. */
const IN_SERVERS = 0;
const IN_DIRECT_MESSAGES = 1;
const CHAT_INPUT = 1;
const TEXT_OPTION = 3;

const option = z.object({ type: z.number(), name: z.string(), description: z.string(), required: z.boolean().default(false) });
const command = z.object({
  type: z.number().default(CHAT_INPUT),
  name: z.string(),
  description: z.string(),
  options: z.array(option).default([]),
  contexts: z.array(z.number()).nullish(),
  integration_types: z.array(z.number()).nullish(),
});
type Command = z.infer<typeof command>;

export interface RegisterOptions {
  readonly api: DiscordApi;
  readonly routes: Sdk['Routes'];
  readonly application: string;
  readonly commands: readonly ChannelCommand[];
  readonly answers: Answers;
}

/** Resolves to whether anything was registered. Throws what `DiscordApi.call` throws. */
export async function registerCommands({ api, routes, application, commands, answers }: RegisterOptions): Promise<boolean> {
  const wanted = commands.slice(0, MAX_COMMANDS).map((one) => commandOf(one, answers));
  const route = routes.applicationCommands(application);
  const there = await api.call(z.array(command), 'get', route);
  if (fingerprint(there) === fingerprint(wanted)) return false;
  await api.call(z.unknown(), 'put', route, { body: wanted });
  return true;
}

function commandOf({ name, about, args }: ChannelCommand, answers: Answers): Command {
  const options = args === undefined ? [] : [{ type: TEXT_OPTION, name: 'text', description: args.slice(0, MAX_ABOUT), required: false }];
  return {
    type: CHAT_INPUT,
    name,
    description: about.slice(0, MAX_ABOUT),
    options,
    contexts: answers === 'direct' ? [IN_DIRECT_MESSAGES] : [IN_SERVERS, IN_DIRECT_MESSAGES],
    integration_types: [0],
  };
}

/** Equal for commands that customers see as the same, in whatever order Discord lists them. */
function fingerprint(commands: readonly Command[]): string {
  const shown = commands.map(({ type, name, description, options, contexts, integration_types: types }) => [
    name,
    type,
    description,
    options.map((one) => [one.type, one.name, one.description, one.required]),
    (contexts ?? []).toSorted(),
    (types ?? []).toSorted(),
  ]);
  return JSON.stringify(shown.toSorted((a, b) => (String(a[0]) < String(b[0]) ? -1 : 1)));
}
