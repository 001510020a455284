/** A run with the real SDK against the Messages API's wire format, and its events. */
import { expect } from 'vitest';
import * as z from 'zod';
import { createAnthropicProvider } from '#agent-service/anthropic/adapter.ts';
import { type RunEvent, runEvent } from '#agent-service/events.ts';
import { type RunParts, type RunResult, type RunSpec, run } from '#agent-service/loop.ts';
import { defineTool, type Tool } from '#agent-service/tools.ts';
import type { Json } from '#machines/definition.ts';
import type { FakeMessagesApi, Reply } from '#test/fakes/messages-api.ts';

const spec: RunSpec = {
  sessionId: 's-1',
  runId: 'r-1',
  workflow: 'test',
  session: { customer: 'Sara' },
  system: [{ text: 'You are kind.', cached: true }],
  messages: [{ role: 'user', text: 'What is AAPL worth?' }],
  maxTokens: 1_000,
  maxTurns: 4,
};

export interface Started {
  readonly result: Promise<RunResult>;
  readonly events: RunEvent[];
  readonly abort: () => void;
  readonly errors: string[];
}

export function start(api: FakeMessagesApi, changes: Partial<RunSpec> = {}, parts: Partial<RunParts> = {}): Started {
  const provider = createAnthropicProvider({ apiKey: 'test-key', baseUrl: api.url, maxRetries: 0 });
  const controller = new AbortController();
  const events: RunEvent[] = [];
  const errors: string[] = [];
  const onError = (where: string): void => void errors.push(where);
  const result = run({ provider, onError, ...parts }, { ...spec, ...changes }, controller.signal, (event) => {
    // As a reader in another process would have it.
    expect(runEvent.parse(JSON.parse(JSON.stringify(event)))).toEqual(event);
    events.push(event);
  });
  return { result, events, abort: () => controller.abort(), errors };
}

export function of<T extends RunEvent['type']>(events: readonly RunEvent[], type: T): Extract<RunEvent, { type: T }>[] {
  return events.filter((event): event is Extract<RunEvent, { type: T }> => event.type === type);
}

/** The model calls these tools, each `[name, input]`. */
export function calls(...wanted: readonly (readonly [string, unknown])[]): Reply {
  return (writer) => {
    writer.start();
    for (const [index, [name, input]] of wanted.entries()) writer.toolUse(`tu_${index + 1}`, name, JSON.stringify(input));
    writer.end('tool_use');
  };
}

/** Looks up a company that the test defines. */
export function lookup(
  answer: (symbol: string, signal: AbortSignal) => Promise<unknown>,
  options: { timeoutMs?: number; maxResult?: number } = {},
): Tool {
  return defineTool({
    name: 'lookup',
    description: 'Looks a company up by its symbol.',
    input: z.object({ symbol: z.string().max(5) }),
    ...options,
    run: async ({ symbol }, { signal }) => z.custom<Json>().parse(await answer(symbol, signal)),
  });
}

/** What the model was given for its calls, in the request of `turn`. */
export function resultsIn(api: FakeMessagesApi, turn: number): { id: string; text: string; error: boolean }[] {
  const content = api.requests[turn - 1]?.body.messages.at(-1)?.content;
  if (content === undefined || typeof content === 'string') return [];
  return content.flatMap((block) =>
    block.type === 'tool_result' ? [{ id: block.tool_use_id, text: block.content, error: block.is_error }] : [],
  );
}
