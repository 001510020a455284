/** Sandboxes of the session machine and of machines of one's own. */
import { describe, expect, test } from 'vitest';
import { assign, fromCallback, fromPromise, setup } from 'xstate';
import * as z from 'zod';
import { defineEffect } from '#actors/contract/effect.ts';
import { Registry } from '#actors/contract/registry.ts';
import { runInvocation } from '#actors/sandbox/run-invocation.ts';
import { Sandbox, type SandboxStart } from '#actors/sandbox/sandbox.ts';
import { Replayer } from '#actors/session/replay.ts';
import { parseSessionId } from '#machines/ids.ts';
import { sessionDefinitions } from '#machines/session/definition.ts';

const AT = 1_790_000_000_000;
const sessionId = parseSessionId('01890a5d-ac96-774b-bcce-b302099a8001');
let ran: string[] = [];

const own = setup({
  types: { context: {} as { n: number; said: string | null } },
  guards: { isBig: ({ context }) => context.n > 100 },
  actions: { tell: () => void ran.push('tell') },
  actors: {
    work: fromPromise<string, number>(async ({ input }) => {
      ran.push('work');
      return `worked on ${input}`;
    }),
    listen: fromCallback(() => void ran.push('listen')),
  },
}).createMachine({
  id: 'own',
  context: { n: 0, said: null },
  initial: 'idle',
  states: {
    idle: {
      on: {
        ADD: { actions: assign({ n: ({ context }) => context.n + 1 }) },
        GO: [{ guard: 'isBig', target: 'big' }, { target: 'working' }],
        LISTEN: 'listening',
      },
    },
    working: {
      invoke: {
        src: 'work',
        input: ({ context }) => context.n,
        onDone: { target: 'told', actions: assign({ said: ({ event }) => event.output }) },
        onError: { target: 'idle', actions: assign({ said: 'failed' }) },
      },
      after: { 5000: 'idle' },
    },
    listening: { invoke: { src: 'listen' }, on: { HEARD: 'told' } },
    told: { entry: 'tell', on: { END: 'end' } },
    big: {},
    end: { type: 'final' },
  },
});

const registry = new Registry({
  assistants: [
    { name: 'own', definitions: [{ id: 'own', version: 1, machine: own }] },
    {
      name: 'talker',
      definitions: sessionDefinitions(),
      input: ({ address, assistant, now, previousId }) => ({ address, assistant, now, previous: previousId, policy: { debounceMs: 0 } }),
    },
  ],
  effects: [],
  fallbackEffect: defineEffect({
    type: '*',
    params: z.unknown(),
    lane: 'address',
    run: async () => {
      ran.push('effect');
      return undefined;
    },
  }),
});

const start: SandboxStart = { kind: 'machine', assistant: 'own', machine: { id: 'own', version: 1 }, sessionId, at: AT };
const talk: SandboxStart = { ...start, assistant: 'talker', machine: { id: 'session', version: 3 } };

