/**
 * Shows the turns of sessions to an inspector of `@statelyai/inspect`, in development. The package
 * is loaded when an inspector is configured, and not before.
 *
 * Sessions are no actors that run all the time, so XState itself has nothing to inspect. What the
 * inspector receives is what was committed, as one actor a session.
 */
import type { InspectedTurn } from '#actors/contract/inspected-turn.ts';
import { StatechatError } from '#machines/errors.ts';

/** Sessions whose machine the inspector received. It shows a machine twice rather than never. */
const MOST_KNOWN = 1_000;

const STATUSES = ['active', 'done', 'error', 'stopped'] as const;

export interface AttachedInspector {
  readonly inspect: (turn: InspectedTurn) => void;
  stop(): void;
}

/**
 * Connects to `url` now, and again after an interruption. Throws `StatechatError` code
 * `no_inspector` if the package is not installed.
 * @param configOf the configuration of a machine. Undefined for one that is not known.
 */
export async function attachInspector(
  url: string,
  configOf: (machine: InspectedTurn['machine']) => object | undefined,
): Promise<AttachedInspector> {
  const { createWebSocketInspector } = await import('@statelyai/inspect').catch((cause: unknown) => {
    throw new StatechatError('no_inspector', 'STATECHAT_INSPECT needs a package. Run npm install --no-save @statelyai/inspect.', { cause });
  });
  const inspector = createWebSocketInspector({ url });
  const known = new Set<string>();
  return {
    stop: () => inspector.stop(),
    inspect({ sessionId, machine, events, snapshot: { value, context, status } }) {
      const snapshot = { value, context, status: STATUSES.find((one) => one === status) ?? 'active' };
      if (!known.has(sessionId)) {
        if (known.size >= MOST_KNOWN) known.clear();
        known.add(sessionId);
        // The package finds the definition of a machine in the logic of its actor.
        const logic = { config: configOf(machine) ?? { id: machine.id } };
        const actor = { sessionId, logic, send: () => {}, getSnapshot: () => snapshot };
        inspector.actor(actor, snapshot);
      }
      for (const event of events) inspector.event(sessionId, event);
      const last = events.at(-1);
      if (last !== undefined) inspector.snapshot(sessionId, snapshot, { event: last });
    },
  };
}
