/**
 * Validates a machine once, at registration. It finds what the host cannot run or cannot find again
 * after a restart, and gives every inline action and every invoked logic a name that a stored work
 * item can carry.
 */
import { type AnyActorLogic, type AnyStateMachine, type AnyStateNode, type ParameterizedObject, StateMachine } from 'xstate';
import { type BuiltInAction, builtInAction, TO_PARENT } from './xstate-internals/actions.ts';
import { isKnownLogic, isMachineOfAnotherCopy, logicNamed } from './xstate-internals/actor-logic.ts';
import { checkXState } from './xstate-internals/check-xstate.ts';

/**
 * Microsteps that one event may take. A usual machine takes a few. One that needs more sets
 * `options.maxIterations`.
 */
const MAX_MICROSTEPS = 10_000;

const ANOTHER_COPY =
  'was made by another copy of xstate than the one that hosts it: install one version for both (`npm ls xstate` shows them), a 5.33';

type ActionFunction = (...args: never[]) => unknown;

export interface MachineParts {
  /**
   * The name under which an inline action is stored. Undefined for a function made while the
   * machine runs.
   */
  readonly inlineName: (implementation: ActionFunction) => string | undefined;
  /** The implementation of an action, by machine path and name or inline name. */
  readonly action: (path: readonly string[], name: string) => ActionFunction | undefined;
  /** The logic of an invoked or spawned actor, by the sources that lead to it. */
  readonly logic: (path: readonly string[]) => AnyActorLogic | undefined;
}

export interface ValidatedMachine extends MachineParts {
  /** One sentence for each problem, with what can't be hosted, where, and what to use instead. */
  readonly problems: readonly string[];
  /** The same, with the state that each is in. */
  readonly faults: readonly MachineFault[];
}

/** A problem and its place, for pictures. */
export interface MachineFault {
  /** A state of the machine, or of one that it invokes or spawns. The root if it is in no state. */
  readonly state: AnyStateNode;
  /** The sentence of the problem, without the name of the state. */
  readonly text: string;
}

