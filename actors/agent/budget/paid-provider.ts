/**
 * A provider for one run whose every request passes the budget gate: for whoever asks a provider directly.
 *
 * Invariants: no request without a permit; each permit is settled once, whatever becomes of the request; what the provider had not
 * counted when a request broke off is counted by estimate.
 */
import { StatechatError } from '#machines/errors.ts';
import { estimateTokens } from '#machines/tokens.ts';
import { estimateRequest } from '../estimate.ts';
import type { Provider, ProviderEvent, ProviderRequest, Usage } from '../provider.ts';
import type { BudgetGate } from './gate.ts';

const NO_USAGE: Usage = { inputTokens: 0, outputTokens: 0, cacheReadTokens: 0, cacheWriteTokens: 0, estimated: true };

/** Its streams reject with `budget_spent`, whose message is for the customer, where the gate says no. */
export function paidProvider(provider: Provider, gate: BudgetGate, runId: string): Provider {
  let turn = 0;

  async function* stream(request: ProviderRequest, signal: AbortSignal): AsyncGenerator<ProviderEvent> {
    turn += 1;
    const { model, maxTokens } = request;
    const inputTokens = estimateRequest(request);
    const verdict = await gate.beforeCall({ runId, turn, model, inputTokens, maxOutputTokens: maxTokens });
    if ('refusal' in verdict) throw new StatechatError(verdict.refusal.code, verdict.refusal.message);
    let begun = false;
    let ended = false;
    let counted: Usage | undefined;
    let written = '';
    try {
      for await (const event of provider.stream(request, signal)) {
        begun = true;
        if (event.type === 'usage') counted = event.usage;
        else if (event.type === 'stop') ended = true;
        else written += event.type === 'tool_use' ? JSON.stringify(event.input) : 'text' in event ? event.text : '';
        yield event;
      }
    } finally {
      await gate.afterCall(verdict.permit, { usage: begun ? spent(counted, ended, inputTokens, written) : NO_USAGE });
    }
  }

  return { name: provider.name, defaultModel: provider.defaultModel, stream };
}

/** Providers say at the end what they wrote: until then it is estimated. */
function spent(counted: Usage | undefined, ended: boolean, inputTokens: number, written: string): Usage {
  if (counted !== undefined && ended) return counted;
  const known = counted ?? { ...NO_USAGE, inputTokens };
  return { ...known, outputTokens: Math.max(known.outputTokens, estimateTokens(written)), estimated: true };
}
