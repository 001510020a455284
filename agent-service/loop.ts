/**
 * One run. It calls a model, its tools and the hooks around them until there is an answer, and
 * keeps nothing afterwards.
 *
 * Owns turns, their limit, what goes back to the model, the events of the run. Does not own
 * whether the run is wanted (its caller aborts it), repeating it (the host), the stream's readers
 * (service.ts).
 *
 * Invariants
 * 1. No event is emitted after the signal is aborted.
 * 2. What the model wrote goes back unchanged, with one result for each of its calls.
 * 3. At most `maxTurns` requests are made, repairs included, and `MAX_PAUSES` more that continue
 *    a turn which the provider paused. A request that broke off and is repeated counts once, and
 *    its text starts over. In the last request no tool can be called, so the model must answer.
 */
import * as z from 'zod';
import type { Json } from '#machines/definition.ts';
import { StatechatError } from '#machines/errors.ts';
import type { SystemPart } from '#machines/session/built-context.ts';
import type { RunFailureCode } from '#machines/session/failures.ts';
import { clip, isVisible } from '#machines/text.ts';
import { type Answered, ask } from './ask.ts';
import { callTools } from './call-tools.ts';
import type { ContentBlock, ProviderMessage } from './content.ts';
import { addUsage, NO_USAGE, type RunEvent } from './events.ts';
import type { CallGate, ToolGate } from './gate.ts';
import { type Hook, Hooks, type ReportError, type RunScope } from './hooks.ts';
import type { Provider, ProviderEvent, ProviderRequest, StopReason, Usage } from './provider.ts';
import { redactText } from './redact.ts';
import { ToolOutputs } from './tool-outputs.ts';
import { jsonSchema, type Tool } from './tools.ts';

/** The task of a run. */
export interface RunSpec extends RunScope {
  readonly system: readonly SystemPart[];
  readonly messages: readonly ProviderMessage[];
  /** Default is the provider's. */
  readonly model?: string;
  /** Of each request, thinking included. */
  readonly maxTokens: number;
  /** Requests to the model, at least 1. */
  readonly maxTurns: number;
  /** See `ProviderRequest`. */
  readonly thinkingBudget?: number;
  readonly tools?: readonly Tool[];
  /** The answer has to be JSON of this schema. */
  readonly output?: z.ZodType<Json>;
  /** Assistant whose conversation it is. The offline model has a plan for those of some. */
  readonly assistant?: string;
  /** What was done to the messages before. */
  readonly compacted?: Omit<Extract<RunEvent, { type: 'compacted' }>, 'type'>;
}

export interface RunParts {
  readonly provider: Provider;
  readonly gate?: CallGate;
  readonly toolGate?: ToolGate;
  readonly hooks?: readonly Hook[];
  /** See `ProviderRequest`. */
  readonly local?: boolean;
  /** Called with errors that did not stop the run. */
  readonly onError?: ReportError;
  /** Milliseconds since the epoch, for how long tools take. */
  readonly now?: () => number;
}

export interface RunResult {
  readonly text: string;
  readonly output?: Json;
  readonly stop: StopReason;
  readonly model: string;
  readonly turns: number;
  readonly usage: Usage;
  /** Micro-dollars. 0 if there is no gate. */
  readonly costMicros: number;
}

/**
 * Resolves to the answer. `meter` shows the usage at any time. `emit` receives every event, from
 * `connected` to `complete`. Rejects with an error named `AbortError` if the signal is aborted,
 * with what the provider or the gate threw, or with a `StatechatError` of code `model_refused`,
 * `max_turns`, `max_tokens`, `context_full`, `no_text` or `invalid_output`.
 */
