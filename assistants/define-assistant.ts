/**
 * Assistant as data (A10). The definition has its prompt, the policy of its sessions, its tools and
 * its analyses. bind-assistant.ts turns it into what the program can run.
 */
import * as z from 'zod';
import type { Extraction } from '#agent-service/extraction/define-extraction.ts';
import type { Hook } from '#agent-service/hooks.ts';
import type { OfflinePlan } from '#agent-service/offline/plan.ts';
import type { Tool } from '#agent-service/tools.ts';
import type { Workflow } from '#agent-service/workflows.ts';
import type { Json, MachineDefinition } from '#machines/definition.ts';
import { InvalidInput } from '#machines/errors.ts';
import { SESSION_COMMANDS } from '#machines/session/commands.ts';
import type { Message } from '#machines/session/context.ts';
import type { SessionRuns } from '#machines/session/definition.ts';
import { type PolicySettings, policySettings } from '#machines/session/policy.ts';
import type { AnalyseInput } from '#machines/session/runs.ts';
import { type Approver, ROLES } from '#storage/approvals.ts';
import { type FaceSettings, faceSettings } from './face.ts';

/** Workflow of a command, and its parameters from what the customer wrote. */
export interface Analysis {
  readonly workflow: Workflow;
  /**
   * Pure. Throws `InvalidInput` with a message for the customer that says what was wrong with the
   * command and how to write it.
   */
  readonly params: (input: AnalyseInput) => Json;
  /**
   * Questions that the customer may ask about the finished analysis, in the customer's language, at
   * most five. Channels show them as buttons. Pure.
   */
  readonly next?: (input: AnalyseInput) => readonly string[];
}

/** What a rule for escalation may look at. */
export interface EscalationView {
  /** The last ones, oldest first. */
  readonly messages: readonly Message[];
  /** How many of the customer's messages at the end wait for an answer. */
  readonly pending: number;
  /** With the facts in the messages that wait, as far as rules found them. */
  readonly entities: Readonly<Record<string, Json>>;
  readonly preferences: Readonly<Record<string, Json>>;
  /** BCP 47. */
  readonly locale: string;
}

export interface Escalation {
  /** For the agents, at most 500 characters. Say what the customer wants too. */
  readonly reason: string;
  /** The queue of the agents. Default is the one for all. */
  readonly queue?: string;
  /** What the customer reads before the notice that a colleague will come. Default is nothing. */
  readonly text?: string;
}

/** Ties the type of the parameters to that of the workflow. */
export function analysis<P extends Json>(
  workflow: Workflow<P>,
  params: (input: AnalyseInput) => P,
  next?: NonNullable<Analysis['next']>,
): Analysis {
  return { workflow, params, ...(next === undefined ? {} : { next }) };
}

export interface AssistantDefinition {
  /**
   * Lower case letters, digits and `-`, at most 64. STATECHAT_ASSISTANTS and stored sessions use
   * it.
   */
  readonly name: string;
  /** What visitors of the web pages see of it. Without it they see its name. */
  readonly face?: FaceSettings;
  /** What the model obeys in conversation. Nothing that a customer wrote. */
  readonly prompt: string;
  /**
   * Overrides the program's own settings. `analyses` and `analysisCommands` follow from `analyses`
   * below.
   */
  readonly policy?: Omit<PolicySettings, 'analyses' | 'analysisCommands'>;
  /** Of answers. Default: ANTHROPIC_MODEL, else the provider's own. */
  readonly model?: string;
  /** Tokens of each request for an answer, thinking included. Default 4,096. */
  readonly maxTokens?: number;
  /** What an answer may call. */
  readonly tools?: readonly Tool[];
  /**
   * Facts that are read in the customer's messages before each answer. `defineExtraction` makes it.
   */
  readonly extraction?: Extraction;
  /**
   * Pure. Whether a human has to take over before the next answer. The assistant does not answer
   * then, and works without a model. A request for a person is recognised anyway.
   */
  readonly escalate?: (conversation: EscalationView) => Escalation | undefined;
  /**
   * Plan of the offline model for conversations. Its texts are complete answers. Undefined in
   * place of a step means that the offline model chats as it does without a plan.
   */
  readonly offline?: OfflinePlan;
  /**
   * By command, without its slash. A bare subject (`policy.subjectPattern`) requests the first one.
   */
  readonly analyses?: Readonly<Record<string, Analysis>>;
  /** Workflows beside those of `analyses`, for direct callers of the agent service. */
  readonly workflows?: readonly Workflow[];
  /** Approvers by tool name. A tool without an entry needs no approval. */
  readonly approvals?: Readonly<Record<string, readonly Approver[]>>;
  /** Around every run of this assistant, before the approval gate. */
  readonly hooks?: readonly Hook[];
  /**
   * Every version of the assistant's own machine, instead of the built-in session machine (S1). New
   * sessions begin with the highest version of the last one's machine and get the `Opening` as
   * input. `runs` has the logic that the machine can invoke. Pure.
   */
  readonly machine?: (runs: Required<SessionRuns>) => readonly MachineDefinition[];
}

/** A definition that was checked. */
export interface Assistant extends AssistantDefinition {
  /** All the workflows that it offers. */
  readonly workflows: readonly Workflow[];
  readonly policy: PolicySettings;
}

