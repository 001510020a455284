/**
 * An assistant as data (A10): what it obeys, how its sessions behave, what it may call, what it can be asked for. One file
 * says it all; bind-assistant.ts makes of it what the program can run.
 */
import * as z from 'zod';
import type { Hook } from '#actors/agent/hooks.ts';
import type { Tool } from '#actors/agent/tools.ts';
import type { Workflow } from '#actors/agent/workflows.ts';
import type { Json } from '#machines/definition.ts';
import { InvalidInput } from '#machines/errors.ts';
import { type PolicySettings, policySettings } from '#machines/session/policy.ts';
import type { AnalyseInput } from '#machines/session/runs.ts';
import { type Approver, ROLES } from '#storage/approvals.ts';

/** What a command asks for: a workflow, and its parameters from what the customer wrote. */
export interface Analysis {
  readonly workflow: Workflow;
  /** Pure. Throws `InvalidInput` whose words are sent to the customer: what was wrong with the command, and how to write it. */
  readonly params: (input: AnalyseInput) => Json;
}

/** Ties the type of the parameters to that of the workflow. */
export function analysis<P extends Json>(workflow: Workflow<P>, params: (input: AnalyseInput) => P): Analysis {
  return { workflow, params };
}

export interface AssistantDefinition {
  /** Lower case letters, digits and `-`, at most 64: it stands in STATECHAT_ASSISTANTS and in stored sessions. */
  readonly name: string;
  /** What the model obeys in conversation. Nothing that a customer wrote. */
  readonly prompt: string;
  /** Over the program's own settings. `analyses` and `analysisCommands` follow from `analyses` below. */
  readonly policy?: Omit<PolicySettings, 'analyses' | 'analysisCommands'>;
  /** Of answers. Default: ANTHROPIC_MODEL, else the provider's own. */
  readonly model?: string;
  /** Tokens of each request for an answer, thinking included. Default 4,096. */
  readonly maxTokens?: number;
  /** What an answer may call. */
  readonly tools?: readonly Tool[];
  /** By command, without its slash. The first is what a bare subject asks for (`policy.subjectPattern`). */
  readonly analyses?: Readonly<Record<string, Analysis>>;
  /** Workflows beside those of `analyses`, for whoever asks the agent service for them. */
  readonly workflows?: readonly Workflow[];
  /** By tool: who may allow its calls. A tool that is not named needs nobody. */
  readonly approvals?: Readonly<Record<string, readonly Approver[]>>;
  /** Around every run of this assistant, after the program's own. */
  readonly hooks?: readonly Hook[];
}

/** A definition that was checked. */
export interface Assistant extends AssistantDefinition {
  /** All that it can be asked for. */
  readonly workflows: readonly Workflow[];
  readonly policy: PolicySettings;
}

const approver = z.union([z.strictObject({ role: z.enum(ROLES) }), z.strictObject({ agent: z.string().min(1) })]);

const checked = z.object({
  name: z.string().regex(/^[a-z][a-z0-9-]{0,63}$/, 'lower case letters, digits and -, at most 64, beginning with a letter'),
  prompt: z.string().regex(/\S/, 'an assistant needs a prompt'),
  policy: policySettings.optional(),
  maxTokens: z.number().int().positive().optional(),
  analyses: z.record(z.string().regex(/^[a-z0-9_]{1,32}$/, 'a command has lower case letters, digits and _'), z.unknown()).optional(),
  approvals: z.record(z.string(), z.array(approver).min(1)).optional(),
});

/** Throws `InvalidInput` that names every fault. */
export function defineAssistant(definition: AssistantDefinition): Assistant {
  const parsed = checked.safeParse(definition);
  const { name, analyses = {}, tools = [], approvals = {} } = definition;
  const workflows = [...new Set([...Object.values(analyses).map(({ workflow }) => workflow), ...(definition.workflows ?? [])])];
  const known = new Set([...tools, ...workflows.flatMap((workflow) => workflow.tools)].map(({ spec }) => spec.name));
  const unknown = Object.keys(approvals).filter((tool) => !known.has(tool));
  const faults = [
    ...(parsed.success ? [] : [z.prettifyError(parsed.error)]),
    ...unknown.map((tool) => `approvals: it has no tool "${tool}". It has: ${[...known].join(', ') || 'none'}.`),
  ];
  if (faults.length > 0) throw new InvalidInput(`The assistant "${name}" is not right. ${faults.join('\n')}`);
  const analysisCommands = Object.keys(analyses);
  return {
    ...definition,
    workflows,
    policy: { ...definition.policy, ...(analysisCommands.length === 0 ? {} : { analyses: true, analysisCommands }) },
  };
}
