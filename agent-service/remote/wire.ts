/**
 * Wire format between an agent process and its clients, in both directions. Bodies are JSON. In
 * server-sent events the field `id` is the event's id, and `event` is absent (a run's event),
 * `gap`, or `end` (a run's stream is complete).
 */
import * as z from 'zod';
import type { Gap, NumberedEvent } from '#agent-service/event-ring.ts';
import { runEvent } from '#agent-service/events.ts';
import type { Started, StartRequest } from '#agent-service/service.ts';
import type { Json } from '#machines/definition.ts';
import { earlierAnalysis } from '../memory/earlier-analyses.ts';

// The output of a JSON parser is JSON. Validating it again would only let its depth break the
// stack.
const json = z.custom<Json>((value) => value !== undefined, 'expected JSON');
const id = z.string().min(1).max(200);

/**
 * The body of `POST /api/workflow`. Keys of a later version are dropped, so that an app may be
 * upgraded before its agent process.
 */
export const startRequest: z.ZodType<StartRequest> = z.object({
  sessionId: id,
  workflowType: z.string().min(1).max(100),
  params: json,
  runId: id.exactOptional(),
  session: json.exactOptional(),
  earlier: z.array(earlierAnalysis).max(50).exactOptional(),
});

/** What it is answered with. */
export const started: z.ZodType<Started> = z.object({ sessionId: z.string(), runId: z.string(), after: z.number().int() });

/** One item of a stream as one frame. JSON has no line breaks, so its data is one line. */
export function frame(item: NumberedEvent | Gap): string {
  if ('gap' in item) return `id: ${item.id}\nevent: gap\ndata: {}\n\n`;
  return `id: ${item.id}\ndata: ${JSON.stringify({ runId: item.runId, event: item.event })}\n\n`;
}

/** Sent after a run's last event. The stream is over and not broken. */
export const END = 'event: end\ndata: {}\n\n';

const eventId = z
  .string()
  .regex(/^\d{1,16}$/)
  .transform(Number)
  .refine(Number.isSafeInteger);
const payload = z.object({ runId: z.string(), event: runEvent });

/** Undefined for a kind of a later version. Throws if the message is not ours. */
export function readItem(message: {
  readonly id?: string | undefined;
  readonly event?: string | undefined;
  readonly data: string;
}): NumberedEvent | Gap | 'end' | undefined {
  if (message.event === 'end') return 'end';
  if (message.event === 'gap') return { id: eventId.parse(message.id), gap: true };
  if (message.event !== undefined) return undefined;
  return { id: eventId.parse(message.id), ...payload.parse(JSON.parse(message.data)) };
}