/** `hasEffect` returns whether an effect of this type is registered. */
export function validateMachine(root: AnyStateMachine, hasEffect: (type: string) => boolean): ValidatedMachine {
  const problems: string[] = [];
  const faults: MachineFault[] = [];
  const inlineNames = new Map<ActionFunction, string>();
  const inlineActions = new Map<string, ActionFunction>();
  const seen = new Set<AnyStateMachine>();

  const refuse = (state: AnyStateNode, where: string, what: string): void => {
    const problem = `${where} ${what}`;
    if (problems.includes(problem)) return;
    problems.push(problem);
    faults.push({ state, text: problem.replace(`${nameOf(state)} `, '') });
  };

  const visitMachine = (machine: AnyStateMachine, path: string, isRoot: boolean): void => {
    if (seen.has(machine)) return;
    seen.add(machine);
    limitSteps(machine);
    for (const node of nodesOf(machine.root)) visitNode(machine, node, path, isRoot);
    for (const [name, action] of Object.entries(machine.implementations.actions)) {
      visitAction(machine.root, action, `action "${name}"`, `${path}${machine.id}:${name}`, isRoot);
    }
    for (const [name, logic] of Object.entries(machine.implementations.actors)) {
      visitLogic(machine.root, logic as AnyActorLogic, `actor "${name}"`, `${path}${name}/`);
    }
  };

  const visitNode = (machine: AnyStateMachine, node: AnyStateNode, path: string, isRoot: boolean): void => {
    const where = nameOf(node);
    const transitions = [...node.transitions.values()].flat().concat(node.always ?? []);
    const actions = [
      node.entry,
      node.exit,
      node.type === 'compound' ? node.initial.actions : [],
      ...transitions.map(({ actions }) => actions),
    ].flat();
    for (const [index, action] of actions.entries()) visitAction(node, action, where, `${path}${node.id}#${index}`, isRoot);
    for (const { guard } of transitions) visitGuard(node, guard, where);
    for (const { src, id } of node.invoke) {
      const logic = logicNamed(machine, String(src));
      if (!logic) refuse(node, where, `invokes "${src}", which has no implementation: put it into setup({ actors })`);
      else visitLogic(node, logic, `${where} invokes "${id}", which`, `${path}${id}/`);
    }
  };

  const visitAction = (node: AnyStateNode, action: unknown, where: string, inlineName: string, isRoot: boolean): void => {
    if (typeof action === 'function') {
      const builtIn = builtInAction(action);
      if (builtIn) return visitBuiltIn(node, builtIn, where, isRoot);
      inlineNames.set(action as ActionFunction, inlineName);
      inlineActions.set(inlineName, action as ActionFunction);
      return;
    }
    const type = String(typeof action === 'string' ? action : (action as ParameterizedObject).type);
    if (node.machine.implementations.actions[type] === undefined && !hasEffect(type)) {
      refuse(
        node,
        where,
        `does "${type}", for which no effect is registered and the machine has no implementation: register an effect of that type, or put it into setup({ actions })`,
      );
    }
  };

  const visitBuiltIn = (node: AnyStateNode, action: BuiltInAction, where: string, isRoot: boolean): void => {
    const { machine } = node;
    if (action.type === 'xstate.sendTo' && action.to === TO_PARENT && isRoot) {
      refuse(node, where, `sends to its parent, and a session's machine has none: use an effect, or emit`);
    }
    if (action.type === 'xstate.spawnChild') {
      if (action.id === undefined)
        refuse(node, where, `spawns a child without an id: give spawnChild an id, so that it can be found after a restart`);
      if (typeof action.src !== 'string')
        refuse(node, where, `spawns inline logic: name it in setup({ actors }), so that it can be found after a restart`);
      else {
        const logic = logicNamed(machine, action.src);
        if (!logic) refuse(node, where, `spawns "${action.src}", which has no implementation: put it into setup({ actors })`);
        else visitLogic(node, logic, `${where} spawns "${action.src}", which`, `${action.src}/`);
      }
    }
    if (typeof action.delay === 'string' && machine.implementations.delays[action.delay] === undefined) {
      refuse(node, where, `names the delay "${action.delay}", which is not implemented: put it into setup({ delays })`);
    }
  };

  const visitLogic = (node: AnyStateNode, logic: AnyActorLogic, what: string, path: string): void => {
    if (logic instanceof StateMachine) visitMachine(logic, path, false);
    else if (isMachineOfAnotherCopy(logic)) refuse(node, what, ANOTHER_COPY);
    else if (!isKnownLogic(logic))
      refuse(node, what, `is logic of your own with a \`start\`: use fromPromise, fromCallback, fromObservable or fromEventObservable`);
  };

  const visitGuard = (node: AnyStateNode, guard: unknown, where: string): void => {
    const name = typeof guard === 'object' && guard !== null && 'type' in guard ? guard.type : guard;
    if (typeof name === 'string' && node.machine.implementations.guards[name] === undefined) {
      refuse(node, where, `names the guard "${name}", which is not implemented: put it into setup({ guards })`);
    }
  };

  checkXState();
  if (isMachineOfAnotherCopy(root)) refuse(root.root, 'the machine', ANOTHER_COPY);
  else visitMachine(root, '', true);
  const machineAt = (path: readonly string[]): AnyStateMachine | undefined => {
    const logic = logicAt(root, path);
    return logic instanceof StateMachine ? logic : undefined;
  };
  return {
    problems,
    faults,
    inlineName: (implementation) => inlineNames.get(implementation),
    action: (path, name) => {
      const implementation: unknown = machineAt(path)?.implementations.actions[name];
      return typeof implementation === 'function' ? (implementation as ActionFunction) : inlineActions.get(name);
    },
    logic: (path) => logicAt(root, path),
  };
}

/**
 * Limits the microsteps of one event. A machine that never comes to rest would stop every session
 * of this process, and its message would be delivered again after a restart. XState has no limit by
 * default.
 */
function limitSteps(machine: AnyStateMachine): void {
  if (!Number.isFinite(machine.options.maxIterations)) machine.options = { ...machine.options, maxIterations: MAX_MICROSTEPS };
}

function* nodesOf(node: AnyStateNode): Iterable<AnyStateNode> {
  yield node;
  for (const child of Object.values<AnyStateNode>(node.states)) yield* nodesOf(child);
}

function nameOf({ id }: AnyStateNode): string {
  return `state "${id}"`;
}

/** The logic that these sources lead to, from the session's machine down. */
export function logicAt(root: AnyStateMachine, path: readonly string[]): AnyActorLogic | undefined {
  let logic: AnyActorLogic | undefined = root;
  for (const src of path) logic = logic instanceof StateMachine ? logicNamed(logic, src) : undefined;
  return logic;
}
