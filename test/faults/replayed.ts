/** The snapshot that a session's journal amounts to, through the pure machine. */
import { HostedActor, type Stimulus } from '#actors/hosted-actor.ts';
import type { MachineDefinition } from '#machines/definition.ts';
import * as z from 'zod';
import type { StoredEntry } from '#test/faults/evidence.ts';

const opening = z.object({ input: z.unknown(), firstSerial: z.number() });

export function replayed(definition: MachineDefinition, entries: readonly StoredEntry[]): unknown {
  const [first, ...rest] = entries;
  if (first?.kind !== 'opened') throw new Error(`the journal begins with "${first?.kind}", not with "opened"`);
  const { input, firstSerial } = opening.parse(first.payload);
  const { actor } = HostedActor.open(definition, input, first.at, firstSerial);
  for (const { payload, at } of rest) {
    const stimulus: unknown = payload['stimulus'];
    if (stimulus !== undefined) actor.step(decodeStimulus(stimulus), at);
  }
  return JSON.parse(JSON.stringify(actor.persist()));
}

/** The host wrote it itself. */
function decodeStimulus(stored: unknown): Stimulus {
  return stored as Stimulus;
}
