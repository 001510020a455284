/** Commands that a provider lists, as the assistant of the channel has them. */
import { expect, it } from 'vitest';
import * as z from 'zod';
import { companion } from '#assistants/companion/assistant.ts';
import { SESSION_COMMANDS } from '#machines/session/commands.ts';
import { channelCommands } from '#src/channels/channel-commands.ts';

const OWN = SESSION_COMMANDS.filter((name) => name !== 'status');

it('are those of every session, and those of the analyses', () => {
  expect(channelCommands(companion).map(({ name }) => name)).toEqual(OWN);
  expect(channelCommands(undefined).map(({ name }) => name)).toEqual(OWN);
  const workflow = { name: 'dcf_valuation', params: z.null(), tools: [], plan: () => expect.unreachable() };
  const commands = channelCommands({ analyses: { dcf: { workflow, params: () => null } } });
  expect(commands.map(({ name }) => name)).toEqual([...OWN, 'status', 'dcf']);
  expect(commands.at(-1)).toEqual({ name: 'dcf', about: 'Analysis: dcf valuation', args: expect.any(String) });
});
