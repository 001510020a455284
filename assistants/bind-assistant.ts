/**
 * Binds an assistant's definition to what the program can run. That is the session machine, or the
 * assistant's own, with the runs of this assistant.
 */
import { type AnyActorLogic, fromPromise } from 'xstate';
import * as z from 'zod';
import type { AssistantBinding, Opening } from '#actors/contract/registry.ts';
import { machineIn } from '#actors/session/stored-machine.ts';
import { buildContext } from '#agent-service/memory/context.ts';
import { contextSource } from '#agent-service/prompt.ts';
import { answerInput } from '#machines/session/changes.ts';
import { contextSchema, type SessionInput, sessionContext } from '#machines/session/context.ts';
import { sessionDefinitions } from '#machines/session/definition.ts';
import { customerSchema } from '#machines/session/events.ts';
import type { EndedSession } from '#machines/session/handoff-facts.ts';
import type { PolicySettings } from '#machines/session/policy.ts';
import type { SessionRow } from '#storage/port.ts';
import { assistRequest } from './assist-request.ts';
import { type AssistantRunParts, assistantRuns } from './assistant-runs.ts';
import type { Assistant } from './define-assistant.ts';

export interface BindingParts extends AssistantRunParts {
  /** Program's own settings. The assistant's override them. */
  readonly policy: PolicySettings;
}

/** What a session keeps of the one before, beside the customer's preferences. */
interface KeptFacts {
  /** Whether the assistant reads facts of the customer, which the next session begins with. */
  readonly entities?: boolean;
}

/** What intake puts with the event that opens a session. */
const openingHint = z.object({ customer: customerSchema.optional() });

export function bindAssistant(assistant: Assistant, { policy, ...parts }: BindingParts): AssistantBinding {
  const { spent, ...others } = parts;
  // A machine of its own does not know of it.
  const own = assistant.machine === undefined && spent !== undefined ? { ...others, spent } : others;
  const { answer, analyse, summarise } = assistantRuns(assistant, own);
  const runs = { answer: fromPromise(answer), analyse: fromPromise(analyse), summarise: fromPromise(summarise) };
  const modelRuns = new Set<AnyActorLogic>(Object.values(runs));
  const { name, machine } = assistant;
  if (machine !== undefined) return { name, definitions: machine(runs), input: ({ ...opening }) => opening, modelRuns };
  return {
    name,
    definitions: sessionDefinitions(runs),
    modelRuns,
    input: (opening, previous) =>
      sessionInputOf(opening, { ...policy, ...assistant.policy }, previous, { entities: assistant.extraction?.into === 'entities' }),
    describeContext: (context, options) =>
      buildContext(contextSource.parse(answerInput(sessionContext({ context }))), { prompt: assistant.prompt, ...options }),
    ...(assistant.extraction?.shown === undefined ? {} : { factFields: assistant.extraction.shown }),
    assist: (context, wish, now) => assistRequest(assistant, sessionContext({ context }), wish, { now, alone: parts.alone ?? false }),
  };
}

/** The input of a session that is about to be opened. */
export function sessionInputOf(opening: Opening, policy: PolicySettings, previous?: SessionRow, keeps: KeptFacts = {}) {
  const { address, assistant, now, previousId, hint } = opening;
  const reached = previous === undefined ? undefined : customerIn(previous);
  // An agent who opens it sends nothing of the customer.
  const customer = openingHint.safeParse(hint).data?.customer ?? reached?.customer;
  const windowUntil = reached?.windowUntil;
  const before = previous && endedSessionIn(previous);
  const known = previous?.assistant === assistant ? knownIn(previous, keeps) : undefined;
  return {
    address,
    assistant,
    now,
    previous: previousId,
    policy,
    ...(customer ? { customer } : {}),
    ...(before ? { before } : {}),
    ...(known ? { known } : {}),
    ...(windowUntil === undefined ? {} : { windowUntil }),
  } satisfies SessionInput;
}

const withFacts = contextSchema.pick({ entities: true, preferences: true, sources: true }).loose();

/** Undefined for a session of another machine, and if it knew nothing. */
function knownIn(row: SessionRow, keeps: KeptFacts) {
  const { data } = withFacts.safeParse(machineIn(row)?.context);
  if (data === undefined) return undefined;
  const { preferences, sources = {} } = data;
  const entities = keeps.entities === true ? data.entities : {};
  const kept = new Set([...Object.keys(entities), ...Object.keys(preferences)]);
  if (kept.size === 0) return undefined;
  return { entities, preferences, sources: Object.fromEntries(Object.entries(sources).filter(([name]) => kept.has(name))) };
}

const withCustomer = contextSchema.pick({ customer: true, windowUntil: true }).loose();

/** Undefined for a session of another machine. */
function customerIn(row: SessionRow) {
  return withCustomer.safeParse(machineIn(row)?.context).data;
}

const withHandoff = contextSchema.pick({ handoff: true }).loose();

/** Undefined for a session of another machine, and one that no agent has held. */
function endedSessionIn(row: SessionRow): EndedSession | undefined {
  const { data: context } = withHandoff.safeParse(machineIn(row)?.context);
  const { lastAgent: agent = null, queue = null, heldAtClose = false } = context?.handoff ?? {};
  return agent === null || row.closedAt === null ? undefined : { agent, queue, heldAtClose, closedAt: row.closedAt };
}