export async function run(
  parts: RunParts,
  spec: RunSpec,
  signal: AbortSignal,
  emit: (event: RunEvent) => void,
  meter = new Meter(),
): Promise<RunResult> {
  const { provider, gate, toolGate, onError = () => undefined, now = Date.now } = parts;
  const { sessionId, runId, workflow, session, tools = [], maxTurns } = spec;
  const scope: RunScope = { sessionId, runId, workflow, session };
  const hooks = new Hooks(parts.hooks ?? [], scope, onError);
  const say = (event: RunEvent): void => {
    if (signal.aborted) return;
    emit(event);
    hooks.message(event);
  };
  const spent = (costMicros: number): void => meter.add(NO_USAGE, costMicros);
  const byName = new Map(tools.map((tool) => [tool.spec.name, tool]));
  const request = { ...requestFor(spec, provider), ...(parts.local === true ? { local: true } : {}) };
  const messages = [...spec.messages];
  const outputs = new ToolOutputs(say);
  let repaired = false;
  /** What the model wrote of a turn that the provider paused. */
  let paused: { readonly content: readonly ContentBlock[]; readonly text: string } = NOT_PAUSED;
  let pauses = 0;

  say({ type: 'connected', sessionId, runId, workflow, model: request.model });
  if (spec.compacted) say({ type: 'compacted', ...spec.compacted });
  for (let turn = 1; ; turn++) {
    const last = turn - pauses >= maxTurns;
    const answered = await ask(
      { provider, onError, spent: (usage, costMicros) => meter.add(usage, costMicros), ...(gate ? { gate } : {}) },
      {
        ...request,
        messages: [...messages, ...openTurn(paused.content)],
        ...(last && tools.length > 0 ? { toolChoice: 'none' as const } : {}),
      },
      { sessionId, runId, workflow, turn },
      signal,
      () => teller(turn, paused.text.length, say),
    );
    const { usage, estimatedInput } = answered;
    say({ type: 'usage', turn, model: answered.stop.model, usage, estimatedInput, costMicros: answered.costMicros, total: meter.usage });
    const { calls } = answered.turn;
    const content = [...paused.content, ...answered.turn.content];
    const written = paused.text + answered.turn.written;
    if (answered.stop.reason === 'pause' && calls.length === 0) {
      pauses += 1;
      if (pauses > MAX_PAUSES) throw runFailure('max_turns', `The provider paused the model's turn ${pauses} times.`);
      paused = { content, text: written };
      continue;
    }
    paused = NOT_PAUSED;
    const text = written.trim();
    check(answered, text, spec, last);

    if (calls.length > 0) {
      const results = await callTools(calls, {
        scope,
        turn,
        tools: byName,
        hooks,
        signal,
        emit: say,
        outputs,
        now,
        onError,
        spent,
        ...(toolGate ? { gate: toolGate } : {}),
      });
      messages.push({ role: 'assistant', content }, { role: 'user', content: results });
      continue;
    }
    const read = spec.output === undefined ? undefined : readOutput(text, spec.output);
    if (read !== undefined && 'fault' in read) {
      if (repaired || last) throw runFailure('invalid_output', `The model's answer is not what was asked for. ${read.fault}`);
      repaired = true;
      messages.push({ role: 'assistant', content }, { role: 'user', text: repair(read.fault) });
      continue;
    }
    const { model, reason: stop } = answered.stop;
    const { usage: total, costMicros } = meter;
    const result = { text, ...(read === undefined ? {} : { output: read.value }), stop, model, turns: turn, usage: total, costMicros };
    say({ type: 'complete', ...result });
    return result;
  }
}

/** Counts the usage and cost of a run. */
export class Meter {
  usage: Usage = NO_USAGE;
  /** Micro-dollars. */
  costMicros = 0;

  add(usage: Usage, costMicros: number): void {
    this.usage = addUsage(this.usage, usage);
    this.costMicros += costMicros;
  }
}

/** Characters of what a provider says about a failure. */
const MAX_REASON = 500;

