/** How callers see a moment of a session. Personal data is hidden here for callers without it. */
import * as z from 'zod';
import type { Cause, Moment } from '#actors/session/moment.ts';
import type { Json } from '#machines/definition.ts';
import type { JsonChange } from '#machines/json-changes.ts';
import { HIDDEN, hideAuthor, hideEntryText, hidePath, hidePersonal } from './redaction.ts';
import { json } from './session-view.ts';

const time = z.number();
const ids = z.array(z.string()).readonly();

export const changeSchema = z.strictObject({
  path: z.string().describe('JSON Pointer in the context.'),
  before: json.optional().describe('Absent: it was not there.'),
  after: json.optional().describe('Absent: it is gone.'),
});

const refusedSchema = z.strictObject({ code: z.string(), message: z.string(), holder: z.string().optional() });

/** What a turn made of an event. */
export const resultShape = {
  ignored: z.string().optional().describe('Why the machine had no use for the event.'),
  refused: refusedSchema.optional().describe('Why the machine refused the event.'),
  parked: z.string().optional().describe('What the machine threw on the event.'),
};

const causeSchema = z.strictObject({
  kind: z.string(),
  at: time,
  author: z.string().nullable(),
  text: z.string().nullable(),
  eventId: z.string().nullable(),
  moved: z.string().optional().describe('How the entry moved the machine. Absent: it did not.'),
  event: json.optional().describe('What the machine received.'),
  serial: z.number().optional().describe('Of the timer that fired, or the run that sent the event.'),
  ...resultShape,
  instance: z.string().optional().describe('The instance that committed the turn. Only for the first entry of a turn.'),
  follows: z.number().nullable().describe('The entry that moved the machine last. Null: this one did.'),
});

const timersSchema = z.array(z.strictObject({ serial: z.number(), id: z.string(), due: time })).readonly();

/** The machine of a session at one time. */
export const shapeFields = {
  machine: z.strictObject({ id: z.string(), version: z.number() }),
  status: z.string(),
  value: json,
  activeStates: ids.describe('Ids of the states in the graph of the machine.'),
  tags: ids,
  context: json,
  timers: timersSchema.describe('Those that wait, the next one first.'),
};

export const momentSchema = z.strictObject({
  seq: z.number(),
  ...shapeFields,
  changes: z.array(changeSchema).readonly().describe('What the entry changed in the context.'),
  entered: ids,
  exited: ids,
  cause: causeSchema,
  started: z.array(z.strictObject({ serial: z.number(), id: z.string(), input: json })).readonly(),
  run: z
    .strictObject({ serial: z.number(), id: z.string(), input: json, seq: z.number(), at: time })
    .nullable()
    .describe('The invocation that sent the event, with the entry that started it. Null: none did.'),
  running: z.array(z.strictObject({ serial: z.number(), id: z.string() })).readonly(),
  stopped: z.array(z.number()).readonly(),
  actions: z.array(z.strictObject({ serial: z.number(), type: z.string(), params: json })).readonly(),
  redacted: z.boolean().describe('Personal data is hidden.'),
});

export function momentView(moment: Moment, personal: boolean): z.input<typeof momentSchema> {
  if (personal) return { ...moment, redacted: false };
  const ofSession = moment.machine.id === 'session';
  const hidden = (value: Json): Json => hidePersonal(value, ofSession);
  return {
    ...moment,
    context: hidden(moment.context),
    changes: hiddenChanges(moment.changes, ofSession),
    cause: hiddenCause(moment.cause, ofSession),
    started: moment.started.map(({ input, ...started }) => ({ ...started, input: hidden(input) })),
    run: moment.run && { ...moment.run, input: hidden(moment.run.input) },
    actions: moment.actions.map(({ params, ...action }) => ({ ...action, params: hidden(params) })),
    redacted: true,
  };
}

/** The key of a value is the last part of its path, and says what it is. */
export function hiddenChanges(changes: readonly JsonChange[], ofSession: boolean): readonly JsonChange[] {
  return changes.map(({ path, before, after }) => ({
    path: hidePath(path),
    ...(before === undefined ? {} : { before: hiddenAt(path, before, ofSession) }),
    ...(after === undefined ? {} : { after: hiddenAt(path, after, ofSession) }),
  }));
}

/** Hides a value as it would be hidden at its place in the context. */
function hiddenAt(path: string, value: Json, ofSession: boolean): Json {
  const keys = path.split('/').slice(1);
  const nested = keys.reduceRight<Json>((inner, key) => (/^\d+$/.test(key) ? [inner] : { [key]: inner }), value);
  let hidden: Json = hidePersonal(nested, ofSession);
  for (const _ of keys) {
    if (typeof hidden !== 'object' || hidden === null) return hidden;
    hidden = Object.values(hidden)[0] ?? null;
  }
  return hidden;
}

export function hiddenCause(cause: Cause, ofSession: boolean): Cause {
  const { event, ignored, refused, parked, author, text, kind } = cause;
  return {
    ...cause,
    author: hideAuthor(author),
    text: ofSession ? hideEntryText(kind, text) : text === null ? null : HIDDEN,
    eventId: cause.eventId === null ? null : HIDDEN,
    ...(event === undefined ? {} : { event: hidePersonal(event, ofSession) }),
    ...(ignored === undefined || ofSession ? {} : { ignored: HIDDEN }),
    ...(refused === undefined ? {} : { refused: { code: refused.code, message: HIDDEN } }),
    ...(parked === undefined ? {} : { parked: HIDDEN }),
  };
}
