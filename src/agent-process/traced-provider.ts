/** A provider whose calls are spans, named after OpenTelemetry's conventions for models. */
import type { Provider } from '#agent-service/provider.ts';
import type { Tracing } from '#machines/tracing.ts';

export function tracedProvider(provider: Provider, tracing: Tracing): Provider {
  if (!tracing.enabled) return provider;
  // The prototype, because a provider may be an instance of a class.
  return Object.assign(Object.create(provider) as Provider, {
    async *stream(...[request, signal]: Parameters<Provider['stream']>): ReturnType<Provider['stream']> {
      const span = tracing.start('provider', {
        kind: 'client',
        attributes: { 'gen_ai.operation.name': 'chat', 'gen_ai.request.model': request.model },
      });
      let failed: unknown;
      try {
        for await (const event of provider.stream(request, signal)) {
          if (event.type === 'usage') {
            const { inputTokens, outputTokens } = event.usage;
            span.set({ 'gen_ai.usage.input_tokens': inputTokens, 'gen_ai.usage.output_tokens': outputTokens });
          }
          yield event;
        }
      } catch (error) {
        failed = error;
        throw error;
      } finally {
        // Also when the reader stops before the end.
        span.end(failed);
      }
    },
  });
}
