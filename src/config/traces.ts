/** Settings of traces. */
import { httpUrl, quantity } from '#machines/setting.ts';
import { name } from './setting.ts';

export const TRACE_NAMES = {
  OTEL_EXPORTER_OTLP_ENDPOINT: name({
    group: 'Traces',
    schema: httpUrl('http://127.0.0.1:4318'),
    about:
      'Base URL of an OpenTelemetry collector that takes OTLP over HTTP. Traces are sent to `/v1/traces` below it. If it is unset, nothing is traced (docs/reference/observability.md).',
  }),
  STATECHAT_TRACES_RATIO: name({
    group: 'Traces',
    schema: quantity('', 0, 1),
    fallback: '1',
    about: 'Share of the traces that are sent, from 0 to 1. A trace is sent whole or not at all, on every instance.',
  }),
};
