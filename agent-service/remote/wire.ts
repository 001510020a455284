/**
 * What goes between an agent process and those who use it, both ways: JSON bodies, and server-sent events of which the
 * field `id` is the event's, `event` is absent (a run's event), `gap`, or `end` (a run's stream is complete).
 */
import * as z from 'zod';
import type { Gap, NumberedEvent } from '#agent-service/event-ring.ts';
import { runEvent } from '#agent-service/events.ts';
import type { Started, StartRequest } from '#agent-service/service.ts';
import type { Json } from '#machines/definition.ts';

// What comes out of a JSON parser is JSON; to walk it once more would only let its depth break the stack.
const json = z.custom<Json>((value) => value !== undefined, 'expected JSON');
const id = z.string().min(1).max(200);

/** The body of `POST /api/workflow`. */
export const startRequest: z.ZodType<StartRequest> = z.strictObject({
  sessionId: id,
  workflowType: z.string().min(1).max(100),
  params: json,
  runId: id.exactOptional(),
  session: json.exactOptional(),
});

/** What it is answered with. */
export const started: z.ZodType<Started> = z.object({ sessionId: z.string(), runId: z.string(), after: z.number().int() });

/** One item of a stream as one frame. JSON has no line breaks of its own, so its data are one line. */
export function frame(item: NumberedEvent | Gap): string {
  if ('gap' in item) return `id: ${item.id}\nevent: gap\ndata: {}\n\n`;
  return `id: ${item.id}\ndata: ${JSON.stringify({ runId: item.runId, event: item.event })}\n\n`;
}

/** After a run's last event: the stream is over, not broken. */
export const END = 'event: end\ndata: {}\n\n';

const eventId = z
  .string()
  .regex(/^\d{1,16}$/)
  .transform(Number)
  .refine(Number.isSafeInteger);
const said = z.object({ runId: z.string(), event: runEvent });

/** Undefined: a message of a kind that a later version may have. Throws where it is none of ours. */
export function readItem(message: {
  readonly id?: string | undefined;
  readonly event?: string | undefined;
  readonly data: string;
}): NumberedEvent | Gap | 'end' | undefined {
  if (message.event === 'end') return 'end';
  if (message.event === 'gap') return { id: eventId.parse(message.id), gap: true };
  if (message.event !== undefined) return undefined;
  return { id: eventId.parse(message.id), ...said.parse(JSON.parse(message.data)) };
}
