/** Operations on sandboxes (SPEC V3). Nothing leaves a sandbox. */
import * as z from 'zod';
import { json, sandboxStep } from '#actors/sandbox/steps.ts';
import { InvalidInput, StatechatError } from '#machines/errors.ts';
import { MAX_SEQ } from '#machines/ids.ts';
import { type JsonChange, jsonChanges } from '#machines/json-changes.ts';
import type { OperationContext } from './context.ts';
import { changeSchema, hiddenChanges, resultShape } from './moment-view.ts';
import { replayed } from './moments.ts';
import { defineOperation } from './operation.ts';
import { wholeNumber } from './paging.ts';
import { OperationProblem, problemTypes } from './problems.ts';
import { seesPersonal } from './redaction.ts';
import type { KeptSandbox, SandboxOrigin } from './sandbox-port.ts';
import { effectsOf, eventsOf, eventsSchema, sandboxSchema, sandboxView } from './sandbox-view.ts';
import { existingSession, sessionIdInput } from './sessions.ts';

const scope = 'sandboxes:use';
const { notFound, changed, noRoom, unreplayable, forbidden } = problemTypes;
const errors = [notFound, changed, noRoom, unreplayable, forbidden];

const sandboxIdInput = z.string().min(1).max(100);
const versionInput = wholeNumber(1, MAX_SEQ).describe('`version` of the sandbox that the caller saw.');
const withEvents = sandboxSchema.extend({ events: eventsSchema });
const withResults = sandboxSchema.extend({
  changes: z.array(changeSchema).readonly().describe('What the steps changed in the context.'),
  results: z.array(z.strictObject(resultShape)).describe('What became of each step.'),
});

export const forkSession = defineOperation({
  name: 'sessions.fork',
  scope,
  effect: 'write',
  summary: 'Makes a sandbox of a session as it was after one entry. The session stays as it is.',
  input: z.strictObject({ sessionId: sessionIdInput, seq: wholeNumber(1, MAX_SEQ).exactOptional().describe('Default: the last entry.') }),
  output: withEvents,
  errors,
  target: ({ sessionId }) => sessionId,
  async run(context, { sessionId, seq }) {
    const row = await existingSession(context, sessionId);
    const wanted = seq ?? row.version;
    if (wanted > row.version) throw new OperationProblem(notFound, `The session has no entry ${wanted}.`, { last: row.version });
    return begin(context, { kind: 'fork', sessionId: row.id, seq: wanted });
  },
});

export const beginSandbox = defineOperation({
  name: 'machines.sandbox',
  scope,
  effect: 'write',
  summary: 'Makes a sandbox of a machine in its initial state.',
  input: z.strictObject({
    machineId: z.string(),
    version: wholeNumber(1, 1_000_000).exactOptional().describe('Default: the newest one.'),
    assistant: z.string().exactOptional().describe('Default: the first one with this machine.'),
    input: json.exactOptional().describe('What opens its session. `GET /api/machines` has the schema.'),
  }),
  output: withEvents,
  errors,
  target: ({ machineId }) => machineId.slice(0, 80),
  async run(context, { machineId, input, ...wanted }) {
    const found = context.machineOf(machineId, wanted.version, wanted.assistant);
    if (found === undefined) throw new OperationProblem(notFound, `There is no such machine "${machineId.slice(0, 80)}" of an assistant.`);
    const { id, version, opening } = found.definition;
    const parsed = opening?.safeParse(input ?? {});
    if (parsed?.error) throw new InvalidInput(`The machine does not begin with this input. ${z.prettifyError(parsed.error)}`);
    const origin = { kind: 'machine', assistant: found.assistant, machine: { id, version } } as const;
    return begin(context, input === undefined ? origin : { ...origin, input });
  },
});

export const getSandbox = defineOperation({
  name: 'sandboxes.get',
  scope,
  effect: 'read',
  summary: 'Reads a sandbox.',
  input: z.strictObject({ sandboxId: sandboxIdInput }),
  output: withEvents,
  errors,
  target: ({ sandboxId }) => sandboxId,
  async run(context, { sandboxId }) {
    return shownWithEvents(context, await known(() => context.sandboxes.get(sandboxId)));
  },
});

export const playSandboxSteps = defineOperation({
  name: 'sandboxes.play',
  scope,
  effect: 'write',
  summary: 'Plays steps in a sandbox: events, time, outcomes of runs and guards.',
  input: z.strictObject({ sandboxId: sandboxIdInput, version: versionInput, steps: z.array(sandboxStep).min(1).max(100) }),
  output: withResults,
  errors,
  target: ({ sandboxId }) => sandboxId,
  async run(context, { sandboxId, version, steps }) {
    const before = await known(() => context.sandboxes.get(sandboxId));
    const complete = steps.map((step) => (step.do === 'send' ? { ...step, event: completed(before, step.event) } : step));
    const { context: was } = before.sandbox.shape();
    const { kept, played } = await known(() => context.sandboxes.play(sandboxId, version, complete));
    return results(context, kept, played, jsonChanges(was, kept.sandbox.shape().context));
  },
});