/** The last event of a run that did not complete. */
export function errorEvent(error: unknown): Extract<RunEvent, { type: 'error' }> {
  if (error instanceof StatechatError) {
    const { code, retryable, facts, expose } = error;
    const message = expose ? redactText(error.message) : 'The model could not be asked.';
    // What the customer may not read is what the operator has to.
    const reason = typeof facts.reason === 'string' ? facts.reason : expose ? undefined : error.message;
    return { type: 'error', code, message, retryable, ...(reason === undefined ? {} : { reason: clip(redactText(reason), MAX_REASON) }) };
  }
  if (error instanceof Error && error.name === 'AbortError') {
    return { type: 'error', code: 'stopped', message: 'The run was stopped.', retryable: false };
  }
  return { type: 'error', code: 'internal', message: 'The run failed.', retryable: false };
}

function requestFor(spec: RunSpec, provider: Provider): ProviderRequest {
  const { system, messages, maxTokens, workflow, assistant, thinkingBudget, tools = [], output } = spec;
  return {
    system,
    messages,
    model: spec.model ?? provider.defaultModel,
    maxTokens,
    workflow,
    ...(assistant === undefined ? {} : { assistant }),
    ...(thinkingBudget === undefined ? {} : { thinkingBudget }),
    ...(tools.length === 0 ? {} : { tools: tools.map((tool) => tool.spec), growing: true }),
    ...(output === undefined ? {} : { outputSchema: jsonSchema(output, 'input') }),
  };
}

/** How often a run may continue a turn that the provider paused. */
const MAX_PAUSES = 5;
const NOT_PAUSED = { content: [], text: '' };

/** A paused turn continues if the conversation ends with it. */
function openTurn(content: readonly ContentBlock[]): readonly ProviderMessage[] {
  return content.length === 0 ? [] : [{ role: 'assistant', content }];
}

/** `offset` is the length of the turn's text before this request. */
function teller(turn: number, offset: number, say: (event: RunEvent) => void): (event: ProviderEvent) => void {
  return (event) => {
    if (event.type === 'thinking') say({ type: 'thinking', turn, text: event.text });
    if (event.type !== 'text') return;
    say({ type: 'chunk', turn, offset, text: event.text });
    offset += event.text.length;
  };
}

/** The code is one whose consequence is decided. */
function runFailure(
  code: RunFailureCode,
  message: string,
  options: { readonly retryable?: boolean; readonly facts?: Record<string, unknown> } = {},
): StatechatError {
  return new StatechatError(code, message, options);
}

/** Throws when the turn is neither an answer nor calls that can be made. */
function check({ turn: { calls }, stop }: Answered, text: string, spec: RunSpec, last: boolean): void {
  if (stop.reason === 'refusal') {
    const reason = [stop.refusal, stop.explanation].filter(Boolean).join(': ');
    const facts = { model: stop.model, ...(reason === '' ? {} : { reason }) };
    throw runFailure('model_refused', 'The model declined to answer this conversation.', { facts });
  }
  const cutOff = stop.reason === 'max_tokens' || stop.reason === 'context_full';
  // Half a text is readable. Half a call or half a JSON is not.
  if (cutOff && (calls.length > 0 || !isVisible(text) || spec.output !== undefined)) {
    const mend =
      stop.reason === 'max_tokens'
        ? `Raise maxTokens of "${spec.workflow}", which are ${spec.maxTokens}.`
        : 'The conversation is too long for the model: summarize it.';
    throw runFailure(
      stop.reason === 'max_tokens' ? 'max_tokens' : 'context_full',
      `The model ran out of room before its answer was complete. ${mend}`,
    );
  }
  if (calls.length > 0 && last) {
    throw runFailure('max_turns', `The model still called tools in turn ${spec.maxTurns}, the last one. Raise maxTurns.`);
  }
  if (calls.length === 0 && !isVisible(text)) {
    throw runFailure('no_text', 'The model answered with no text.', { retryable: true, facts: { reason: stop.reason } });
  }
}

function readOutput(text: string, schema: z.ZodType<Json>): { readonly value: Json } | { readonly fault: string } {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return { fault: 'It is not JSON.' };
  }
  const result = schema.safeParse(value);
  return result.success ? { value: result.data } : { fault: z.prettifyError(result.error) };
}

function repair(fault: string): string {
  return `Your answer cannot be used. ${fault}\nAnswer again, with the JSON alone.`;
}
