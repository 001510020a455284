/** The analyst with its sample, run by the offline model or by the real SDK. */
import { createAnthropicProvider } from '#agent-service/anthropic/adapter.ts';
import type { RunEvent } from '#agent-service/events.ts';
import { conversation } from '#agent-service/generic-workflows.ts';
import { summarize } from '#agent-service/memory/summarize.ts';
import { createOfflineProvider } from '#agent-service/offline/adapter.ts';
import { InProcessAgentService } from '#agent-service/service.ts';
import { Workflows } from '#agent-service/workflows.ts';
import { stockAnalyst } from '#assistants/stock-analyst/assistant.ts';
import type { MarketData } from '#assistants/stock-analyst/market-data/port.ts';
import { sampleMarketData } from '#assistants/stock-analyst/market-data/sample/adapter.ts';
import type { Json } from '#machines/definition.ts';
import type { AnalyseInput } from '#machines/session/runs.ts';

const NOW = Date.parse('2026-11-21T09:00:00Z');

export const analyst = stockAnalyst({ marketData: sampleMarketData(), now: () => NOW });

export interface Ran {
  readonly events: readonly RunEvent[];
  /** Names, in order. */
  readonly tools: readonly string[];
  readonly text: string;
  readonly reports: readonly { readonly name: string; readonly bytes: Uint8Array; readonly caption: string | undefined }[];
}

/** Throws with the last event of a run that did not complete. */
export async function runWorkflow(
  workflowType: string,
  params: Json,
  { apiUrl, marketData = sampleMarketData(), session }: { apiUrl?: string; marketData?: MarketData; session?: Json } = {},
): Promise<Ran> {
  const { workflows: own } = stockAnalyst({ marketData, now: () => NOW });
  const workflows = new Workflows([...own, conversation(), summarize]);
  const provider =
    apiUrl === undefined
      ? createOfflineProvider({ delayMs: 0, plans: workflows.offlinePlans })
      : createAnthropicProvider({ apiKey: 'test-key', baseUrl: apiUrl });
  const service = new InProcessAgentService({ provider, workflows });
  try {
    const { runId } = await service.start({ sessionId: 's-1', workflowType, params, ...(session === undefined ? {} : { session }) });
    const events: RunEvent[] = [];
    for await (const item of service.stream({ runId })) if (!('gap' in item)) events.push(item.event);
    const end = events.at(-1);
    if (end?.type !== 'complete') throw new Error(`the run did not complete: ${JSON.stringify(end)}`);
    return {
      events,
      text: end.text,
      tools: events.flatMap((event) => (event.type === 'tool' ? [event.name] : [])),
      reports: events.flatMap((event) =>
        event.type === 'report'
          ? [{ name: event.name, bytes: new Uint8Array(Buffer.from(event.base64, 'base64')), caption: event.caption }]
          : [],
      ),
    };
  } finally {
    await service.close();
  }
}

/** As a session requests it. */
export function asked(
  command: string,
  args: string,
  locale = 'en',
): { readonly workflow: string; readonly params: Json; readonly next: readonly string[] } {
  const one = analyst.analyses?.[command];
  if (one === undefined) throw new Error(`there is no command ${command}`);
  const input: AnalyseInput = {
    command,
    args,
    locale,
    address: 'web:default:v_1',
    assistant: 'stock-analyst',
    customer: {},
    messages: [],
    intent: null,
    entities: {},
    preferences: {},
    run: 1,
  };
  return { workflow: one.workflow.name, params: one.params(input), next: one.next?.(input) ?? [] };
}
