/**
 * Hooks around a run's messages and tool calls (A5).
 *
 * A hook that throws is logged and skipped, and the run continues. A hook with `gate: true`
 * decides. If it throws, the call that it guards is not made, or its result is not shown to the
 * model.
 *
 * Two steps are always there and no hooks. The loop validates inputs by the tool's schema, and it
 * removes secrets from results before any hook, the model or the stream sees them.
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
  /** Facts that the session gave to the run, such as the customer. Not from the model. */
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
 * `input` replaces the call's input and is validated again. `refuse` is the text that the model
 * reads instead of a result, and the call is not made. `result` is a cached result. The call is not
 * made, but gates decide as if it were.
 */
export type ToolUseDecision = { readonly input: Json } | { readonly refuse: string } | { readonly result: Json } | undefined;

export interface Hook {
  /** For the log. */
  readonly name: string;
  readonly gate?: boolean;
  /** Receives every event of the run. Must not block. A promise is awaited only for its failure. */
  readonly onMessage?: (event: RunEvent, run: RunScope) => unknown;
  readonly onToolUse?: (call: ToolCall, run: RunScope, signal: AbortSignal) => ToolUseDecision | Promise<ToolUseDecision>;
  /** What it gives replaces the outcome. */
  readonly onToolResult?: (
    outcome: ToolOutcome,
    call: ToolCall,
    run: RunScope,
    signal: AbortSignal,
  ) => ToolOutcome | undefined | Promise<ToolOutcome | undefined>;
}

/** Called with errors that did not stop the run. */
export type ReportError = (where: string, error: unknown) => void;

export class Hooks {
  readonly #hooks: readonly Hook[];
  readonly #run: RunScope;
  readonly #onError: ReportError;

  constructor(hooks: readonly Hook[], run: RunScope, onError: ReportError) {
    this.#hooks = hooks;
    this.#run = run;
    this.#onError = onError;
  }

  message(event: RunEvent): void {
    for (const hook of this.#hooks) {
      try {
        const done = hook.onMessage?.(event, this.#run);
        if (done instanceof Promise) done.catch((error: unknown) => this.#failed(hook, 'onMessage', error));
      } catch (error) {
        this.#failed(hook, 'onMessage', error);
      }
    }
  }

  /**
   * Input for the tool, and its result if a hook knows it. Every hook runs first, then every gate,
   * so a gate allows exactly what is done. `check` validates an input that a hook gave. `pay` is
   * called between the two, if no hook knows the result. Throws `StatechatError` with code
   * `tool_refused` if a hook refuses or a gate cannot allow the call, and what `check` and `pay`
   * throw.
   */
  async toolUse(
    call: ToolCall,
    signal: AbortSignal,
    check: (input: Json) => Json,
    pay: () => Promise<void>,
  ): Promise<{ readonly call: ToolCall; readonly known?: { readonly result: Json } }> {
    let now = call;
    let known: { readonly result: Json } | undefined;
    let paid = false;
    for (const hook of [...this.#hooks.filter(({ gate }) => !gate), ...this.#hooks.filter(({ gate }) => gate)]) {
      if (hook.gate && !paid && known === undefined) {
        paid = true;
        await pay();
      }
      // It may know the result of another input than the one that came of the hooks before.
      if (known !== undefined && !hook.gate) continue;
      let decision: ToolUseDecision;
      try {
        decision = await hook.onToolUse?.(now, this.#run, signal);
      } catch (error) {
        this.#failed(hook, 'onToolUse', error);
        if (hook.gate) throw refusal(`The call of "${call.name}" could not be approved, so it was not made.`, call, error);
        continue;
      }
      if (decision === undefined) continue;
      if ('refuse' in decision) throw refusal(decision.refuse, call);
      if (hook.gate) throw refusal(`The call of "${call.name}" was changed where it could only be approved, so it was not made.`, call);
      if ('result' in decision) {
        known = decision;
        continue;
      }
      // A failure is not skipped, because the value that the hook replaces may be the model's own
      // claim about the caller.
      now = { ...now, input: check(decision.input) };
    }
    if (known !== undefined) return { call: now, known };
    if (!paid) await pay();
    return { call: now };
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

/**
 * Gives tools the session's facts. `fields` maps a property of the input to its source. A value
 * that the model wrote there is replaced.
 */
export function injectSession(tool: string, fields: (session: Json, run: RunScope) => Readonly<Record<string, Json>>): Hook {
  return {
    name: `session into ${tool}`,
    onToolUse: (call, run) => {
      if (call.name !== tool) return undefined;
      try {
        return { input: { ...record(call.input), ...fields(run.session, run) } };
      } catch {
        // A hook that throws would be skipped, and the model's own claim about the caller would
        // stand.
        return { refuse: `The session does not say what "${tool}" has to know of it.` };
      }
    },
  };
}

function record(value: Json): Readonly<Record<string, Json | undefined>> {
  return value !== null && typeof value === 'object' && !Array.isArray(value) ? Object.fromEntries(Object.entries(value)) : {};
}
