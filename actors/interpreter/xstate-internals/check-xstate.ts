/** Whether the installed XState has what this folder relies on. */
import { type AnyActorRef, createActor, createMachine, fromPromise, log, raise, sendTo, spawnChild } from 'xstate';
import { StatechatError } from '#machines/errors.ts';
import { builtInAction } from './actions.ts';
import { logicNamed, mayAnswerAtOnce, RUN_OUTSIDE } from './actor-logic.ts';
import { becomeRoot, enqueueEvent, hasEnded, membersOf, stopActor } from './actor-members.ts';
import { createActorIn, createHostSystem } from './actor-systems.ts';
import { isMachineSnapshot, isReference } from './machine-snapshots.ts';

/** An actor member that this release needs, and why. */
const ACTOR_MEMBERS: Readonly<Record<string, string>> = {
  _parent: 'the actor to which results and errors are sent',
  _send: 'the way an event reaches an actor',
  _stop: 'the way a child is stopped',
  _actorScope: 'the object through which logic acts',
  _processingStatus: 'whether an actor has ended',
  _snapshot: 'the state of an actor',
  logic: 'the logic of an actor',
  sessionId: 'the name of an actor in its system',
  start: 'the start of an actor',
};

/** A member of the actor system that XState has to use, and for what. */
const SYSTEM_MEMBERS: Readonly<Record<string, string>> = {
  _bookId: 'to name an actor',
  _register: 'when an actor starts',
  _unregister: 'when an actor ends',
  _set: 'when an actor takes a system id',
  _relay: 'to send an event to another actor',
  _sendInspectionEvent: 'when an actor is created',
  _logger: 'to log',
  scheduler: 'to delay an event',
};

/**
 * Checks that the installed XState has everything that this folder relies on. Throws `StatechatError`
 * code `unsupported_xstate` that names what is missing. It checks presence only. Whether the
 * members still do the same is what the conformance suite compares.
 */
export function checkXState(): void {
  const missing = missingMembers();
  if (missing.length === 0) return;
  throw new StatechatError(
    'unsupported_xstate',
    `The installed xstate cannot host sessions, because it lacks ${missing.join(', ')}: install xstate ~5.33, or run \`npm run conformance\` against it.`,
    { facts: { missing } },
  );
}

function missingMembers(): string[] {
  const child = createMachine({ on: { GO: {} } });
  const machine = createMachine({
    invoke: { src: child, id: 'child', systemId: 'child' },
    entry: [log('probe'), sendTo('child', { type: 'GO' }), raise({ type: 'LATER' }, { delay: 1 })],
  });
  const actor: AnyActorRef = createActor(machine);
  const lacks = (members: Readonly<Record<string, string>>, has: (name: string) => boolean): string[] =>
    Object.entries(members).flatMap(([name, use]) => (has(name) ? [] : [`${name} (${use})`]));

  const missing = lacks(ACTOR_MEMBERS, (name) => name in actor);
  const { _actorScope: scope } = membersOf(actor);
  if (typeof scope?.actionExecutor !== 'function' || typeof scope.emit !== 'function') missing.push('the executor of actions');
  if (!isMachineSnapshot(actor.getSnapshot())) missing.push('_nodes (the states that a machine is in)');
  if (!isReference(Object(JSON.parse(JSON.stringify(actor))))) missing.push('xstate$$type (references to actors)');
  if (RUN_OUTSIDE.size !== 4 || mayAnswerAtOnce(fromPromise(async () => {}))) missing.push('the kinds of actor logic');
  if (logicNamed(machine, String(machine.root.invoke[0]?.src)) !== child) missing.push('the names of inline logic');
  const later = builtInAction(raise({ type: 'LATER' }, { delay: 1 }));
  const spawns = builtInAction(spawnChild(child, { id: 'c' }));
  const sends = builtInAction(sendTo('c', { type: 'GO' }));
  if (later?.delay !== 1 || spawns?.src !== child || spawns.id !== 'c' || sends?.to !== 'c') missing.push('the parts of built-in actions');
  if (missing.length > 0) return missing;

  const used = new Set<PropertyKey>();
  const host = createHostSystem({ nextId: () => 'x:0', relay: (_source, target, event) => enqueueEvent(target, event) });
  const system = new Proxy(host, {
    get: (members, name) => {
      used.add(name);
      return Object.entries(members).find(([key]) => key === name)?.[1];
    },
  });
  const hosted = createActorIn(machine, { id: 'probe', parent: { system } });
  becomeRoot(hosted);
  hosted.start();
  stopActor(hosted);
  if (!hasEnded(hosted)) missing.push('_processingStatus (whether an actor has ended)');
  return [...missing, ...lacks(SYSTEM_MEMBERS, (name) => used.has(name)).map((member) => `the use of ${member}`)];
}
