import { describe, expect, test } from 'vitest';
import * as z from 'zod';
import { InvalidInput, Unavailable } from '#machines/errors.ts';
import { contentOf, type FileContent } from '#machines/file-content.ts';
import { auditLog } from '#src/operations/audit.ts';
import { actingAgent, type Caller, tokenCaller } from '#src/operations/caller.ts';
import { defineOperation, fileHead, runOperation } from '#src/operations/operation.ts';
import { OperationProblem, problemTypes } from '#src/operations/problems.ts';
import { sendEvent } from '#src/operations/send-event.ts';
import { type Deliver, receipt } from '../http/fixture.ts';
import { testContext } from './test-context.ts';

/** An operation whose result the test defines. */
function double(run: (n: number) => unknown = (n) => ({ twice: 2 * n })) {
  return defineOperation({
    name: 'numbers.double',
    scope: 'holds:write',
    effect: 'write',
    summary: 'Doubles a number.',
    input: z.strictObject({ n: z.int().max(10) }),
    output: z.strictObject({ twice: z.number() }),
    errors: [problemTypes.notOpen],
    target: ({ n }) => `number ${n}`,
    async run(_context, { n }) {
      const result = run(n);
      return z.custom<{ twice: number }>().parse(result);
    },
  });
}

const done = {
  at: 1_000,
  caller: { kind: 'token', role: 'admin', agent: 'admin' },
  operation: 'numbers.double',
  effect: 'write',
  target: 'number 2',
  outcome: 'done',
  network: null,
};

describe('runOperation', () => {
  test('gives the result and writes one audit entry', async () => {
    const { context, audited } = testContext();
    expect(await runOperation(double(), context, () => ({ n: 2 }))).toEqual({ twice: 4 });
    expect(audited).toEqual([done]);
  });

  test.each<[string, unknown, string]>([
    ['a wrong field', { n: '2' }, 'n: Invalid input: expected number, received string.'],
    ['a field too many', { n: 2, m: 3 }, 'input: Unrecognized key: "m".'],
    ['nothing', undefined, 'input: Invalid input: expected object, received undefined.'],
  ])('refuses %s, runs nothing, and audits it', async (_, input, message) => {
    const { context, audited } = testContext();
    const ran: number[] = [];
    await expect(
      runOperation(
        double((n) => ran.push(n)),
        context,
        () => input,
      ),
    ).rejects.toMatchObject({ code: 'invalid_input', message });
    expect(ran).toEqual([]);
    expect(audited).toEqual([{ ...done, target: null, outcome: 'invalid_input' }]);
  });

  test('refuses a caller without the scope, runs nothing, and audits it', async () => {
    const caller: Caller = { ...tokenCaller('admin'), scopes: new Set(['holds:read', 'sessions:act']) };
    const { context, audited } = testContext({ caller });
    const ran: number[] = [];
    const operation = double((n) => ran.push(n));
    await expect(runOperation(operation, context, () => ({ n: 2 }))).rejects.toMatchObject({
      code: 'forbidden',
      message: 'numbers.double needs the scope holds:write.',
      facts: { scope: 'holds:write' },
    });
    // Without the scope a caller does not learn what is wrong with its input.
    await expect(runOperation(operation, context, () => ({ n: 'x' }))).rejects.toMatchObject({ code: 'forbidden' });
    expect(ran).toEqual([]);
    expect(audited).toEqual([
      { ...done, outcome: 'forbidden' },
      { ...done, target: null, outcome: 'forbidden' },
    ]);
  });

  test('checks the scope and audits the call also if the input cannot be read', async () => {
    const error = new InvalidInput('body: expected an object.');
    const unreadable = () => {
      throw error;
    };
    const { context, audited } = testContext();
    await expect(runOperation(double(), context, unreadable)).rejects.toBe(error);
    const caller: Caller = { ...tokenCaller('admin'), scopes: new Set() };
    await expect(runOperation(double(), { ...context, caller }, unreadable)).rejects.toMatchObject({ code: 'forbidden' });
    expect(audited).toEqual([
      { ...done, target: null, outcome: 'invalid_input' },
      { ...done, target: null, outcome: 'forbidden' },
    ]);
  });

  test.each([
    ['a declared problem', new OperationProblem(problemTypes.notOpen, 'over'), 'not_open'],
    ['a store that cannot be reached', new Unavailable('postgres is away'), 'unavailable'],
    ['a defect', new TypeError('x is undefined'), 'internal'],
  ])('lets %s through and audits it', async (_, error, outcome) => {
    const { context, audited } = testContext();
    const failing = double(() => {
      throw error;
    });
    await expect(runOperation(failing, context, () => ({ n: 2 }))).rejects.toBe(error);
    expect(audited).toEqual([{ ...done, outcome }]);
  });

  test('with checkResults fails on a result or a problem that the operation does not declare', async () => {
    const broken = (run: () => unknown) => runOperation(double(run), testContext().context, () => ({ n: 2 }));
    const code = 'contract_broken';
    await expect(broken(() => ({ twice: '4' }))).rejects.toMatchObject({ code, message: expect.stringContaining('twice') });
    await expect(broken(() => ({ twice: 4, secret: 1 }))).rejects.toMatchObject({ code, message: expect.stringContaining('secret') });
    // The result counts as JSON has it.
    await expect(broken(() => ({ twice: Number.NaN }))).rejects.toMatchObject({ code });
    expect(await broken(() => ({ twice: 4, left: undefined }))).toMatchObject({ twice: 4 });
    const undeclared = new OperationProblem(problemTypes.held, 'taken');
    await expect(
      broken(() => {
        throw undeclared;
      }),
    ).rejects.toMatchObject({ code, message: expect.stringContaining('"held"'), cause: undeclared });
    const { context } = testContext({ checkResults: false });
    expect(
      await runOperation(
        double(() => ({ twice: '4' })),
        context,
        () => ({ n: 2 }),
      ),
    ).toEqual({ twice: '4' });
  });

  test('with checkResults wants the bytes of a binary operation', async () => {
    const fileOf = (read: unknown) =>
      defineOperation({
        name: 'files.test',
        scope: 'sessions:read',
        effect: 'read',
        summary: 'Gives a file.',
        input: z.strictObject({}),
        output: fileHead,
        binary: true,
        async run() {
          return { id: 'f', name: 'f.txt', mimeType: 'text/plain', size: 1, read: z.custom<FileContent['read']>().parse(read) };
        },
      });
    const { context } = testContext();
    const { read } = contentOf(Uint8Array.of(7));
    expect(await runOperation(fileOf(read), context, () => ({}))).toMatchObject({ read });
    await expect(runOperation(fileOf('7'), context, () => ({}))).rejects.toMatchObject({ code: 'contract_broken' });
  });
});

