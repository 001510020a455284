/** The graph of a machine says the same as the machine, over generated machines and by example. */
import * as fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type AnyStateMachine, and, createActor, createMachine, not, or, raise, SimulatedClock, setup, spawnChild, stateIn } from 'xstate';
import { activeStates, type GraphEdge, graphOf, type StateGraph } from '#machines/graph.ts';
import { sessionMachine } from '#machines/session/machine.ts';
import { buildMachine } from '../actors/testing/any-machine/build.ts';
import { runsOf } from '../actors/testing/any-machine/runs.ts';
import { machines, scripts } from '../actors/testing/any-machine/specs.ts';

const named = (machine: AnyStateMachine) => graphOf({ id: 'machine', version: 1, machine });

/** The transitions of a configuration, read without XState's own lists of them. */
function configured(config: Readonly<Record<string, unknown>>, path: readonly string[]): readonly string[] {
  const from = path.join('.');
  const of = (kind: string, transitions: unknown): string[] =>
    [transitions ?? []].flat().map((transition: unknown) => {
      const target: unknown = Object(transition).target;
      const to = typeof target === 'string' ? target.replace(/^#[^_]*_?/, '').replaceAll('_', '.') : '';
      return `${from} ${kind} ${to} ${Object(transition).reenter ?? false}`;
    });
  const members = (name: string): [string, unknown][] => Object.entries(Object(config[name]));
  return [
    ...members('on').flatMap(([event, transitions]) => of(event, transitions)),
    ...of('always', config['always']),
    ...of('done state', config['onDone']),
    ...members('after').flatMap(([delay, transitions]) => of(`after ${delay}`, transitions)),
    ...[config['invoke'] ?? []].flat().flatMap((invoke: unknown) => {
      const { id, onDone, onError, onSnapshot } = Object(invoke);
      return [...of(`done ${id}`, onDone), ...of(`error ${id}`, onError), ...of(`snapshot ${id}`, onSnapshot)];
    }),
    ...members('states').flatMap(([key, state]) => configured(Object(state), [...path, key])),
  ];
}

function drawn({ edges }: StateGraph): readonly string[] {
  return edges.map(({ from, to, event, kind, delay, reenter }) => `${from} ${eventOf(event, kind, delay)} ${to.join()} ${reenter}`);
}

function eventOf(event: string, kind: GraphEdge['kind'], delay: GraphEdge['delay']): string {
  if (kind === 'always') return 'always';
  if (kind === 'after') return `after ${delay?.name ?? delay?.ms}`;
  if (event.startsWith('xstate.done.state.')) return 'done state';
  return event.replace(/^xstate\.(done|error)\.actor\./, '$1 ').replace(/^xstate\.snapshot\./, 'snapshot ');
}

describe('the graph of any machine', () => {
  // XState warns of each event to a child that has stopped.
  beforeEach(() => vi.spyOn(console, 'warn').mockImplementation(() => {}));
  afterEach(() => vi.restoreAllMocks());

  it('has each transition once, and no other', () => {
    fc.assert(
      fc.property(machines, (spec) => {
        const machine = buildMachine(spec);
        const graph = named(machine);
        expect(drawn(graph).toSorted()).toEqual(configured(machine.config, []).toSorted());
        expect(new Set(graph.edges.map(({ id }) => id)).size).toBe(graph.edges.length);
        const ids = new Set(graph.nodes.map(({ id }) => id));
        expect(ids.size).toBe(graph.nodes.length);
        for (const { from, to } of graph.edges) for (const end of [from, ...to]) expect(ids).toContain(end);
        for (const { parent } of graph.nodes.slice(1)) expect(ids).toContain(parent);
        const children = new Set(graph.children.map(({ name }) => name));
        const invoked = [graph, ...graph.children].flatMap(({ nodes }) => nodes.flatMap(({ invokes }) => invokes));
        expect(new Set(invoked.flatMap((invoke) => invoke.machine ?? []))).toEqual(children);
      }),
      runsOf('graph', 150),
    );
  });

  it('lights the states that XState is in', () => {
    fc.assert(
      fc.property(machines, scripts, (spec, script) => {
        const machine = buildMachine(spec);
        const { nodes } = named(machine);
        const clock = new SimulatedClock();
        const actor = createActor(machine, { clock, logger: () => {} });
        actor.subscribe({ error: () => {} });
        actor.start();
        for (const step of [undefined, ...script]) {
          if (step !== undefined && 'send' in step) actor.send(step.send);
          if (step !== undefined && 'advance' in step) clock.increment(step.advance);
          const snapshot = actor.getSnapshot();
          if (!('value' in snapshot)) return;
          const isLit = (id: string) => id === '' || snapshot.matches(stateValueOf(id));
          const lit = nodes.filter(({ id, type }) => type !== 'history' && isLit(id)).map(({ id }) => id);
          expect(activeStates(snapshot.value).toSorted()).toEqual(lit.toSorted());
        }
        actor.stop();
      }),
      runsOf('lit states', 100),
    );
  });
});

/** `a.b.c` as XState's `matches` takes it. */
function stateValueOf(id: string): string | object {
  const [first, ...rest] = id.split('.');
  if (first === undefined) return {};
  return rest.length === 0 ? first : { [first]: stateValueOf(rest.join('.')) };
}

describe('the parts of a transition', () => {
  const child = createMachine({ id: 'child', initial: 'a', states: { a: { on: { GO: 'b' } }, b: { type: 'final' } } });
  const parts = setup({
    actors: { child },
    delays: { soon: 1_500, later: () => 5 },
    guards: { isOpen: () => true, isOdd: () => true },
    actions: { greet: () => {}, remind: raise({ type: 'REMIND' }, { delay: 'soon' }), begin: spawnChild('child', { id: 'second' }) },
  });
  const machine = parts.createMachine({
    id: 'parts',
    initial: 'a.b',
    description: 'Everything at once',
    states: {
      'a.b': {
        tags: ['busy'],
        entry: ['greet', 'remind', raise({ type: 'NOW' }), () => {}],
        exit: 'begin',
        invoke: { src: 'child', id: 'first', onDone: 'p' },
        after: { soon: 'p', later: 'p', 500: 'p' },
        on: {
          A: { guard: and(['isOpen', not('isOdd')]), target: 'p', description: 'why' },
          B: { guard: or([stateIn({ p: 'x' }), and(['isOpen', 'isOdd'])]), actions: 'greet' },
          C: { guard: () => true, target: 'a\\.b', reenter: true },
          D: { target: ['#x', '#y'] },
          '*': { target: 'p.hist' },
        },
      },
      p: {
        type: 'parallel',
        states: {
          x: { id: 'x', initial: 'one', states: { one: { route: {}, id: 'one' }, two: {} } },
          y: { id: 'y', invoke: { src: createMachine({ id: 'child' }) } },
          hist: { type: 'history', history: 'deep', target: '#x' },
        },
      },
    },
  });
  const graph = named(machine);
  const edge = (event: string, kind?: string) =>
    graph.edges.find((one) => one.event === event && (kind === undefined || one.kind === kind));

  it('are its guard, in words', () => {
    expect(edge('A')).toMatchObject({ from: 'a\\.b', to: ['p'], guard: 'isOpen and not isOdd', description: 'why' });
    expect(edge('B')).toMatchObject({ to: [], guard: 'in p.x or (isOpen and isOdd)', actions: [{ name: 'greet' }] });
    expect(edge('C')).toMatchObject({ guard: 'inline', reenter: true });
  });

  it('are its targets, delay and kind', () => {
    expect(edge('D')?.to).toEqual(['p.x', 'p.y']);
    expect(edge('*')).toMatchObject({ kind: 'wildcard', to: ['p.hist'] });
    expect(edge('', 'history')).toMatchObject({ from: 'p.hist', to: ['p.x'] });
    expect(edge('xstate.route')).toMatchObject({ kind: 'route', from: '', to: ['p.x.one'] });
    const delays = graph.edges.filter(({ kind }) => kind === 'after').map(({ delay }) => delay);
    expect(delays).toEqual([{ ms: 500 }, { name: 'soon', ms: 1_500 }, { name: 'later' }]);
    expect(edge('xstate.done.actor.first')).toMatchObject({ kind: 'done', to: ['p'] });
  });

  it('are what its states do and start', () => {
    const [root, first] = graph.nodes;
    expect(root).toMatchObject({ id: '', key: 'parts', parent: null, description: 'Everything at once' });
    expect(first).toMatchObject({ id: 'a\\.b', key: 'a.b', parent: '', initial: true, tags: ['busy'], exit: [{ name: 'begin' }] });
    const remind = { name: 'remind', event: 'REMIND', delay: { name: 'soon', ms: 1_500 } };
    expect(first?.entry).toEqual([{ name: 'greet' }, remind, { name: 'raise', event: 'NOW' }, { name: 'inline' }]);
    expect(first?.invokes).toEqual([
      { id: 'first', src: 'child', start: 'invoked', machine: 'child' },
      { id: 'second', src: 'child', start: 'spawned', machine: 'child' },
    ]);
    expect(graph.nodes.find(({ id }) => id === 'p.y')?.invokes).toMatchObject([{ machine: 'child 2' }]);
    expect(graph.children.map(({ name, nodes, edges }) => [name, nodes.length, edges.length])).toEqual([
      ['child', 3, 1],
      ['child 2', 1, 0],
    ]);
    expect(activeStates({ 'a.b': {} })).toEqual(['', 'a\\.b']);
  });

  it('end for a machine that invokes itself', () => {
    const self: AnyStateMachine = createMachine({ id: 'self' });
    self.implementations.actors['again'] = self;
    const outer = createMachine({ id: 'outer', invoke: { src: 'again' } }).provide({ actors: { again: self } });
    expect(named(outer).children.map(({ name }) => name)).toEqual(['self']);
  });
});

describe('the graph of the session machine', () => {
  const graph = named(sessionMachine);

  it('has its states and transitions', () => {
    expect(graph.nodes.slice(0, 4)).toMatchObject([
      { id: '', key: 'session', parent: null, type: 'compound' },
      { id: 'open', key: 'open', parent: '', type: 'parallel', initial: true },
      { id: 'open.lifecycle', key: 'lifecycle', parent: 'open', type: 'compound', initial: true },
      { id: 'open.lifecycle.NEW', key: 'NEW', parent: 'open.lifecycle', type: 'atomic', initial: true },
    ]);
    const claims = graph.edges.filter(({ from, event }) => from === 'open.lifecycle.WAITING_AGENT' && event === 'agent.claim');
    expect(claims.some(({ to }) => to.includes('open.lifecycle.ACTIVE.human'))).toBe(true);
    expect(graph.edges.find(({ delay }) => delay?.name === 'debounce')).toMatchObject({ kind: 'after', to: ['open.answer.answering'] });
  });
});
