/**
 * Provider of the probe, a server that records every effect that it receives, and refuses one now
 * and then.
 */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import type { Dice } from '#test/faults/plan.ts';
import { type Sighting, sighting } from '#test/faults/probe.ts';

export interface Recorded extends Sighting {
  /** When it was accepted, in milliseconds since the epoch. */
  readonly at: number;
}

export interface Recorder {
  readonly url: string;
  /** What was accepted, in order. What was refused is not here. */
  readonly seen: readonly Recorded[];
  close(): Promise<void>;
}

export async function startRecorder(dice: Dice): Promise<Recorder> {
  const seen: Recorded[] = [];
  const server = createServer(async (request, response) => {
    const told = sighting.safeParse(JSON.parse(await text(request).catch(() => 'null')));
    // A run is not tried again when it fails, so it is never refused.
    const refused = !told.success || (told.data.what !== 'run' && dice.chance(0.02));
    if (told.success && !refused) seen.push({ ...told.data, at: Date.now() });
    // The answer takes a moment, in which the caller may die without it.
    setTimeout(() => response.writeHead(refused ? 503 : 204).end(), dice.int(0, 15));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    seen,
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
