/**
 * Makes the agent service of this program, from its assistants' workflows and tools and the model
 * that the configuration names. Around each run stand the budgets that pay for it, and the
 * approvals of what it calls. It runs in the app's own process or in that of `statechat agent`.
 */

import { systemClock } from '#actors/contract/system-clock.ts';
import { createAnthropicProvider } from '#agent-service/anthropic/adapter.ts';
import { createApprovalGate } from '#agent-service/approvals/gate.ts';
import { approvalHook } from '#agent-service/approvals/hook.ts';
import { handoverBrief } from '#agent-service/assist/handover-brief.ts';
import { replyDraft } from '#agent-service/assist/reply-draft.ts';
import { type BudgetGate, budgetGates } from '#agent-service/budget/gate.ts';
import { priceOf } from '#agent-service/budget/prices.ts';
import { conversation, extractWorkflow } from '#agent-service/generic-workflows.ts';
import type { RunScope } from '#agent-service/hooks.ts';
import type { KeepingOptions } from '#agent-service/known-runs.ts';
import type { RunParts } from '#agent-service/loop.ts';
import { summarize } from '#agent-service/memory/summarize.ts';
import { createOfflineProvider } from '#agent-service/offline/adapter.ts';
import { conversationPlan } from '#agent-service/offline/plan.ts';
import type { Provider } from '#agent-service/provider.ts';
import { redactSecrets } from '#agent-service/redact.ts';
import { RemoteAgentService } from '#agent-service/remote/service.ts';
import { InProcessAgentService } from '#agent-service/service.ts';
import { Workflows } from '#agent-service/workflows.ts';
import type { Assistant } from '#assistants/define-assistant.ts';
import { runSession } from '#assistants/run-session.ts';
import { InvalidInput } from '#machines/errors.ts';
import { formatAddress, parseSessionId } from '#machines/ids.ts';
import { noTracing, type Tracing } from '#machines/tracing.ts';
import type { Approvals } from '#storage/approvals.ts';
import type { Ledger } from '#storage/ledger.ts';
import type { ApiToken } from '../config/api-token.ts';
import { type Config, ConfigError } from '../config/config.ts';
import type { Log } from '../telemetry/log.ts';
import type { Metrics } from '../telemetry/metrics.ts';
import { tracedProvider } from './traced-provider.ts';

export interface AgentServiceParts {
  readonly config: Pick<Config, 'model' | 'budget'>;
  readonly assistants: readonly Assistant[];
  readonly ledger: Ledger;
  readonly approvals: Approvals;
  /** The store's clock, in milliseconds since the epoch. */
  readonly now: () => number;
  readonly log: Log;
  readonly metrics: Pick<Metrics, 'cost'>;
  /** Default is none. */
  readonly tracing?: Tracing;
  /** How long runs and their events are kept, over the service's defaults. */
  readonly keeping?: KeepingOptions;
  /** In place of those of the assistants and their approvals. */
  readonly hooks?: NonNullable<RunParts['hooks']>;
  /** In place of the model that the configuration names. No budget pays for it. */
  readonly provider?: Provider | ((plans: Workflows['offlinePlans']) => Provider) | undefined;
}

/** The program has one tenant. */
const TENANT = 'default';

export interface OpenAgentServiceParts extends AgentServiceParts {
  readonly config: Pick<Config, 'model' | 'budget' | 'agent'>;
  readonly apiToken: ApiToken;
  /** Called when something of a run fails that no caller waits for. */
  readonly onRunError: (where: string, error: unknown) => void;
}

/** The agent service of the app. It is the process at `AGENT_URL`, else one in this process. */
export function openAgentService(parts: OpenAgentServiceParts): InProcessAgentService | RemoteAgentService {
  const { config, apiToken, tracing, onRunError } = parts;
  const { url } = config.agent;
  if (url === undefined) return createAgentService(parts);
  return new RemoteAgentService({ url, token: apiToken.secret.reveal(), ...(tracing && { tracing }), onError: onRunError });
}

/**
 * Throws `ConfigError` where the model has no price, because every call to it would be refused, and
 * where a tool has a price that does not exist here.
 */
export function createAgentService(parts: AgentServiceParts): InProcessAgentService {
  const { config, assistants, now, log } = parts;
  const workflows = workflowsOf(assistants);
  const plans = offlinePlans(workflows, assistants);
  const given = typeof parts.provider === 'function' ? parts.provider(plans) : parts.provider;
  const provider = tracedProvider(given ?? createProvider(config, plans), parts.tracing ?? noTracing);
  const gateOf = given ? () => undefined : payers(parts, provider.defaultModel);
  const { hooks } = parts;
  const hooksOf = hooks === undefined ? guards(parts) : () => hooks;
  return new InProcessAgentService({
    ...parts.keeping,
    provider,
    workflows,
    now,
    onError: (where, error) => log.warn({ where, error }, 'a run met an error'),
    partsOf: (run) => {
      const gate = gateOf(run);
      const local = runSession.safeParse(run.session).data?.local === true;
      return { hooks: hooksOf(run), local, ...(gate ? { gate, toolGate: gate } : {}) };
    },
  });
}

