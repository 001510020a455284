/** A conversation of an agent and a customer, with a full window of messages. */
import { Sandbox } from '#actors/sandbox/sandbox.ts';
import { companion } from '#assistants/companion/assistant.ts';
import { parseSessionId } from '#machines/ids.ts';
import { createReadingRegistry } from '#src/cli/reading-registry.ts';

export const SESSION_ID = parseSessionId('01890a5d-ac96-774b-bcce-b302099a8001');

/** Of so many entries at least, a second apart. */
export function longSandbox(entries: number): Sandbox {
  const at = 1_790_000_000_000;
  const agent = { id: 'a', name: 'Ann' };
  const registry = createReadingRegistry({ assistants: [companion] });
  const machine = { id: 'session', version: 3 };
  const sandbox = new Sandbox(registry, { kind: 'machine', assistant: 'companion', machine, sessionId: SESSION_ID, at });
  sandbox.play({ do: 'send', event: { type: 'agent.claim', at, agent } });
  for (let n = 0; sandbox.journal.length < entries; n += 1) {
    const text = `Message ${n} of a customer who writes a sentence or two about a flat in New Cairo.`;
    sandbox.play({ do: 'send', event: { type: 'customer.message', id: `m${n}`, at: sandbox.now, text } });
    sandbox.play({
      do: 'send',
      event: { type: 'agent.message', at: sandbox.now, agent, text: `An answer to message ${n}, as long as that.` },
    });
    sandbox.play({ do: 'advance', ms: 1_000 });
  }
  return sandbox;
}
