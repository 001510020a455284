/**
 * Runs all tool calls of one turn in parallel.
 *
 * Invariants
 * 1. Each call gets exactly one result, if necessary an error result, because the provider takes no
 *    turn without it.
 * 2. Secrets are removed from a result before anything else reads it. It is cut to size after that,
 *    so that half a secret cannot remain.
 * 3. If a tool does not stop when its time is up or the run is stopped, the run continues without
 *    it, and its result is dropped.
 * 4. A call that has a price is approved and made only with the gate's permit. It is settled once,
 *    for nothing if the call is not made. If the gate gives none, the run ends.
 */
import type { Json } from '#machines/definition.ts';
import { InvalidInput, StatechatError, Unavailable } from '#machines/errors.ts';
import { clip, wellFormed, wellFormedJson } from '#machines/text.ts';
import type { ToolResultBlock, ToolUseBlock } from './content.ts';
import type { RunEvent } from './events.ts';
import { type Admission, type Permit, refusedBy, type ToolGate } from './gate.ts';
import type { Hooks, ReportError, RunScope, ToolCall, ToolOutcome } from './hooks.ts';
import { abortError } from './provider.ts';
import { redactError, redactSecrets, redactText } from './redact.ts';
import type { CallOutputs, ToolOutputs } from './tool-outputs.ts';
import type { Tool, ToolContext } from './tools.ts';

export interface Calling {
  readonly scope: RunScope;
  readonly turn: number;
  readonly tools: ReadonlyMap<string, Tool>;
  readonly hooks: Hooks;
  readonly signal: AbortSignal;
  readonly emit: (event: RunEvent) => void;
  /** Of all turns of the run. */
  readonly outputs: ToolOutputs;
  readonly now: () => number;
  /** If absent, calls need no permit. */
  readonly gate?: ToolGate;
  /** Called with the cost of each call in micro-dollars. */
  readonly spent: (costMicros: number) => void;
  /** Called with the errors of tools. The model does not see their details. */
  readonly onError: ReportError;
}

const DEFAULT_MAX_RESULT = 20_000;

/** The gate gave no permit. `cause` is what the run ends with. */
class Unpaid extends Error {}

/**
 * In the order of the calls. Rejects when the run is stopped, and then at once, because a hook may
 * wait for a human for long. Rejects after all calls have ended if one of them could not be paid.
 */
export async function callTools(calls: readonly ToolUseBlock[], calling: Calling): Promise<ToolResultBlock[]> {
  const { signal } = calling;
  if (signal.aborted) throw abortError(signal);
  const stopped = Promise.withResolvers<never>();
  const stop = (): void => stopped.reject(abortError(signal));
  signal.addEventListener('abort', stop, { once: true });
  try {
    const settled = Promise.allSettled(calls.map((call, index) => callTool(call, index, calling)));
    return (await Promise.race([stopped.promise, settled])).map((result) => {
      if (result.status === 'fulfilled') return result.value;
      throw result.reason;
    });
  } finally {
    signal.removeEventListener('abort', stop);
  }
}

async function callTool({ id, name, input: written }: ToolUseBlock, index: number, calling: Calling): Promise<ToolResultBlock> {
  const { turn, tools, signal, emit, now } = calling;
  const tool = tools.get(name);
  const call: ToolCall = { id, name, input: asJson(written) };
  const began = now();
  emit({ type: 'tool', turn, id, name, input: redactSecrets(call.input) });
  let outcome: Performed;
  try {
    if (tool === undefined) throw new InvalidInput(`There is no tool "${name}". There are: ${[...tools.keys()].join(', ')}.`);
    outcome = await perform(tool, call, index, calling);
  } catch (error) {
    if (signal.aborted) throw abortError(signal);
    if (error instanceof Unpaid) throw error.cause;
    outcome = failed(error, name, calling.onError);
  }
  const text = cut(
    typeof outcome.value === 'string' ? outcome.value : JSON.stringify(outcome.value),
    tool?.maxResult ?? DEFAULT_MAX_RESULT,
  );
  const cached = outcome.cached ? { cached: true as const } : {};
  const cost = outcome.costMicros ? { costMicros: outcome.costMicros } : {};
  emit({ type: 'tool_result', turn, id, name, ok: outcome.ok, text, ms: now() - began, ...cached, ...cost });
  return { type: 'tool_result', toolUseId: id, text, isError: !outcome.ok };
}

type Performed = ToolOutcome & { readonly cached?: true; readonly costMicros?: number };

