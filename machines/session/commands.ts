/** Commands that sessions answer to themselves, whatever the assistant. */
export const SESSION_COMMANDS = ['start', 'help', 'stop', 'reset', 'agent', 'assistant', 'comment', 'status'] as const;
export type SessionCommand = (typeof SESSION_COMMANDS)[number];