/** Marks what was checked, and is not copied with it. One for all copies of this module. */
const CHECKED = Symbol.for('statechat.assistant');

/** Whether `defineAssistant` made it. */
export function isAssistant(value: unknown): value is Assistant {
  return typeof value === 'object' && value !== null && Reflect.get(value, CHECKED) === true;
}

const COMMAND = /^[a-z0-9_]{1,32}$/;
const OWN_COMMANDS: ReadonlySet<string> = new Set(SESSION_COMMANDS);
/** Of the program, for all assistants. */
const OWN_WORKFLOWS: ReadonlySet<string> = new Set(['conversation', 'summarize', 'extract', 'reply_draft', 'handover_brief']);

const callable = z.custom((value) => typeof value === 'function', 'expected a function');
/**
 * Assistant files need not be TypeScript. The types are validated again, with messages for the
 * file's author.
 */
const like = (shape: z.ZodType, message: string) => z.custom((value) => shape.safeParse(value).success, message);
const tool = like(z.looseObject({ spec: z.looseObject({ name: z.string() }), prepare: callable }), 'expected what defineTool gave');
const workflow = like(z.looseObject({ name: z.string(), plan: callable, tools: z.array(tool) }), 'expected what defineWorkflow gave');
const approver = z.union(
  [z.strictObject({ role: z.enum(ROLES) }), z.strictObject({ agent: z.string().min(1) })],
  `expected { role: ${ROLES.map((role) => `'${role}'`).join(' | ')} } or { agent: 'an id' }`,
);

const checked = z.strictObject({
  name: z.string().regex(/^[a-z][a-z0-9-]{0,63}$/, 'lower case letters, digits and -, at most 64, beginning with a letter'),
  face: faceSettings.optional(),
  prompt: z.string().regex(/\S/, 'an assistant needs a prompt'),
  policy: policySettings.optional(),
  model: z.string().min(1).optional(),
  maxTokens: z.number().int().positive().optional(),
  tools: z.array(tool).optional(),
  analyses: z
    .record(
      z.string(),
      z.strictObject({ workflow, params: callable, next: callable.optional() }, 'expected what analysis(workflow, params) gave'),
    )
    .optional(),
  workflows: z.array(workflow).optional(),
  approvals: z.record(z.string(), z.array(approver).min(1, 'somebody has to be able to allow it')).optional(),
  hooks: z.array(z.looseObject({ name: z.string().min(1) })).optional(),
  extraction: like(z.looseObject({ workflow, checked: callable }), 'expected what defineExtraction gave').optional(),
  escalate: callable.optional(),
  offline: callable.optional(),
  machine: callable.optional(),
});

/** Throws `InvalidInput` that names every fault. */
export function defineAssistant(definition: AssistantDefinition): Assistant {
  const parsed = checked.safeParse(definition);
  const faults = parsed.success ? [] : [z.prettifyError(parsed.error)];
  const wrong = new Set(parsed.error?.issues.map(({ path }) => path[0]));
  // What does not even have the shape is skipped, so that the rest is checked too.
  const { analyses = {}, tools = [], approvals = {}, workflows: others = [], extraction } = without(definition, wrong);
  const reading = extraction === undefined ? [] : [extraction.workflow];
  const workflows = [...new Set([...Object.values(analyses).map(({ workflow }) => workflow), ...others, ...reading])];
  const known = new Set([...tools, ...workflows.flatMap((workflow) => workflow.tools)].map(({ spec }) => spec.name));
  const named = workflows.map(({ name }) => name);
  const analysisCommands = Object.keys(analyses);
  faults.push(
    ...twice(tools.map(({ spec }) => spec.name)).map((name) => `tools: two are named "${name}".`),
    ...twice(named).map((name) => `workflows: two are named "${name}".`),
    ...named.filter((name) => OWN_WORKFLOWS.has(name)).map((name) => `workflows: "${name}" is the program's own: take another name.`),
    ...analysisCommands
      .filter((name) => !COMMAND.test(name))
      .map((name) => `analyses: "${name}" is no command: lower case letters, digits and _.`),
    ...analysisCommands
      .filter((name) => OWN_COMMANDS.has(name))
      .map((name) => `analyses: /${name} is what every session answers to itself.`),
    ...Object.keys(approvals)
      .filter((name) => !known.has(name))
      .map((name) => `approvals: it has no tool "${name}". It has: ${[...known].join(', ') || 'none'}.`),
  );
  if (faults.length > 0) throw new InvalidInput(`The assistant "${definition.name}" is not right. ${faults.join('\n')}`);
  const assistant: Assistant = {
    ...definition,
    workflows,
    policy: { ...definition.policy, ...(analysisCommands.length === 0 ? {} : { analyses: true, analysisCommands }) },
  };
  Object.defineProperty(assistant, CHECKED, { value: true });
  return assistant;
}

function without(definition: AssistantDefinition, wrong: ReadonlySet<PropertyKey | undefined>): Partial<AssistantDefinition> {
  return Object.fromEntries(Object.entries(definition).filter(([key]) => !wrong.has(key)));
}

function twice(names: readonly string[]): readonly string[] {
  return [...new Set(names.filter((name, index) => names.indexOf(name) !== index))];
}