/** Workflows of every assistant, and those that all share. */
function workflowsOf(assistants: readonly Assistant[]): Workflows {
  const tools = [...new Set(assistants.flatMap((assistant) => assistant.tools ?? []))];
  return new Workflows([
    conversation(tools),
    summarize,
    extractWorkflow,
    replyDraft,
    handoverBrief,
    ...new Set(assistants.flatMap((assistant) => assistant.workflows)),
  ]);
}

/** Plans of workflows, and of the conversations of assistants that have one. */
function offlinePlans(workflows: Workflows, assistants: readonly Assistant[]): Workflows['offlinePlans'] {
  const ofConversations = assistants.flatMap(({ name, offline }) =>
    offline === undefined ? [] : [[conversationPlan(name), offline] as const],
  );
  return new Map([...workflows.offlinePlans, ...ofConversations]);
}

function createProvider({ model: { apiKey, baseUrl, model } }: Pick<Config, 'model'>, plans: Workflows['offlinePlans']): Provider {
  if (!apiKey) return createOfflineProvider({ plans });
  return createAnthropicProvider({ apiKey: apiKey.reveal(), baseUrl, ...(model === undefined ? {} : { model }) });
}

/** Which budgets pay for a run. A run without a session pays as a session of its own. */
function payers({ assistants, ledger, config: { budget }, now, log, metrics }: AgentServiceParts, model: string) {
  checkPrice(model, budget);
  checkToolPrices(assistants, budget);
  const gateFor = budgetGates({
    ledger,
    settings: budget,
    prices: budget.prices,
    toolPrices: budget.toolPrices,
    clock: { now, after: systemClock.after },
    handOver: budget.handOver,
    onError: (where, error) => log.error({ where, error }, 'the cost of a call could not be charged'),
  });
  return ({ sessionId, session }: RunScope): BudgetGate | undefined => {
    const { address, locale } = runSession.safeParse(session).data ?? {
      address: formatAddress({ channel: 'api', account: 'default', peer: sessionId }),
      locale: 'en',
    };
    return gateFor({
      tenant: TENANT,
      sessionId: parseSessionId(sessionId),
      address,
      locale,
      onRefused: ({ scope, reason }) => log.warn({ sessionId, scope, reason }, 'a call was not made'),
      onCharged: (microDollars) => metrics.cost(microDollars),
    });
  };
}

/**
 * The hooks and approvals around a run. The hooks are those of its assistant, and some of its calls
 * need an approval. A tool of another assistant is guarded as that assistant guards it. Throws for
 * an assistant that is not known here, because nothing would guard its runs.
 */
function guards({ assistants, approvals, now, log }: AgentServiceParts) {
  const gate = createApprovalGate({ approvals, clock: { now, after: systemClock.after } });
  const onRequested = ({ id, sessionId, tool }: { id: string; sessionId: string; tool: string }): void =>
    log.info({ approval: id, sessionId, tool }, 'a call waits for a human to allow it');
  return ({ session }: RunScope): NonNullable<RunParts['hooks']> => {
    const name = runSession.safeParse(session).data?.assistant;
    const assistant = assistants.find((one) => one.name === name);
    if (name !== undefined && assistant === undefined) {
      throw new InvalidInput(`There is no assistant "${name}" here. An agent process needs the folder of assistants that its app has.`);
    }
    const own = assistant === undefined ? [] : toolsOf(assistant);
    const others = assistants.flatMap((one) => Object.entries(one.approvals ?? {})).filter(([tool]) => !own.includes(tool));
    const guarded = { ...Object.fromEntries(others), ...assistant?.approvals };
    return [...(assistant?.hooks ?? []), approvalHook({ gate, guarded, show: redactSecrets, onRequested })];
  };
}

function toolsOf({ tools = [], workflows }: Assistant): readonly string[] {
  return [...tools, ...workflows.flatMap((workflow) => workflow.tools)].map(({ spec }) => spec.name);
}

function checkPrice(model: string, { prices }: Config['budget']): void {
  try {
    priceOf(model, prices);
  } catch (error) {
    throw new ConfigError([{ name: 'STATECHAT_MODEL_PRICES', fault: error instanceof Error ? error.message : String(error) }]);
  }
}

/** A misspelt tool would be called for nothing. */
function checkToolPrices(assistants: readonly Assistant[], { toolPrices }: Config['budget']): void {
  const known = new Set(assistants.flatMap(toolsOf));
  const unknown = Object.keys(toolPrices).filter((tool) => !known.has(tool));
  if (unknown.length === 0) return;
  const fault = `there is no tool ${unknown.map((tool) => `"${tool}"`).join(', ')}. There are: ${[...known].sort().join(', ') || 'none'}.`;
  throw new ConfigError([{ name: 'STATECHAT_TOOL_PRICES', fault }]);
}
