/**
 * Traces by OpenTelemetry, sent by OTLP over HTTP. Its packages are optional and loaded only if an
 * endpoint is configured, so a program without traces pays nothing for them.
 * Nothing is registered in OpenTelemetry's global API, so several apps in one process do not mix
 * their traces.
 */
import type { Attributes } from '@opentelemetry/api';
import { StatechatError } from '#machines/errors.ts';
import { noTracing, type Span, type Tracing } from '#machines/tracing.ts';
import { runningSpan, spanIn } from './running-span.ts';

export interface TracingOptions {
  /** Base URL of the collector. Undefined if nothing is traced. */
  readonly endpoint: string | undefined;
  /** Share of the traces that are sent, from 0 to 1. */
  readonly ratio: number;
  /** Which program sends them. */
  readonly service: 'statechat' | 'statechat-agent';
  readonly version: string;
  /** Names this instance. */
  readonly instance: string;
  readonly onError: (error: unknown) => void;
}

export interface OpenTracing {
  readonly tracing: Tracing;
  /** Sends what is left. */
  close(): Promise<void>;
}

/** How long a stop waits for the collector, in milliseconds. */
const CLOSE_MS = 3_000;

export async function openTracing({ endpoint, ratio, service, version, instance, onError }: TracingOptions): Promise<OpenTracing> {
  if (endpoint === undefined) return { tracing: noTracing, close: async () => {} };
  const [{ ROOT_CONTEXT, SpanKind, SpanStatusCode, trace }, sdk, { OTLPTraceExporter }, { resourceFromAttributes }] = await load();
  const exporter = new OTLPTraceExporter({ url: `${endpoint.replace(/\/+$/, '')}/v1/traces` });
  const provider = new sdk.BasicTracerProvider({
    resource: resourceFromAttributes({ 'service.name': service, 'service.version': version, 'service.instance.id': instance }),
    sampler: new sdk.ParentBasedSampler({ root: new sdk.TraceIdRatioBasedSampler(ratio) }),
    spanProcessors: [new sdk.BatchSpanProcessor(exporter)],
  });
  const tracer = provider.getTracer('statechat', version);
  const kinds = { internal: SpanKind.INTERNAL, client: SpanKind.CLIENT, consumer: SpanKind.CONSUMER } as const;

  const tracing: Tracing = {
    enabled: true,
    current: () => runningSpan.getStore(),
    start(name, { parent = runningSpan.getStore(), kind = 'internal', attributes = {} } = {}): Span {
      const above = parent === undefined ? undefined : spanIn(parent);
      const context = above === undefined ? ROOT_CONTEXT : trace.setSpanContext(ROOT_CONTEXT, { ...above, isRemote: true });
      const span = tracer.startSpan(name, { kind: kinds[kind], attributes: { ...attributes } }, context);
      const { traceId, spanId, traceFlags } = span.spanContext();
      return {
        traceparent: `00-${traceId}-${spanId}-${traceFlags.toString(16).padStart(2, '0')}`,
        set: (more: Attributes) => void span.setAttributes(more),
        end(error) {
          if (error !== undefined) {
            // A message may quote what a customer wrote, so only the kind of error is sent.
            const type = error instanceof StatechatError ? error.code : error instanceof Error ? error.name : 'unknown';
            span.setAttributes({ 'error.type': type });
            span.setStatus({ code: SpanStatusCode.ERROR });
          }
          span.end();
        },
      };
    },
    within: ({ traceparent }, work) => (traceparent === undefined ? work() : runningSpan.run(traceparent, work)),
  };

  return {
    tracing,
    async close() {
      const late = Promise.withResolvers<void>();
      const timer = setTimeout(late.resolve, CLOSE_MS);
      await Promise.race([provider.shutdown().catch(onError), late.promise]);
      clearTimeout(timer);
    },
  };
}

/** The packages. They are optional, so that a program without traces need not have them. */
async function load() {
  try {
    return await Promise.all([
      import('@opentelemetry/api'),
      import('@opentelemetry/sdk-trace-base'),
      import('@opentelemetry/exporter-trace-otlp-http'),
      import('@opentelemetry/resources'),
    ]);
  } catch (cause) {
    const message =
      'OTEL_EXPORTER_OTLP_ENDPOINT is set, and the packages of OpenTelemetry are not installed: install the program with its optional dependencies, or unset it';
    throw new StatechatError('invalid_config', message, { cause });
  }
}
