import type { Setting } from '#machines/setting.ts';

/** A setting of the program itself. Settings of a channel are in its plugin. */
export interface Name extends Setting {
  /** Heads a table of the reference. */
  readonly group:
    | 'HTTP'
    | 'Storage'
    | 'Sessions'
    | 'Agents'
    | 'Assistants'
    | 'Model'
    | 'Agent process'
    | 'Files of customers'
    | 'Market data'
    | 'MCP'
    | 'Budgets'
    | 'Handoff'
    | 'Webhooks'
    | 'Logs'
    | 'Traces';
}

export function name<const D extends Name>(definition: D): D {
  return definition;
}