describe('the acting agent', () => {
  const amira: Caller = { kind: 'agent', agent: { id: 'amira', name: 'Amira' }, role: 'agent', scopes: new Set() };

  test('is whom the token names, and else its own', () => {
    const token = tokenCaller('admin');
    expect(actingAgent(token, undefined)).toEqual({ id: 'admin', name: 'admin' });
    expect(actingAgent(token, 'omar')).toEqual({ id: 'omar', name: 'omar' });
    expect(actingAgent(token, { id: 'omar', name: 'Omar' })).toEqual({ id: 'omar', name: 'Omar' });
  });

  test('is always the person that calls, under their own name', () => {
    expect(actingAgent(amira, undefined)).toEqual(amira.agent);
    expect(actingAgent(amira, { id: 'amira', name: 'The boss' })).toEqual(amira.agent);
    expect(() => actingAgent(amira, 'omar')).toThrow(expect.objectContaining({ code: 'forbidden' }));
  });
});

describe('a close', () => {
  const id = '01890a5d-ac96-774b-bcce-b302099a8001';
  const amira: Caller = { kind: 'agent', agent: { id: 'amira', name: 'Amira' }, role: 'agent', scopes: new Set(['sessions:act']) };

  /** Resolves to what the session received. */
  async function close(caller: Caller, fields: object): Promise<unknown> {
    const received: unknown[] = [];
    const deliver: Deliver = async (_session, event) => {
      received.push(event);
      return receipt();
    };
    const { context } = testContext({ caller, actors: { ...testContext().context.actors, deliver } });
    await runOperation(sendEvent, context, () => ({ sessionId: id, event: { type: 'close', reason: 'over', ...fields } }));
    return received[0];
  }

  test.each([
    ['names another person beside the agent', { agent: 'amira', by: 'omar' }],
    ['names another person alone', { by: 'omar' }],
    ['names another agent beside the person', { agent: 'omar', by: 'amira' }],
  ])('of a person is refused if it %s', async (_, fields) => {
    await expect(close(amira, fields)).rejects.toMatchObject({ code: 'forbidden' });
  });

  test('is journalled by whom it names', async () => {
    expect(await close(amira, { agent: 'amira', by: 'amira' })).toMatchObject({ type: 'close', by: 'amira' });
    expect(await close(tokenCaller('admin'), { agent: 'amira', by: 'omar' })).toMatchObject({ type: 'close', by: 'omar' });
  });
});

test('the audit log has changes at info and reads at debug', () => {
  const lines: [string, object, string][] = [];
  const audit = auditLog({
    info: (...line) => void lines.push(['info', ...line]),
    debug: (...line) => void lines.push(['debug', ...line]),
  });
  const entry = {
    at: 1,
    caller: { kind: 'token', role: 'admin', agent: 'a' },
    operation: 'x',
    target: null,
    outcome: 'done',
    network: null,
  } as const;
  audit({ ...entry, effect: 'write' });
  audit({ ...entry, effect: 'read' });
  expect(lines).toEqual([
    ['info', { ...entry, effect: 'write' }, 'operation'],
    ['debug', { ...entry, effect: 'read' }, 'operation'],
  ]);
});
