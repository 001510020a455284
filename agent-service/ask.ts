/**
 * One request to a model, behind the gate. If an answer breaks off in the middle, the request is
 * made once more. A request that fails before its answer begins is retried by the provider, because
 * no part of it was published.
 *
 * Invariants
 * 1. No request is made without a permit.
 * 2. Each permit is settled once, whatever becomes of the request.
 * 3. Text that was written and not yet counted by the provider is counted by estimate.
 * 4. A request that broke off is charged for what it produced.
 * 5. Every string that goes to a model or comes from one is well-formed, whatever a session has
 *    stored.
 */
import { StatechatError, Unavailable } from '#machines/errors.ts';
import { wellFormedJson } from '#machines/text.ts';
import { estimateTokens } from '#machines/tokens.ts';
import { estimateRequest } from './estimate.ts';
import { addUsage, NO_USAGE } from './events.ts';
import { type CallEstimate, type CallGate, type Permit, refusedBy, type Spending } from './gate.ts';
import type { ReportError } from './hooks.ts';
import { abortError, type Provider, type ProviderEvent, type ProviderRequest, type Usage } from './provider.ts';
import { TurnWriter } from './turn-writer.ts';
import { wellFormedEvents } from './well-formed.ts';

export interface Asking {
  readonly provider: Provider;
  /** If absent, requests need no permit. */
  readonly gate?: CallGate;
  readonly onError: ReportError;
  /**
   * Called with what each request cost, including one that broke off or was stopped, before the
   * caller sees its end.
   */
  readonly spent: (usage: Usage, costMicros: number) => void;
}

export interface Answered {
  readonly turn: TurnWriter;
  readonly stop: Extract<ProviderEvent, { type: 'stop' }>;
  readonly usage: Usage;
  /** Micro-dollars. 0 if there is no gate. */
  readonly costMicros: number;
  /** Our estimate of what went in, which the provider may have counted otherwise. */
  readonly estimatedInput: number;
}

/** Result of a request that broke off in the middle of its answer. */
interface Broken extends Pick<Answered, 'usage' | 'costMicros' | 'estimatedInput'> {
  readonly brokenBy: StatechatError;
}

type Asker = Pick<CallEstimate, 'sessionId' | 'runId' | 'turn' | 'workflow'>;

/**
 * Calls `listen` as each answer begins. The function that it returns receives every event as it
 * arrives, and none after the signal is aborted.
 */
export async function ask(
  asking: Asking,
  request: ProviderRequest,
  who: Asker,
  signal: AbortSignal,
  listen: () => (event: ProviderEvent) => void,
): Promise<Answered> {
  const first = await once(asking, request, who, signal, listen());
  if (!('brokenBy' in first)) return first;
  asking.onError('a request that broke off and is made again', first.brokenBy);
  const second = await once(asking, request, who, signal, listen());
  if ('brokenBy' in second) throw second.brokenBy;
  return {
    ...second,
    usage: addUsage(first.usage, second.usage),
    costMicros: first.costMicros + second.costMicros,
    estimatedInput: first.estimatedInput + second.estimatedInput,
  };
}

async function once(
  { provider, gate, onError, spent }: Asking,
  request: ProviderRequest,
  who: Asker,
  signal: AbortSignal,
  onEvent: (event: ProviderEvent) => void,
): Promise<Answered | Broken> {
  const inputTokens = estimateRequest(request);
  const permit = gate && (await admitted(gate, { ...who, model: request.model, inputTokens, maxOutputTokens: request.maxTokens }, signal));
  const settle = async (spending: Spending): Promise<number> => (gate && permit ? gate.afterCall(permit, spending) : 0);
  const turn = new TurnWriter();
  let stop: Answered['stop'] | undefined;
  let counted: Usage | undefined;
  let begun = false;
  let written = '';
  try {
    if (signal.aborted) throw abortError(signal);
    for await (const event of wellFormedEvents(provider.stream(wellFormedJson(request), signal))) {
      begun = true;
      if (event.type === 'usage') counted = event.usage;
      else if (event.type === 'stop') stop = event;
      else written += writing(event);
      turn.add(event);
      if (signal.aborted) throw abortError(signal);
      onEvent(event);
    }
    if (stop === undefined) throw new Unavailable('The model ended its answer without saying that it was complete. Try again.');
  } catch (error) {
    const usage = begun ? sofar(counted, inputTokens, written) : NO_USAGE;
    const costMicros = await settle({ extent: begun ? 'part' : 'nothing', usage }).catch((fault: unknown) => {
      // The caller must see why the request failed.
      onError('budget of a failed request', fault);
      return undefined;
    });
    if (begun) spent(usage, costMicros ?? 0);
    const again = begun && costMicros !== undefined && !signal.aborted && error instanceof StatechatError && error.retryable;
    if (!again) throw error;
    return { brokenBy: error, usage, costMicros, estimatedInput: inputTokens };
  }
  const usage = counted ?? sofar(undefined, inputTokens, written);
  const costMicros = await settle({ extent: 'all', usage });
  spent(usage, costMicros);
  if (signal.aborted) throw abortError(signal);
  return { turn, stop, usage, costMicros, estimatedInput: inputTokens };
}

async function admitted(gate: CallGate, estimate: CallEstimate, signal: AbortSignal): Promise<Permit> {
  const admission = await gate.beforeCall(estimate, signal);
  if ('permit' in admission) return admission.permit;
  throw refusedBy(admission.refusal, { ...estimate });
}

function writing(event: ProviderEvent): string {
  if (event.type === 'text' || event.type === 'thinking') return event.text;
  return event.type === 'tool_use' ? event.name + JSON.stringify(event.input) : '';
}

/** Providers count their output at the end. Until then it is estimated. */
function sofar(counted: Usage | undefined, inputTokens: number, written: string): Usage {
  const outputTokens = estimateTokens(written);
  if (counted === undefined) return { ...NO_USAGE, inputTokens, outputTokens, estimated: true };
  return counted.outputTokens >= outputTokens ? counted : { ...counted, outputTokens, estimated: true };
}
