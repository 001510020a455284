import { problemsOf } from '../channel-problem.ts';

export const PROBLEMS = {
  token: 'Telegram does not accept TELEGRAM_BOT_TOKEN: get the current one from @BotFather and restart Statechat.',
  webhook_set:
    'A webhook is set for this bot, so polling receives nothing. Restart Statechat, which deletes the webhook, or use TELEGRAM_MODE=webhook.',
  no_webhook: 'Telegram delivers to nowhere instead of {wanted}: restart Statechat, and see that no other deployment uses this bot.',
  other_webhook:
    'Telegram delivers to another address instead of {wanted}: restart Statechat, and see that no other deployment uses this bot.',
  undelivered: 'Telegram cannot deliver to {url} ({reason}; {waiting} updates wait): see that it is reachable from outside over https.',
} as const;

export const telegramProblem = problemsOf('telegram', PROBLEMS);
