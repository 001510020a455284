/** Definition of the analysis session's machine, with what the host, lists and the journal need. */
import type { EntryDescription, MachineDefinition, MachineEvent, SessionFacts, SessionPreview, SnapshotView } from '../definition.ts';
import { analysisSessionContext, analysisSessionRequest } from './context.ts';
import { analysisSessionEvent } from './events.ts';
import { analysisSessionMachine } from './machine.ts';

/** The tag by which the sessions of one caller are listed. */
export function ownerTag(owner: string): string {
  return `owner:${owner}`;
}

/** Kind of the journal entry of a query. */
export const QUERY_ENTRY = 'query';

const owned = analysisSessionContext.pick({ owner: true, kind: true }).loose();

function facts({ value, context }: SnapshotView): SessionFacts {
  const { owner, kind } = owned.parse(context);
  // Nobody answers in it.
  return { state: String(value), handler: 'none', tags: [ownerTag(owner), kind] };
}

function preview(context: unknown): SessionPreview {
  const { kind, title, recent } = analysisSessionContext.parse(context);
  const last = recent.at(-1);
  return {
    customer: title ?? `${kind} analysis`,
    last: last === undefined ? null : { author: 'assistant', text: last.summary.slice(0, 160).toWellFormed(), at: last.at },
    unanswered: 0,
    priority: 'normal',
  };
}

function describe(event: MachineEvent): EntryDescription | undefined {
  const parsed = analysisSessionEvent.safeParse(event);
  if (!parsed.success) return event.type.startsWith('xstate.after.') ? { kind: 'timer' } : undefined;
  const known = parsed.data;
  switch (known.type) {
    case 'begin':
      return { kind: 'transition', text: 'begin' };
    case 'query':
      return { kind: QUERY_ENTRY, author: 'assistant', text: known.query.summary };
    case 'extend':
      return { kind: 'transition', text: `extend: ${known.hours} h` };
    case 'close':
      return { kind: 'transition', author: known.by, text: known.reason === undefined ? 'close' : `close: ${known.reason}` };
  }
}

export const analysisSessionDefinition: MachineDefinition = {
  id: 'analysis-session',
  version: 1,
  machine: analysisSessionMachine,
  facts,
  preview,
  events: analysisSessionEvent,
  opening: analysisSessionRequest,
  describe,
};
