/**
 * Port for traces. A span is one piece of work with its beginning and end. A `traceparent` after
 * W3C Trace Context names a span, also in the store and on another instance. Parts take this port,
 * and the program fills it (src/telemetry/open-tracing.ts).
 *
 * Attributes are few, and never hold ids of customers, addresses or texts.
 */
export interface SpanOptions {
  /** The span that this one is part of. Default is the one that the caller runs in. */
  readonly parent?: string | undefined;
  readonly kind?: 'internal' | 'client' | 'consumer';
  readonly attributes?: Readonly<Record<string, string | number | boolean>>;
}

export interface Span {
  /** Undefined if nothing is traced. */
  readonly traceparent: string | undefined;
  set(attributes: NonNullable<SpanOptions['attributes']>): void;
  /** Call it once. With an error the span is one of a failure. */
  end(error?: unknown): void;
}

export interface Tracing {
  /** False if nothing is traced, so that callers can spare what it would cost. */
  readonly enabled: boolean;
  /** Of the span that the caller runs in. */
  current(): string | undefined;
  start(name: string, options?: SpanOptions): Span;
  /** Runs `work` in the span. It does not end it. */
  within<T>(span: Span, work: () => T): T;
}

export const NO_SPAN: Span = { traceparent: undefined, set: () => {}, end: () => {} };

export const noTracing: Tracing = {
  enabled: false,
  current: () => undefined,
  start: () => NO_SPAN,
  within: (_span, work) => work(),
};

/** Runs `work` in a span of its own, which ends with it. */
export async function traced<T>(tracing: Tracing, name: string, options: SpanOptions, work: (span: Span) => T | Promise<T>): Promise<T> {
  if (!tracing.enabled) return work(NO_SPAN);
  const span = tracing.start(name, options);
  try {
    const result = await tracing.within(span, () => work(span));
    span.end();
    return result;
  } catch (error) {
    span.end(error);
    throw error;
  }
}
