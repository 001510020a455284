/** Requests to an `AgentService` in tests, and readers of its events. */
import * as z from 'zod';
import type { Gap, NumberedEvent } from '#agent-service/event-ring.ts';
import type { AgentService, StreamOf, StreamOptions } from '#agent-service/service.ts';
import { defineTool } from '#agent-service/tools.ts';
import { defineWorkflow } from '#agent-service/workflows.ts';

export const ask = defineWorkflow({
  name: 'ask',
  params: z.object({ question: z.string() }),
  prompt: ({ question }) => ({ system: [], messages: [{ role: 'user', text: question }] }),
});

export const PDF = Buffer.alloc(700_000, '%PDF € ');
export const PLACE = { kind: 'location' as const, latitude: 30.03, longitude: 31.47, name: 'القاهرة الجديدة' };
export const report = defineWorkflow({
  name: 'report',
  params: z.object({}),
  output: z.object({ rating: z.enum(['buy', 'hold']) }),
  maxTurns: 4,
  tools: [
    defineTool({
      name: 'draw',
      description: 'Draws.',
      input: z.object({ symbol: z.string() }),
      run: async ({ symbol }, context) => {
        context.report({ name: `${symbol}.pdf`, mimeType: 'application/pdf', bytes: PDF });
        context.show({ text: 'Мы здесь\nنحن هنا', card: PLACE });
        context.react('❤️');
        return { drawn: symbol, session: context.session };
      },
    }),
  ],
  prompt: () => ({
    system: [],
    messages: [{ role: 'user', text: 'Draw.' }],
    compacted: { messages: 30, tokensBefore: 9_000, tokensAfter: 900 },
  }),
});

export const request = { sessionId: 's-1', workflowType: 'ask', params: { question: 'Why?' } };
export type Item = NumberedEvent | Gap;
export const types = (items: readonly Item[]) => items.map((item) => ('gap' in item ? 'gap' : item.event.type));

export async function read(from: AgentService, of: StreamOf, options: StreamOptions & { readonly count?: number } = {}): Promise<Item[]> {
  const { count = Number.POSITIVE_INFINITY, ...rest } = options;
  const items: Item[] = [];
  for await (const item of from.stream(of, rest)) {
    items.push(item);
    if (items.length >= count) break;
  }
  return items;
}