export const runSandboxInvocation = defineOperation({
  name: 'sandboxes.run',
  scope,
  effect: 'write',
  summary: 'Runs an invocation of a sandbox with a model. No tool is called and nothing is sent.',
  input: z.strictObject({
    sandboxId: sandboxIdInput,
    version: versionInput,
    serial: wholeNumber(0, MAX_SEQ),
    model: z
      .enum(['offline', 'real'])
      .default('offline')
      .describe('`real` is paid by the budgets, and must be allowed by the configuration.'),
  }),
  output: withResults,
  errors,
  target: ({ sandboxId }) => sandboxId,
  detail: ({ model }) => `model ${model}`,
  async run(context, { sandboxId, version, serial, model }) {
    const before = (await known(() => context.sandboxes.get(sandboxId))).sandbox.shape().context;
    const { kept, played } = await known(() => context.sandboxes.run(sandboxId, version, serial, model, context.signal));
    return results(context, kept, played, jsonChanges(before, kept.sandbox.shape().context));
  },
});

export const saveSandbox = defineOperation({
  name: 'sandboxes.save',
  scope,
  effect: 'read',
  summary: 'Gives a sandbox as a test file for `node --test`, which plays its steps again.',
  input: z.strictObject({ sandboxId: sandboxIdInput, title: z.string().min(1).max(200).default('a sandbox') }),
  output: z.strictObject({ name: z.string(), text: z.string() }),
  errors,
  target: ({ sandboxId }) => sandboxId,
  async run(context, { sandboxId, title }) {
    const kept = await known(() => context.sandboxes.get(sandboxId));
    if (kept.origin.kind === 'fork' && !personalIn(context, kept)) {
      throw new OperationProblem(forbidden, 'The file would have the personal data of the session. It needs the scope sessions:personal.', {
        scope: 'sessions:personal',
      });
    }
    const { value, context: reached } = kept.sandbox.shape();
    const effects = effectsOf(kept.sandbox).map(({ type, params }) => ({ type, params }));
    const text = await known(() => context.sandboxes.testFile(kept, { title, expected: { value, context: reached, effects } }));
    return { name: `sandbox-${kept.id.slice(-8)}.test.ts`, text };
  },
});

export const endSandbox = defineOperation({
  name: 'sandboxes.end',
  scope,
  effect: 'write',
  summary: 'Deletes a sandbox.',
  input: z.strictObject({ sandboxId: sandboxIdInput }),
  output: z.strictObject({ ended: z.literal(true) }),
  errors,
  target: ({ sandboxId }) => sandboxId,
  async run({ sandboxes }, { sandboxId }) {
    if (await sandboxes.end(sandboxId)) return { ended: true as const };
    throw new OperationProblem(notFound, 'There is no such sandbox, or it has expired.');
  },
});

async function begin(context: OperationContext, origin: SandboxOrigin) {
  return shownWithEvents(context, await known(() => context.sandboxes.begin(context.caller.agent.id, origin)));
}

function shownWithEvents(context: OperationContext, kept: KeptSandbox) {
  return { ...sandboxView(kept, context.sandboxes, personalIn(context, kept)), events: eventsOf(kept.sandbox.machine.definition) };
}

function results(
  context: OperationContext,
  kept: KeptSandbox,
  played: readonly {
    readonly ignored?: string;
    readonly refused?: { readonly code: string; readonly message: string };
    readonly parked?: string;
  }[],
  changes: readonly JsonChange[],
) {
  const personal = personalIn(context, kept);
  const ofSession = kept.sandbox.row.machineId === 'session';
  return {
    ...sandboxView(kept, context.sandboxes, personal),
    changes: personal ? changes : hiddenChanges(changes, ofSession),
    results: played.map(({ ignored, refused, parked }) => ({
      ...(ignored === undefined ? {} : { ignored }),
      ...(refused === undefined ? {} : { refused }),
      ...(parked === undefined ? {} : { parked }),
    })),
  };
}

/** A sandbox of a machine has only what was typed into it. */
function personalIn({ caller }: OperationContext, { origin, agentId = null }: KeptSandbox): boolean {
  return origin.kind === 'machine' || seesPersonal(caller, { agentId });
}

/** The event as the machine's own schema has it, at the time of the sandbox if it names none. */
function completed({ sandbox }: KeptSandbox, event: { readonly type: string; readonly [key: string]: unknown }) {
  const { events } = sandbox.machine.definition;
  if (events === undefined) return event;
  const dated = event.at === undefined ? { ...event, at: sandbox.now } : event;
  const parsed = events.safeParse(dated);
  if (!parsed.success) throw new InvalidInput(`The machine does not take this event. ${z.prettifyError(parsed.error)}`);
  return dated;
}

/** Throws the declared problems in place of the port's errors. */
async function known<T>(call: () => Promise<T>): Promise<T> {
  const problems = { not_found: notFound, conflict: changed, no_room: noRoom };
  try {
    return await call();
  } catch (error) {
    if (!(error instanceof StatechatError)) throw error;
    const type = Object.entries(problems).find(([code]) => code === error.code)?.[1];
    if (type !== undefined) throw new OperationProblem(type, error.message);
    if (error.code === 'unreplayable') return replayed(() => Promise.reject(error));
    throw error;
  }
}
