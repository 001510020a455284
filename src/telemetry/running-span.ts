/**
 * The span that code runs in, as its `traceparent`. It belongs to a flow of calls and not to the
 * process, so tracing writes it and the log reads it without knowing each other.
 */
import { AsyncLocalStorage } from 'node:async_hooks';

export const runningSpan = new AsyncLocalStorage<string>();

const TRACEPARENT = /^00-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})$/;

export interface NamedSpan {
  readonly traceId: string;
  readonly spanId: string;
  readonly traceFlags: number;
}

/** Undefined for a text that is no `traceparent` of this version. */
export function spanIn(traceparent: string): NamedSpan | undefined {
  const [, traceId, spanId, flags] = TRACEPARENT.exec(traceparent) ?? [];
  if (traceId === undefined || spanId === undefined || flags === undefined) return undefined;
  return { traceId, spanId, traceFlags: Number.parseInt(flags, 16) };
}

/** Fields of a line of the log, by which it is found from its trace. */
export function traceFields(): { readonly trace_id?: string; readonly span_id?: string } {
  const running = runningSpan.getStore();
  const span = running === undefined ? undefined : spanIn(running);
  return span === undefined ? {} : { trace_id: span.traceId, span_id: span.spanId };
}
