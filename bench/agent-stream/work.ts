/**
 * What is streamed. Each chunk has a few letters and the time at which it was written. Chunks come
 * in a burst or at a pace.
 */
import { setTimeout as delay } from 'node:timers/promises';
import * as z from 'zod';
import { defineWorkflow, Workflows } from '#agent-service/workflows.ts';
import type { RecordedRequest } from '#test/fakes/messages-api.ts';
import type { MessageWriter } from '#test/fakes/messages-api-wire.ts';

export const KEY = 'bench-key';

/** If `paceMs` is 0, chunks come as fast as the connection takes them. */
export const work = z.object({ chunks: z.number().int().positive(), paceMs: z.number().int().min(0) });
export type Work = z.output<typeof work>;

export const workflows = new Workflows([
  defineWorkflow({
    name: 'bench',
    params: work,
    prompt: (params) => ({ system: [], messages: [{ role: 'user', text: JSON.stringify(params) }] }),
  }),
]);

/** Milliseconds, the same in all processes of the machine. */
export function now(): number {
  return performance.timeOrigin + performance.now();
}

export async function writeAnswer(writer: MessageWriter, request: RecordedRequest | undefined): Promise<void> {
  const content = request?.body.messages[0]?.content ?? '';
  const text = typeof content === 'string' ? content : content.flatMap((block) => (block.type === 'text' ? [block.text] : [])).join('');
  const { chunks, paceMs } = work.parse(JSON.parse(text));
  writer.start();
  for (let chunk = 0; chunk < chunks; chunk++) {
    writer.text(`${now().toFixed(3)} `);
    if (paceMs > 0) await delay(paceMs);
  }
  writer.end();
}
