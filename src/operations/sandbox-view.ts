/**
 * How callers see a sandbox. Personal data of the session that it was forked from may be hidden.
 */
import * as z from 'zod';
import type { Sandbox } from '#actors/sandbox/sandbox.ts';
import { causeOf } from '#actors/session/moment.ts';
import type { Json, MachineDefinition } from '#machines/definition.ts';
import { jsonSchemaOf } from './machine-graphs.ts';
import { hiddenCause, resultShape, shapeFields } from './moment-view.ts';
import { hidePersonal } from './redaction.ts';
import type { KeptSandbox, Sandboxes } from './sandbox-port.ts';
import { handler, json } from './session-view.ts';

/** Entries and effects that an answer shows, the latest. */
const SHOWN = 500;

export const sandboxSchema = z.strictObject({
  id: z.string(),
  version: z.number().describe('1, and one more with each change.'),
  owner: z.string(),
  expiresAt: z.number(),
  forkOf: z.strictObject({ sessionId: z.string(), seq: z.number() }).nullable().describe('Null: it began with its machine.'),
  assistant: z.string(),
  now: z.number().describe('The time of the sandbox.'),
  open: z.boolean(),
  state: z.string(),
  handler,
  ...shapeFields,
  invocations: z
    .array(
      z.strictObject({
        serial: z.number(),
        id: z.string(),
        input: json,
        givesOutput: z.boolean().describe('It ends with an output. False: its code sends events, as the step `signal` does.'),
        models: z.array(z.enum(['offline', 'real'])).readonly(),
      }),
    )
    .describe('They wait for an outcome. `models` are those that they may be run with.'),
  effects: z
    .array(z.strictObject({ serial: z.number(), type: z.string(), params: json, pending: z.boolean().describe('It can still fail.') }))
    .describe('None of them was done.'),
  guards: z.array(z.strictObject({ name: z.string(), forced: z.boolean().nullable() })).describe('Guards whose outcome can be chosen.'),
  entries: z.array(
    z.strictObject({
      seq: z.number(),
      at: z.number(),
      kind: z.string(),
      author: z.string().nullable(),
      text: z.string().nullable(),
      ...resultShape,
    }),
  ),
  steps: z.array(json),
  redacted: z.boolean().describe('Personal data is hidden.'),
});

export const eventsSchema = json.describe('JSON Schema of the events that the machine takes, one for each type.');

export function sandboxView(kept: KeptSandbox, sandboxes: Pick<Sandboxes, 'modelsFor'>, personal: boolean): z.input<typeof sandboxSchema> {
  const { sandbox, origin, id, version, owner, expiresAt, steps } = kept;
  const { row } = sandbox;
  const ofSession = row.machineId === 'session';
  const shown = (value: Json): Json => (personal ? value : hidePersonal(value, ofSession));
  const shape = sandbox.shape();
  return {
    id,
    version,
    owner,
    expiresAt,
    forkOf: origin.kind === 'fork' ? { sessionId: origin.sessionId, seq: origin.seq } : null,
    assistant: row.assistant,
    now: sandbox.now,
    open: row.open,
    state: row.state,
    handler: row.handler,
    ...shape,
    context: shown(shape.context),
    invocations: sandbox.invocations.map((pending) => ({
      serial: pending.serial,
      id: pending.id,
      input: shown(pending.input),
      givesOutput: sandbox.givesOutput(pending),
      models: sandboxes.modelsFor(kept, pending.serial),
    })),
    effects: effectsOf(sandbox)
      .slice(-SHOWN)
      .map(({ params, ...effect }) => ({ ...effect, params: shown(params) })),
    guards: sandbox.guards.map((name) => ({ name, forced: sandbox.forced.get(name) ?? null })),
    entries: sandbox.journal.slice(-SHOWN).map((entry) => {
      const whole = causeOf(entry, null);
      const { kind, at, author, text, ignored, refused, parked } = personal ? whole : hiddenCause(whole, ofSession);
      return {
        seq: entry.seq,
        at,
        kind,
        author,
        text,
        ...(ignored === undefined ? {} : { ignored }),
        ...(refused === undefined ? {} : { refused }),
        ...(parked === undefined ? {} : { parked }),
      };
    }),
    steps: steps.map((step) => shown(z.json().parse(step))),
    redacted: !personal,
  };
}

const requested = z.object({ effect: z.string().optional(), action: z.string().optional(), serial: z.number(), params: json });

/**
 * What real sessions would have done, by the type of the effect or the name of the action. Some are
 * done by being in the journal, as a message of the web chat. The others are pending.
 */
export function effectsOf({ journal, effects }: Pick<Sandbox, 'journal' | 'effects'>) {
  return journal.flatMap(({ payload }) => {
    const { success, data } = requested.safeParse(payload);
    const type = data?.effect ?? data?.action;
    if (!success || type === undefined) return [];
    const params: Json = z.json().parse(data.params ?? null);
    return [{ serial: data.serial, type, params, pending: effects.some(({ serial }) => serial === data.serial) }];
  });
}

/** For forms. A machine without schemas takes any event of a type that it names. */
export function eventsOf({ events, machine }: Pick<MachineDefinition, 'events' | 'machine'>): Json {
  if (events !== undefined) return jsonSchemaOf(events);
  return {
    oneOf: machine.events.map((type) => ({
      type: 'object',
      properties: { type: { type: 'string', const: type } },
      required: ['type'],
      additionalProperties: true,
    })),
  };
}
