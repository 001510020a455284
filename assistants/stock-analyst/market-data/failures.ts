/** What goes wrong with a source of market data, in words that say what to do. */

import { InvalidInput, StatechatError, Unavailable } from '../../index.ts';
export function unknownSymbol(provider: string, symbol: string): InvalidInput {
  return new InvalidInput(`${provider} does not know ${symbol}. Check the spelling, or try the symbol of another exchange.`, {
    provider,
    symbol,
  });
}

/** Final refusal by the source. `advice` is for the operator. */
export function refusedBy(provider: string, answer: string, advice: string): StatechatError {
  return new StatechatError('refused', `${provider} refuses the request: ${answer} ${advice}`, { expose: false, facts: { provider } });
}

/** A record without which there is no analysis. */
export function incomplete(provider: string, symbol: string, what: string): StatechatError {
  return new StatechatError('refused', `${provider} has no ${what} for ${symbol}. Try another symbol, or another source of data.`, {
    facts: { provider, symbol, missing: what },
  });
}

export function limited(provider: string, retryAfterMs: number | undefined): Unavailable {
  const when = retryAfterMs === undefined ? 'later' : `in ${Math.ceil(retryAfterMs / 1_000)} s`;
  return new Unavailable(`${provider} takes no more requests right now. Try again ${when}.`, {
    provider,
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
  });
}
