/** What the host refuses of a machine, in the states that it is about. */
import { describe, expect, it } from 'vitest';
import { createMachine, setup, spawnChild } from 'xstate';
import { MachineRefusal, Registry } from '#actors/contract/registry.ts';
import { outlineOf } from '#machines/drawing/outline.ts';
import { refusalListener } from '#src/cli/refusal-page.ts';
import { refusedGraph } from '#src/cli/refused-machines.ts';
import { OUTLINE_WORDS } from '../../machines/drawing/outline-words.ts';

const child = createMachine({ id: 'child', initial: 'a', states: { a: { entry: 'sing' } } });
const machine = setup({ actors: { child }, actions: { start: spawnChild('child') } }).createMachine({
  id: 'shop',
  initial: 'open',
  states: {
    open: { on: { CLOSE: { guard: 'isLate' as never, target: 'closed' } }, after: { soon: 'closed' } as never },
    closed: { invoke: { src: 'child', id: 'night' }, entry: 'dance' as never },
    fine: {},
  },
});

function refusal(): MachineRefusal {
  try {
    new Registry({ assistants: [{ name: 'shop', definitions: [{ id: 'shop', version: 1, machine }], input: () => ({}) }], effects: [] });
  } catch (error) {
    if (error instanceof MachineRefusal) return error;
    throw error;
  }
  return expect.unreachable();
}

describe('a refused machine', () => {
  const graph = refusedGraph(refusal());
  const problemsOf = (nodes: typeof graph.nodes) => Object.fromEntries(nodes.map(({ id, problems = [] }) => [id, problems]));

  it('has each reason in its state, also in a machine that it invokes', () => {
    expect(problemsOf(graph.nodes)).toEqual({
      '': [expect.stringMatching(/^action "start" spawns a child without an id/)],
      open: [expect.stringMatching(/^names the delay "soon"/), expect.stringMatching(/^names the guard "isLate"/)],
      closed: [expect.stringMatching(/^does "dance", for which no effect is registered/)],
      fine: [],
    });
    expect(problemsOf(graph.children[0]?.nodes ?? [])).toEqual({ '': [], a: [expect.stringMatching(/^does "sing"/)] });
  });

  it('has as many reasons as its message', () => {
    const { message, faults } = refusal();
    expect(message.match(/^ {2}- /gm)).toHaveLength(faults.length);
    expect(faults).toHaveLength(5);
  });

  it('has them in its outline', () => {
    const [open] = outlineOf(graph, { words: OUTLINE_WORDS }).children;
    expect(open?.lines[0]).toMatch(/^⚠ names the delay "soon"/);
  });
});

describe('the page of a refusal', () => {
  const answer = (url: string, accept: string) => {
    const headers = new Map<string, string>();
    const bodies: string[] = [];
    const sent = {
      statusCode: 200,
      setHeader(name: string, value: string) {
        headers.set(name, value);
        return this;
      },
      end: (body: string) => void bodies.push(body),
    };
    refusalListener({ reason: '<b>it is wrong</b>', pictures: [] })({ url, headers: { accept } } as never, sent as never);
    return { statusCode: sent.statusCode, headers, body: bodies.join('') };
  };

  it('is a page for people and a problem for programs, and the reason is text', () => {
    const page = answer('/machines', 'text/html');
    expect(page.statusCode).toBe(503);
    expect(page.body).toContain('&lt;b&gt;it is wrong&lt;/b&gt;');
    const problem = answer('/api/machines', 'application/json');
    expect([problem.statusCode, JSON.parse(problem.body).detail]).toEqual([503, '<b>it is wrong</b>']);
    expect(problem.headers.get('Statechat-Start')).toBeDefined();
    expect(answer('/refusal.js', '*/*').statusCode).toBe(200);
  });
});
