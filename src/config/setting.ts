import type { Setting } from '#machines/setting.ts';

/** A setting of the program itself. Settings of a channel are in its plugin. */
export interface Name extends Setting {
  /** Heads a table of the reference. */
  readonly group:
    | 'HTTP'
    | 'Storage'
    | 'Sessions'
<<<<<<< HEAD
=======
    | 'Agents'
>>>>>>> 42352e9 (Delete old entries of the audit trail, and expired sign-ins and invitations)
    | 'Assistants'
    | 'Model'
    | 'Agent process'
    | 'Market data'
    | 'Budgets'
<<<<<<< HEAD
    | 'Handoff'
=======
>>>>>>> 42352e9 (Delete old entries of the audit trail, and expired sign-ins and invitations)
    | 'Logs';
}

export function name<const D extends Name>(definition: D): D {
  return definition;
}
