import { problemsOf } from '../channel-problem.ts';

export const PROBLEMS = {
  token: 'Discord does not accept DISCORD_BOT_TOKEN: reset it in the Developer Portal, under Bot, and restart Statechat.',
  shard: 'Discord refuses the shard: see that no other program uses this bot with other shards.',
  more_shards: 'Discord demands more shards than it recommended: restart Statechat.',
  gateway_version: 'Discord does not speak this version of the gateway any more: update Statechat.',
  unknown_intent: 'Discord does not know an intent of the connection: update Statechat.',
  no_message_content:
    'Discord does not give this bot the text of all messages: switch on Message Content Intent in the Developer Portal, under Bot, or set DISCORD_ANSWERS=mentions.',
} as const;

export const discordProblem = problemsOf('discord', PROBLEMS);
