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
 */
import type { Json } from '#machines/definition.ts';
import { InvalidInput, StatechatError, Unavailable } from '#machines/errors.ts';
import { MAX_FILE } from '#machines/session/files.ts';
import { clip, wellFormed, wellFormedJson } from '#machines/text.ts';
import type { ToolResultBlock, ToolUseBlock } from './content.ts';
import type { RunEvent } from './events.ts';
import type { Hooks, ReportError, RunScope, ToolCall, ToolOutcome } from './hooks.ts';
import { abortError } from './provider.ts';
import { redactError, redactSecrets, redactText } from './redact.ts';
import type { Report, Tool, ToolContext } from './tools.ts';

export interface Calling {
  readonly scope: RunScope;
  readonly turn: number;
  readonly tools: ReadonlyMap<string, Tool>;
  readonly hooks: Hooks;
  readonly signal: AbortSignal;
  readonly emit: (event: RunEvent) => void;
  readonly now: () => number;
  /** Called with the errors of tools. The model does not see their details. */
  readonly onError: ReportError;
}

const DEFAULT_MAX_RESULT = 20_000;

/**
 * In the order of the calls. Rejects only when the run is stopped, and then at once, because a hook
 * may wait for a human for long.
 */
export async function callTools(calls: readonly ToolUseBlock[], calling: Calling): Promise<ToolResultBlock[]> {
  const { signal } = calling;
  if (signal.aborted) throw abortError(signal);
  const stopped = Promise.withResolvers<never>();
  const stop = (): void => stopped.reject(abortError(signal));
  signal.addEventListener('abort', stop, { once: true });
  try {
    return await Promise.race([stopped.promise, Promise.all(calls.map((call) => callTool(call, calling)))]);
  } finally {
    signal.removeEventListener('abort', stop);
  }
}

async function callTool({ id, name, input: written }: ToolUseBlock, calling: Calling): Promise<ToolResultBlock> {
  const { turn, tools, signal, emit, now } = calling;
  const tool = tools.get(name);
  const call: ToolCall = { id, name, input: asJson(written) };
  const began = now();
  emit({ type: 'tool', turn, id, name, input: redactSecrets(call.input) });
  let outcome: Performed;
  try {
    if (tool === undefined) throw new InvalidInput(`There is no tool "${name}". There are: ${[...tools.keys()].join(', ')}.`);
    outcome = await perform(tool, call, calling);
  } catch (error) {
    if (signal.aborted) throw abortError(signal);
    outcome = failed(error, name, calling.onError);
  }
  const text = cut(
    typeof outcome.value === 'string' ? outcome.value : JSON.stringify(outcome.value),
    tool?.maxResult ?? DEFAULT_MAX_RESULT,
  );
  const cached = outcome.cached ? { cached: true as const } : {};
  emit({ type: 'tool_result', turn, id, name, ok: outcome.ok, text, ms: now() - began, ...cached });
  return { type: 'tool_result', toolUseId: id, text, isError: !outcome.ok };
}

type Performed = ToolOutcome & { readonly cached?: true };

async function perform(tool: Tool, call: ToolCall, { hooks, scope, signal, emit, onError }: Calling): Promise<Performed> {
  const wanted = tool.prepare(call.input);
  const { call: approved, known } = await hooks.toolUse({ ...call, input: wanted.input }, signal, (input) => tool.prepare(input).input);
  if (known !== undefined) return { ok: true, value: redactSecrets(known.result), cached: true };
  const prepared = approved.input === wanted.input ? wanted : tool.prepare(approved.input);
  let outcome: ToolOutcome;
  try {
    const value = await within(tool.timeoutMs, call.name, signal, (own) =>
      prepared.run({ ...contextOf(scope, call), signal: own, report: (report) => own.aborted || emit(reported(report)) }),
    );
    outcome = { ok: true, value: redactSecrets(asJson(value)) };
  } catch (error) {
    if (signal.aborted) throw error;
    outcome = failed(error, call.name, onError);
  }
  const shown = await hooks.toolResult(outcome, approved, signal);
  return shown === outcome ? outcome : { ok: shown.ok, value: redactSecrets(asJson(shown.value)) };
}

function contextOf({ sessionId, runId, session }: RunScope, { id }: ToolCall): Omit<ToolContext, 'signal' | 'report'> {
  return { sessionId, runId, session, callId: id };
}

function reported({ name, mimeType, bytes, caption }: Report): RunEvent {
  if (bytes.byteLength > MAX_FILE) {
    throw new InvalidInput(`The report "${name}" has ${bytes.byteLength} bytes; at most ${MAX_FILE} are taken.`);
  }
  return {
    type: 'report',
    name: wellFormed(name),
    mimeType,
    base64: Buffer.from(bytes).toString('base64'),
    ...(caption === undefined ? {} : { caption: wellFormed(caption) }),
  };
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
