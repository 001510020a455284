/** The HTTP application of the program, listening, and whether it is ready. */
import { createHttpApp, type HttpParts } from './app.ts';
import { type ReadinessParts, readinessOf } from './readiness.ts';
import { type HttpServer, type ListenOptions, listen } from './server.ts';

export interface OpenHttpParts extends Omit<HttpParts, 'readiness' | 'log'>, Pick<ReadinessParts, 'stopping' | 'ping' | 'commitsFail'> {
  readonly log: HttpParts['log'] & ReadinessParts['log'];
  readonly at: ListenOptions;
}

export async function openHttp({ stopping, ping, commitsFail, at, ...parts }: OpenHttpParts): Promise<HttpServer> {
  const readiness = readinessOf({ stopping, ping, log: parts.log, process: 'this instance', ...(commitsFail && { commitsFail }) });
  return await listen(createHttpApp({ ...parts, readiness }), at);
}