describe('a sandbox', () => {
  test('takes events, shows what waits for an outcome, and runs none of it', () => {
    ran = [];
    const sandbox = new Sandbox(registry, start);
    sandbox.play({ do: 'send', event: { type: 'ADD' } });
    expect(sandbox.play({ do: 'send', event: { type: 'GO' } }).entries.map(({ kind }) => kind)).toContain('GO');
    const [invocation] = sandbox.invocations;
    expect(invocation).toMatchObject({ path: ['work'], input: 1 });
    expect(sandbox.play({ do: 'send', event: { type: 'NONSENSE' } }).ignored).toEqual(expect.any(String));
    sandbox.play({ do: 'settle', serial: invocation?.serial ?? -1, output: 'done by hand' });
    expect(sandbox.shape()).toMatchObject({ value: 'told', context: { n: 1, said: 'done by hand' } });
    expect(sandbox.effects).toMatchObject([{ type: 'machine.action', payload: { name: 'tell' } }]);
    expect(sandbox.invocations).toEqual([]);
    expect(() => sandbox.play({ do: 'settle', serial: 99, output: null })).toThrow('Nothing here has the serial 99');
    expect(ran).toEqual([]);
  });

  test('shows the cards and the reaction of an answer among what real sessions would have done', () => {
    ran = [];
    const sandbox = new Sandbox(registry, talk);
    sandbox.play({ do: 'send', event: { type: 'customer.message', id: 'm1', text: 'Where?' } });
    const card = { kind: 'location', latitude: 30.03, longitude: 31.47, name: 'New Cairo' };
    const serial = sandbox.invocations.find(({ id }) => id === 'answer')?.serial ?? -1;
    sandbox.play({ do: 'settle', serial, output: { text: 'Here', cards: [{ card }], reaction: '👍' } });
    expect(sandbox.effects.map(({ type, payload }) => ({ type, payload }))).toMatchObject([
      { type: 'message.send', payload: { params: { text: 'Here' } } },
      { type: 'message.send', payload: { params: { text: '', card } } },
      { type: 'reaction.send', payload: { params: { messageId: 'm1', emoji: '👍' } } },
    ]);
    expect(ran).toEqual([]);
  });

  test('fires timers as its own clock goes on, and lets invocations fail', () => {
    const sandbox = new Sandbox(registry, start);
    sandbox.play({ do: 'send', event: { type: 'GO' } });
    sandbox.play({ do: 'advance', ms: 4_999 });
    expect(sandbox.shape().value).toBe('working');
    sandbox.play({ do: 'advance', ms: 1 });
    expect(sandbox.shape().value).toBe('idle');
    expect([sandbox.now, sandbox.invocations]).toEqual([AT + 5_000, []]);
    sandbox.play({ do: 'send', event: { type: 'GO' } });
    sandbox.play({ do: 'fail', serial: sandbox.invocations[0]?.serial ?? -1, reason: 'no luck' });
    expect(sandbox.shape()).toMatchObject({ value: 'idle', context: { said: 'failed' } });
  });

  test('has guards whose outcome is chosen, and given back', () => {
    const sandbox = new Sandbox(registry, start);
    expect(sandbox.guards).toEqual(['isBig']);
    sandbox.play({ do: 'force', guard: 'isBig', outcome: true });
    sandbox.play({ do: 'send', event: { type: 'GO' } });
    expect(sandbox.shape().value).toBe('big');
    const other = new Sandbox(registry, start);
    other.play({ do: 'force', guard: 'isBig', outcome: true });
    other.play({ do: 'force', guard: 'isBig', outcome: null });
    other.play({ do: 'send', event: { type: 'GO' } });
    expect(other.shape().value).toBe('working');
    expect(() => other.play({ do: 'force', guard: 'nobody', outcome: true })).toThrow('There are: isBig');
  });

  test('takes what the code of a callback would send, and goes on where the code is not run', () => {
    ran = [];
    const sandbox = new Sandbox(registry, start);
    sandbox.play({ do: 'send', event: { type: 'LISTEN' } });
    const serial = sandbox.invocations[0]?.serial ?? -1;
    expect(() => sandbox.play({ do: 'settle', serial, output: 1 })).toThrow('is no promise');
    sandbox.play({ do: 'signal', serial, to: 'parent', event: { type: 'HEARD' } });
    expect(sandbox.shape().value).toBe('told');
    sandbox.play({ do: 'send', event: { type: 'END' } });
    expect(sandbox.row).toMatchObject({ open: false });
    expect(sandbox.play({ do: 'send', event: { type: 'ADD' } }).refused).toMatchObject({ code: 'closed' });
    expect(ran).toEqual([]);
  });

  test('runs the code of an invocation when it is asked to, and plays what it sent', async () => {
    ran = [];
    const sandbox = new Sandbox(registry, start);
    sandbox.play({ do: 'send', event: { type: 'GO' } });
    const [invocation] = sandbox.invocations;
    const logic = sandbox.machine.logic(['work']);
    if (invocation === undefined || logic === undefined) throw new Error('nothing waits');
    const steps = await runInvocation({ invocation, logic, sessionId, address: sandbox.row.address, timeoutMs: 5_000 });
    for (const step of steps) sandbox.play(step);
    expect(ran).toEqual(['work']);
    expect(sandbox.shape().context).toEqual({ n: 0, said: 'worked on 0' });
    const never = fromPromise(() => new Promise<never>(() => {}));
    await expect(runInvocation({ invocation, logic: never, sessionId, address: sandbox.row.address, timeoutMs: 5 })).rejects.toMatchObject({
      code: 'run_timeout',
    });
  });

  test('is the same again from its start and its steps, and from a fork of its own journal', () => {
    const steps = [
      { do: 'send', event: { type: 'customer.message', id: 'm1', at: AT, text: 'hi' } },
      { do: 'advance', ms: 2_000 },
      { do: 'send', event: { type: 'agent.claim', at: AT + 2_000, agent: { id: 'a', name: 'Ann' } } },
      { do: 'send', event: { type: 'agent.message', at: AT + 3_000, agent: { id: 'a', name: 'Ann' }, text: 'Hello' } },
      { do: 'advance', ms: 3_600_000 },
    ] as const;
    const [one, other] = [new Sandbox(registry, talk), new Sandbox(registry, talk)];
    for (const step of steps) {
      one.play(step);
      other.play(step);
    }
    expect(other.journal).toEqual(one.journal);
    expect(other.row).toEqual(one.row);
    expect(one.row.state).toBe('IDLE');
    const replayer = new Replayer(registry, 'talker');
    for (const entry of one.journal) replayer.play(entry);
    expect(JSON.stringify(replayer.checkpoint().snapshot)).toBe(JSON.stringify(one.row.snapshot));

    const cut = one.journal.findIndex(({ text }) => text === 'agent.claim');
    const past = new Replayer(registry, 'talker');
    for (const entry of one.journal.slice(0, cut)) past.play(entry);
    const checkpoint = JSON.parse(JSON.stringify(past.checkpoint()));
    const fork = new Sandbox(registry, { kind: 'fork', row: one.row, checkpoint, seq: cut, at: AT + 2_000 });
    expect(fork.row).toMatchObject({ version: cut, state: 'ACTIVE', handler: 'bot', open: true });
    const [answer] = fork.invocations;
    expect(answer?.id).toMatch(/^answer/);
    fork.play({ do: 'settle', serial: answer?.serial ?? -1, output: { text: 'Another answer' } });
    expect(fork.effects).toMatchObject([{ type: 'message.send', payload: { params: { text: 'Another answer' } } }]);
    expect(fork.journal[0]?.seq).toBe(cut + 1);
  });
});
