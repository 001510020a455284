/** The queues into which an agent can put a session. */
import * as z from 'zod/mini';
import type { ApiRequest } from './api-request.ts';

const queues = z.object({ queues: z.array(z.object({ name: z.nullable(z.string()) })) });

/** Their names, without the default queue, which has none. Rejects if they cannot be loaded. */
export async function queueNames(request: ApiRequest): Promise<readonly string[]> {
  return queues.parse(await request('GET', '/queues')).queues.flatMap(({ name }) => name ?? []);
}
