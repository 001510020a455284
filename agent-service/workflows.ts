/**
 * Workflows of the agent service (A2). A workflow is an entry of data. To add one, add an entry to
 * the list.
 */
import * as z from 'zod';
import type { Json } from '#machines/definition.ts';
import { InvalidInput } from '#machines/errors.ts';
import type { SystemPart } from '#machines/session/built-context.ts';
import type { ProviderMessage } from './content.ts';
import type { RunSpec } from './loop.ts';
import type { OfflinePlan } from './offline/plan.ts';
import type { Tool } from './tools.ts';

export interface Prompt {
  readonly system: readonly SystemPart[];
  readonly messages: readonly ProviderMessage[];
  /** If the messages were made shorter. */
  readonly compacted?: NonNullable<RunSpec['compacted']>;
  /** For these parameters, instead of the definition's. */
  readonly tools?: readonly Tool[];
  readonly model?: string;
  readonly maxTokens?: number;
  readonly maxTurns?: number;
  readonly thinkingBudget?: number;
  /** Assistant whose conversation it is. See `RunSpec`. */
  readonly assistant?: string;
}

/** `I` is what its parameters are read from, `O` what its prompt is given. */
export interface WorkflowDefinition<O, I> {
  /** Lower case letters, digits and `_`, at most 64. */
  readonly name: string;
  readonly params: z.ZodType<O, I>;
  /**
   * Pure. Add parameters with `framed(PARAMS, …)`. Every model treats them as data then, and the
   * offline model can work with them.
   */
  readonly prompt: (params: O) => Prompt;
  /** Default is the provider's. */
  readonly model?: string;
  /** Tokens of each request, thinking included. Default 4,096, some 3,000 English words. */
  readonly maxTokens?: number;
  /**
   * Most requests to the model. Default 8 with tools, 2 with an output (one repair), else 1. Each
   * one costs the whole conversation again.
   */
  readonly maxTurns?: number;
  /** Tokens to think for. If absent, the model decides. */
  readonly thinkingBudget?: number;
  readonly tools?: readonly Tool[];
  /** If given, the answer is JSON and validated by it. */
  readonly output?: z.ZodType<Json>;
  /** Plan of the offline model, if calling one tool after another is not enough. */
  readonly offline?: OfflinePlan;
}

/** A run without its session. */
export type WorkflowPlan = Omit<RunSpec, 'sessionId' | 'runId' | 'session'>;

/** Workflow with parameters of type `P`. Many fit in one list as `Workflow`. */
export interface Workflow<P = unknown> {
  readonly name: string;
  readonly params: z.ZodType<unknown, P>;
  readonly tools: readonly Tool[];
  readonly offline?: OfflinePlan;
  /** Throws `InvalidInput` with every fault of the parameters. */
  readonly plan: (params: unknown) => WorkflowPlan;
}

export function defineWorkflow<O, I>(definition: WorkflowDefinition<O, I>): Workflow<I> {
  const { name, params: schema, prompt, offline, tools = [], output, maxTokens = 4_096, model, thinkingBudget } = definition;
  if (!/^[a-z][a-z0-9_]{0,63}$/.test(name)) {
    throw new InvalidInput(`"${name}" cannot be the name of a workflow: lower case letters, digits and _`);
  }
  const twice = tools.map(({ spec }) => spec.name).find((tool, index, all) => all.indexOf(tool) !== index);
  if (twice !== undefined) throw new InvalidInput(`The workflow "${name}" has two tools named "${twice}".`);
  return {
    name,
    params: schema,
    tools,
    ...(offline === undefined ? {} : { offline }),
    plan: (params) => {
      const parsed = schema.safeParse(params);
      if (!parsed.success) {
        throw new InvalidInput(`The params of "${name}" are not right. ${z.prettifyError(parsed.error)}`, { workflow: name }, parsed.error);
      }
      const made = prompt(parsed.data);
      return {
        workflow: name,
        maxTokens,
        maxTurns: definition.maxTurns ?? ((made.tools ?? tools).length > 0 ? 8 : output === undefined ? 1 : 2),
        tools,
        ...(model === undefined ? {} : { model }),
        ...(thinkingBudget === undefined ? {} : { thinkingBudget }),
        ...(output === undefined ? {} : { output }),
        ...made,
      };
    },
  };
}

export class Workflows {
  readonly #byName: ReadonlyMap<string, Workflow>;

  constructor(entries: readonly Workflow[]) {
    this.#byName = new Map(entries.map((entry) => [entry.name, entry]));
    if (this.#byName.size < entries.length) throw new InvalidInput('Two workflows have the same name.');
  }

  /** Throws `InvalidInput` with the names that there are. */
  get(name: string): Workflow {
    const workflow = this.#byName.get(name);
    if (workflow === undefined) {
      throw new InvalidInput(`There is no workflow "${name.slice(0, 80)}". There are: ${[...this.#byName.keys()].join(', ')}.`);
    }
    return workflow;
  }

  /** For `createOfflineProvider`. */
  get offlinePlans(): ReadonlyMap<string, OfflinePlan> {
    return new Map([...this.#byName.values()].flatMap(({ name, offline }) => (offline === undefined ? [] : [[name, offline]])));
  }
}