async function perform(tool: Tool, call: ToolCall, index: number, calling: Calling): Promise<Performed> {
  const { hooks, scope, signal, outputs, onError } = calling;
  const wanted = tool.prepare(call.input);
  let permit: Permit | undefined;
  // An approval may be used once, so the call is paid for before it is approved.
  const pay = async (): Promise<void> => {
    permit = await reserved(tool, index, calling);
  };
  let approved: ToolCall;
  let prepared: typeof wanted;
  try {
    const decided = await hooks.toolUse({ ...call, input: wanted.input }, signal, (input) => tool.prepare(input).input, pay);
    if (decided.known !== undefined) return { ok: true, value: redactSecrets(decided.known.result), cached: true };
    approved = decided.call;
    prepared = approved.input === wanted.input ? wanted : tool.prepare(approved.input);
  } catch (error) {
    await settled(permit, false, calling);
    throw error;
  }
  let outcome: ToolOutcome;
  let made = false;
  let costMicros = 0;
  try {
    const value = await within(tool.timeoutMs, call.name, signal, (own) => {
      made = true;
      return prepared.run({ ...contextOf(scope, call), ...outputs.of(own), signal: own });
    });
    outcome = { ok: true, value: redactSecrets(asJson(value)) };
  } catch (error) {
    if (signal.aborted) throw error;
    outcome = failed(error, call.name, onError);
  } finally {
    costMicros = await settled(permit, made, calling);
  }
  const shown = await hooks.toolResult(outcome, approved, signal);
  const cost = costMicros === 0 ? {} : { costMicros };
  return shown === outcome ? { ...outcome, ...cost } : { ok: shown.ok, value: redactSecrets(asJson(shown.value)), ...cost };
}

/** The permit of a call that has a price. Throws `Unpaid` if the gate gives none. */
async function reserved({ spec, price }: Tool, index: number, { gate, scope, turn }: Calling): Promise<Permit | undefined> {
  let admission: Admission | undefined;
  try {
    admission = await gate?.beforeTool({ runId: scope.runId, turn, index, tool: spec.name, price });
  } catch (cause) {
    throw new Unpaid('The gate could not decide.', { cause });
  }
  if (admission === undefined || 'permit' in admission) return admission?.permit;
  throw new Unpaid('The gate refused.', { cause: refusedBy(admission.refusal, { tool: spec.name }) });
}

/** Uncounted spending must not continue, so a gate that throws ends the run. */
async function settled(permit: Permit | undefined, made: boolean, { gate, spent }: Calling): Promise<number> {
  if (gate === undefined || permit === undefined) return 0;
  try {
    const costMicros = await gate.afterTool(permit, made);
    spent(costMicros);
    return costMicros;
  } catch (cause) {
    throw new Unpaid('The gate could not settle.', { cause });
  }
}

function contextOf({ sessionId, runId, session }: RunScope, { id }: ToolCall): Omit<ToolContext, 'signal' | keyof CallOutputs> {
  return { sessionId, runId, session, callId: id };
}

/**
 * What the model reads about a failure. It is enough to try another way and contains nothing
 * private.
 */
function failed(error: unknown, name: string, onError: ReportError): ToolOutcome {
  const known = error instanceof StatechatError;
  if (!known || !error.expose) onError(`tool ${name}`, redactError(error));
  const message = known && error.expose ? error.message : 'The tool failed. Continue without it, and say what is missing.';
  return {
    ok: false,
    value: {
      error: { code: known ? error.code : 'failed', message: wellFormed(redactText(message)), retryable: known && error.retryable },
    },
  };
}

async function within<T>(ms: number, name: string, signal: AbortSignal, work: (own: AbortSignal) => Promise<T>): Promise<T> {
  if (signal.aborted) throw abortError(signal);
  const late = new AbortController();
  const own = AbortSignal.any([signal, late.signal]);
  const over = Promise.withResolvers<never>();
  const end = (): void =>
    over.reject(signal.aborted ? abortError(signal) : new Unavailable(`"${name}" took longer than ${ms / 1_000} s and was stopped.`));
  own.addEventListener('abort', end, { once: true });
  const timer = setTimeout(() => late.abort(), ms);
  try {
    return await Promise.race([over.promise, work(own)]);
  } finally {
    clearTimeout(timer);
    own.removeEventListener('abort', end);
  }
}

/** As JSON would carry it, with every string well-formed. Throws for what JSON cannot carry. */
function asJson(value: unknown): Json {
  const text = JSON.stringify(value);
  return text === undefined ? null : wellFormedJson(JSON.parse(text));
}

function cut(text: string, length: number): string {
  return text.length <= length ? text : `${clip(text, length)}\n[cut off: ${length} of ${text.length} characters]`;
}
