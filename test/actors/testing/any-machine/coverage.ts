/**
 * Features that generated machines must have among them, so that a generator that no longer draws
 * one of them is found out.
 */
import type { MachineSpec, StateSpec, StepSpec } from './specs.ts';

const PROMISES = ['ok', 'chain'];
const CALLBACKS = ['cbNow', 'cbEcho', 'cbThrow', 'cbThrowTold', 'cbTalksToSystem'];
const KIDS = ['kid0', 'kid1'];

const FEATURES: Readonly<Record<string, (state: StateSpec, acts: string, depth: number) => boolean>> = {
  'nested states': ({ kind }, _acts, depth) => kind === 'compound' && depth > 0,
  'parallel states': ({ kind }) => kind === 'parallel',
  'shallow history': ({ kind }) => kind === 'shallow',
  'deep history': ({ kind }) => kind === 'deep',
  'final states with output': ({ kind }) => kind === 'final',
  'onDone of a state': ({ kind, onDone }) => (kind === 'compound' || kind === 'parallel') && onDone !== null,
  always: ({ always }) => always.length > 0,
  after: ({ after }) => after.length > 0,
  tags: ({ tagged }) => tagged,
  guards: (_state, acts) => /"guard":"(odd|even|inRange)"/.test(acts),
  reenter: (_state, acts) => acts.includes('"reenter":true'),
  wildcards: ({ on }) => on.some(({ event }) => event.includes('*')),
  'immediate raise': (_state, acts) => acts.includes('"do":"raise"'),
  'delayed raise': (_state, acts) => acts.includes('"do":"raiseLater"'),
  cancel: (_state, acts) => acts.includes('"do":"cancel"'),
  emit: (_state, acts) => acts.includes('"do":"emit"'),
  'sendTo itself': (_state, acts) => acts.includes('"do":"sendSelf"'),
  'sendTo a child': (_state, acts) => acts.includes('"do":"tell"'),
  'delayed sendTo': (_state, acts) => /"do":"(tell|sendSelf|sendParent)Later"/.test(acts),
  'sendTo by system id': (_state, acts) => acts.includes('"do":"tellSystem"'),
  sendParent: (_state, acts) => acts.includes('"do":"sendParent"'),
  'spawn in an action': (_state, acts) => acts.includes('"do":"spawn"'),
  'spawn in an assign': (_state, acts) => acts.includes('"do":"spawnIntoContext"'),
  stopChild: (_state, acts) => acts.includes('"do":"stop"'),
  enqueueActions: (_state, acts) => acts.includes('"do":"several"'),
  'an assign that throws': (_state, acts) => acts.includes('"do":"throw"'),
  'a promise with onDone': ({ invoke }) => invoke.some(({ src, onDone }) => PROMISES.includes(src) && onDone !== null),
  'a promise with onError': ({ invoke }) => invoke.some(({ src, onError }) => ['fail', 'syncThrow'].includes(src) && onError !== null),
  'a callback': ({ invoke }) => invoke.some(({ src }) => CALLBACKS.includes(src)),
  'a callback with onError': ({ invoke }) => invoke.some(({ src, onError }) => CALLBACKS.includes(src) && onError !== null),
  'an observable with onSnapshot': ({ invoke }) => invoke.some(({ src, onSnapshot }) => src === 'obs' && onSnapshot !== null),
  'an invoked child machine': ({ invoke }) => invoke.some(({ src }) => KIDS.includes(src)),
  'a spawned child machine': (_state, acts) => /"do":"spawn(IntoContext)?"[^}]*"src":"kid/.test(acts),
};

export class Coverage {
  readonly #counts = new Map<string, number>([...Object.keys(FEATURES), 'send', 'advance', 'restart'].map((name) => [name, 0]));

  add(spec: MachineSpec, script: readonly StepSpec[]): void {
    this.#state(spec.root, 0);
    for (const kid of Object.values(spec.kids)) this.add(kid, []);
    for (const step of script) for (const kind of Object.keys(step)) this.#count(kind);
  }

  /** What was drawn fewer times than this. */
  below(times: number): readonly string[] {
    return [...this.#counts].flatMap(([name, count]) => (count < times ? [`${name}: ${count}`] : []));
  }

  #state(state: StateSpec, depth: number): void {
    const { states, ...own } = state;
    const acts = JSON.stringify(own);
    for (const [name, has] of Object.entries(FEATURES)) if (has(state, acts, depth)) this.#count(name);
    if (state.kind === 'compound' || state.kind === 'parallel') for (const child of states) this.#state(child, depth + 1);
  }

  #count(name: string): void {
    this.#counts.set(name, (this.#counts.get(name) ?? 0) + 1);
  }
}
