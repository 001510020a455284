/**
 * What is done around a run's messages and tool calls (A5).
 *
 * A hook that throws is told of and passed over, and the run goes on. A hook with `gate: true` decides: when it
 * throws, the call that it was asked about is not made, or its result is not shown to the model.
 *
 * Not hooks, but always there: the loop checks inputs by the tool's schema, and takes secrets out of results
 * before any hook, the model or the stream sees them.
 */
import type { Json } from '#machines/definition.ts';
import { StatechatError } from '#machines/errors.ts';
import type { RunEvent } from './events.ts';
import { redactError } from './redact.ts';

/** The run that a hook is called for. */
export interface RunScope {
  readonly sessionId: string;
  readonly runId: string;
  readonly workflow: string;
  /** What the session told the run: who the customer is, and the like. Not from the model. */
  readonly session: Json;
}

export interface ToolCall {
  readonly id: string;
  readonly name: string;
  /** Checked by the tool's schema. */
  readonly input: Json;
}

export interface ToolOutcome {
  readonly ok: boolean;
  /** What the model will read, secrets taken out. */
  readonly value: Json;
}

/**
 * `input` replaces the call's and is checked anew. `refuse` is told to the model: the call is not made. `result` is what the call
 * would give, from a cache: it is not made either, but gates are asked as if it were.
 */
export type ToolUseVerdict = { readonly input: Json } | { readonly refuse: string } | { readonly result: Json } | undefined;

export interface Hook {
  /** For the log. */
  readonly name: string;
  readonly gate?: boolean;
  /** Hears every event of the run. Must not block; a promise is waited for only for its failure. */
  readonly onMessage?: (event: RunEvent, run: RunScope) => unknown;
  readonly onToolUse?: (call: ToolCall, run: RunScope, signal: AbortSignal) => ToolUseVerdict | Promise<ToolUseVerdict>;
  /** What it gives replaces the outcome. */
  readonly onToolResult?: (
    outcome: ToolOutcome,
    call: ToolCall,
    run: RunScope,
    signal: AbortSignal,
  ) => ToolOutcome | undefined | Promise<ToolOutcome | undefined>;
}

/** Hears of what went wrong and did not stop the run. */
export type Trouble = (where: string, error: unknown) => void;

export class Hooks {
  readonly #hooks: readonly Hook[];
  readonly #run: RunScope;
  readonly #onError: Trouble;

  constructor(hooks: readonly Hook[], run: RunScope, onError: Trouble) {
    this.#hooks = hooks;
    this.#run = run;
    this.#onError = onError;
  }

  message(event: RunEvent): void {
    for (const hook of this.#hooks) {
      try {
        const told = hook.onMessage?.(event, this.#run);
        if (told instanceof Promise) told.catch((error: unknown) => this.#failed(hook, 'onMessage', error));
      } catch (error) {
        this.#failed(hook, 'onMessage', error);
      }
    }
  }

  /**
   * The input that the tool is to be called with, and its result where a hook knows it. Every hook is asked first, then every
   * gate: what a gate allows is what is done. `check` makes sure that an input that a hook gave is one.
   * Throws `StatechatError` with code `tool_refused` when one says no or a gate cannot say yes, and what `check` throws.
   */
  async toolUse(
    call: ToolCall,
    signal: AbortSignal,
    check: (input: Json) => Json,
  ): Promise<{ readonly call: ToolCall; readonly known?: { readonly result: Json } }> {
    let now = call;
    let known: { readonly result: Json } | undefined;
    for (const hook of [...this.#hooks.filter(({ gate }) => !gate), ...this.#hooks.filter(({ gate }) => gate)]) {
      // It may know the result of another input than the one that came of the hooks before.
      if (known !== undefined && !hook.gate) continue;
      let classifyFailure: ToolUseVerdict;
      try {
        classifyFailure = await hook.onToolUse?.(now, this.#run, signal);
      } catch (error) {
        this.#failed(hook, 'onToolUse', error);
        if (hook.gate) throw refusal(`The call of "${call.name}" could not be approved, so it was not made.`, call, error);
        continue;
      }
      if (classifyFailure === undefined) continue;
      if ('refuse' in classifyFailure) throw refusal(classifyFailure.refuse, call);
      if (hook.gate) throw refusal(`The call of "${call.name}" was changed where it could only be approved, so it was not made.`, call);
      if ('result' in classifyFailure) {
        known = classifyFailure;
        continue;
      }
      // Not passed over: what the hook put in its place may have been the model's word for who is asking.
      now = { ...now, input: check(classifyFailure.input) };
    }
    return known === undefined ? { call: now } : { call: now, known };
  }

  /** Throws `StatechatError` with code `result_withheld` when a gate throws. */
  async toolResult(outcome: ToolOutcome, call: ToolCall, signal: AbortSignal): Promise<ToolOutcome> {
    let now = outcome;
    for (const hook of this.#hooks) {
      try {
        now = (await hook.onToolResult?.(now, call, this.#run, signal)) ?? now;
      } catch (error) {
        this.#failed(hook, 'onToolResult', error);
        if (hook.gate)
          throw new StatechatError('result_withheld', `The result of "${call.name}" could not be checked, so it is withheld.`, {
            cause: error,
          });
      }
    }
    return now;
  }

  #failed(hook: Hook, where: string, error: unknown): void {
    this.#onError(`hook ${hook.name} ${where}`, redactError(error));
  }
}

function refusal(message: string, call: ToolCall, cause?: unknown): StatechatError {
  return new StatechatError('tool_refused', message, { facts: { tool: call.name }, cause });
}

/** Gives tools what the session knows: `fields` names the input's property and where its value comes from. Whatever the model wrote there is replaced. */
export function injectSession(tool: string, fields: (session: Json, run: RunScope) => Readonly<Record<string, Json>>): Hook {
  return {
    name: `session into ${tool}`,
    onToolUse: (call, run) => {
      if (call.name !== tool) return undefined;
      try {
        return { input: { ...record(call.input), ...fields(run.session, run) } };
      } catch {
        // A hook that throws is passed over, and the model's own word for who is asking would stand.
        return { refuse: `The session does not say what "${tool}" has to know of it.` };
      }
    },
  };
}

function record(value: Json): Readonly<Record<string, Json | undefined>> {
  return value !== null && typeof value === 'object' && !Array.isArray(value) ? Object.fromEntries(Object.entries(value)) : {};
}
