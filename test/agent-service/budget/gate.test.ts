import { describe, expect, test } from 'vitest';
import { accountOf, type BudgetSettings, type Spender } from '#agent-service/budget/accounts.ts';
import { type BudgetGate, type BudgetOptions, budgetGates, type Payer, type PlannedCall } from '#agent-service/budget/gate.ts';
import { LIST_PRICES, rates } from '#agent-service/budget/prices.ts';
import type { BudgetRefusal } from '#agent-service/budget/refusal.ts';
import type { PlannedToolCall } from '#agent-service/gate.ts';
import { InvalidInput, Unavailable } from '#machines/errors.ts';
import { parseAddress } from '#machines/ids.ts';
import type { Ledger } from '#storage/ledger.ts';
import { createMemoryStore } from '#storage/memory/adapter.ts';
import { newId } from '#test/contracts/store-fixtures.ts';

/** A minute before December. */
const NOVEMBER = Date.UTC(2026, 10, 30, 23, 59);
const FREE = { tokens: null, microDollars: null };
const spender: Spender = { tenant: 'acme', sessionId: newId(), address: parseAddress('telegram:acme_bot:7') };
const used = (inputTokens: number, outputTokens: number) => ({
  usage: { inputTokens, outputTokens, cacheReadTokens: 0, cacheWriteTokens: 0, estimated: false },
});

let runs = 0;
/** A run of its own. A dollar a token out, nothing in. */
const call = (maxOutputTokens: number, parts: Partial<PlannedCall> = {}): PlannedCall => ({
  runId: `run-${++runs}`,
  turn: 1,
  model: 'dear',
  inputTokens: 0,
  maxOutputTokens,
  ...parts,
});

interface TestGate {
  gate(payer?: Partial<Payer>): BudgetGate;
  readonly ledger: Ledger;
  readonly errors: unknown[];
  readonly refusals: BudgetRefusal[];
  now: number;
}

function createGate(
  limits: Partial<BudgetSettings['limits']>,
  options: Partial<BudgetOptions> = {},
  period: 'day' | 'month' = 'month',
): TestGate {
  const ledger = options.ledger ?? createMemoryStore().ledger;
  const errors: unknown[] = [];
  const refusals: BudgetRefusal[] = [];
  const gates = budgetGates({
    settings: { limits: { session: FREE, customer: FREE, tenant: FREE, ...limits }, period },
    prices: { ...LIST_PRICES, dear: rates(0, 1_000_000, 0, 0) },
    clock: {
      now: () => made.now,
      after: (_ms, callback) => {
        queueMicrotask(callback);
        return () => {};
      },
    },
    handOver: false,
    onError: (_, error) => errors.push(error),
    ...options,
    ledger,
  });
  const gate = (payer: Partial<Payer> = {}) => gates({ ...spender, onRefused: (refusal) => refusals.push(refusal), ...payer });
  const made: TestGate = { ledger, errors, refusals, now: NOVEMBER, gate };
  return made;
}

/** A call of a tool of a run of its own. */
const toolCall = (price: number, parts: Partial<PlannedToolCall> = {}): PlannedToolCall => ({
  runId: `run-${++runs}`,
  turn: 1,
  index: 0,
  tool: 'fetch',
  price,
  ...parts,
});

async function permitted(gate: BudgetGate, planned: PlannedCall): Promise<{ readonly id: string }> {
  const decision = await gate.beforeCall(planned);
  if ('refusal' in decision) throw new Error(decision.refusal.message);
  return decision.permit;
}

describe('the gate', () => {
  test('makes no call that might exceed a budget, tells the customer, and tells others whose it is and by how much', async () => {
    const { gate, refusals } = createGate({ session: { tokens: null, microDollars: 10_000_000 } });
    const permit = await permitted(gate(), call(6));
    const message = 'I have reached the limit of what I may do in this conversation. If you need a human, write /agent.';
    expect(await gate().beforeCall(call(5))).toEqual({
      refusal: { code: 'budget_spent', message, reason: expect.stringContaining('the budget of the session') },
    });
    expect(refusals).toEqual([
      {
        scope: 'session',
        unit: 'money',
        limit: 10_000_000,
        spent: 0,
        reserved: 6_000_000,
        asked: 5_000_000,
        handOver: false,
        text: message,
        reason: 'the budget of the session is spent: $0.0000 of $10.0000, $6.0000 held by calls under way, $5.0000 requested',
      },
    ]);
    const same = gate();
    await expect(same.afterCall(permit, used(0, 0))).rejects.toThrow(InvalidInput);
  });

  test('charges what was used, and gives back the rest', async () => {
    const { gate, ledger } = createGate({ session: { tokens: null, microDollars: 10_000_000 } });
    const costs: number[] = [];
    const mine = gate({ onCharged: (cost) => costs.push(cost) });
    await mine.afterCall(await permitted(mine, call(10)), used(1_000, 2));
    expect(costs).toEqual([2_000_000]);
    expect(await ledger.balances('acme', [`session:${spender.sessionId}`])).toMatchObject([
      { spent: { tokens: 1_002, microDollars: 2_000_000 }, reserved: { tokens: 0 } },
    ]);
    expect(await mine.beforeCall(call(8))).toHaveProperty('permit');
  });

  test('counts tokens too, with a margin before the call, and names them', async () => {
    const { gate, refusals } = createGate({ customer: { tokens: 100, microDollars: null } });
    const mine = gate();
    await mine.afterCall(await permitted(mine, call(40, { inputTokens: 30 })), used(30, 40));
    expect(await mine.beforeCall(call(11, { inputTokens: 10 }))).toHaveProperty('refusal');
    expect(refusals).toMatchObject([{ scope: 'customer', unit: 'tokens', spent: 70, asked: 31 }]);
    expect(await mine.beforeCall(call(10, { inputTokens: 10 }))).toHaveProperty('permit');
  });

  test('speaks Arabic, and says that a human takes over where one does', async () => {
    const { gate, refusals } = createGate({ tenant: { tokens: 0, microDollars: null } }, { handOver: true });
    expect(await gate({ locale: 'ar-EG' }).beforeCall(call(1))).toEqual({
      refusal: {
        code: 'budget_spent',
        reason: expect.stringContaining('the budget of the tenant'),
        message: 'لا أستطيع الإجابة الآن لكثرة الطلبات. حاول مرة أخرى لاحقًا من فضلك. يستطيع أحد الزملاء مساعدتك.',
      },
    });
    expect(refusals).toMatchObject([{ scope: 'tenant', handOver: true }]);
  });

  test('calls made at once cannot spend more together', async () => {
    const { gate, ledger } = createGate({ tenant: { tokens: null, microDollars: 50_000_000 } });
    const runs = Array.from({ length: 20 }, (_, index) => gate({ sessionId: newId(), address: parseAddress(`web:default:v_${index}`) }));
    const decisions = await Promise.all(runs.map(async (run) => ({ run, decision: await run.beforeCall(call(7)) })));
    const permits = decisions.flatMap(({ run, decision }) => ('permit' in decision ? [{ run, permit: decision.permit }] : []));
    expect(permits).toHaveLength(7);
    await Promise.all(permits.map(({ run, permit }) => run.afterCall(permit, used(0, 7))));
    expect(await ledger.balances('acme', ['tenant/2026-11'])).toMatchObject([{ spent: { microDollars: 49_000_000 } }]);
  });

  test('a call is charged once, to the period that it was made in, and one that was not sent costs nothing', async () => {
    const made = createGate({ customer: { tokens: null, microDollars: 10_000_000 } }, {}, 'day');
    const mine = made.gate();
    const permit = await permitted(mine, call(9));
    made.now += 120_000;
    await mine.afterCall(permit, used(0, 9));
    await mine.afterCall(permit, used(0, 9));
    const accounts = [NOVEMBER, made.now].map((now) => accountOf('customer', spender, 'day', now));
    expect(accounts).toEqual(['customer:telegram:acme_bot:7/2026-11-30', 'customer:telegram:acme_bot:7/2026-12-01']);
    const balances = await made.ledger.balances('acme', accounts);
    expect(balances.map(({ spent }) => spent.microDollars)).toEqual([9_000_000, 0]);
    // A new day.
    await mine.afterCall(await permitted(mine, call(10)), used(0, 0));
    expect(await mine.beforeCall(call(10))).toHaveProperty('permit');
  });

  test('a run that begins again pays for each call that it makes, and not for the one in which it died', async () => {
    const { gate, ledger } = createGate({ session: { tokens: 12, microDollars: null } });
    const stands = async () => (await ledger.balances('acme', [`session:${spender.sessionId}`]))[0];
    const turn = (nth: number) => call(5, { runId: 'again', turn: nth });
    const first = gate();
    await first.afterCall(await permitted(first, turn(1)), used(0, 3));
    await permitted(first, turn(2));
    expect(await stands()).toMatchObject({ spent: { tokens: 3 }, reserved: { tokens: 5 } });
    // It died. Beside what it held there would be no room.
    const second = gate();
    await second.afterCall(await permitted(second, turn(2)), used(0, 3));
    expect(await stands()).toMatchObject({ spent: { tokens: 6 }, reserved: { tokens: 0 } });
    const third = gate();
    await third.afterCall(await permitted(third, turn(1)), used(0, 3));
    expect(await stands()).toMatchObject({ spent: { tokens: 9 }, reserved: { tokens: 0 } });
  });

  test('an attempt that was only taken for dead is charged too, even beyond the limit', async () => {
    const { gate, ledger } = createGate({ session: { tokens: 5, microDollars: null } });
    const same = call(5, { runId: 'twice' });
    const [one, two] = [gate(), gate()];
    const permits = [await permitted(one, same), await permitted(two, same)] as const;
    await one.afterCall(permits[0], used(0, 4));
    await two.afterCall(permits[1], used(0, 5));
    for (const account of [`session:${spender.sessionId}`, 'tenant/2026-11'])
      expect(await ledger.balances('acme', [account])).toMatchObject([
        { spent: { tokens: 9, microDollars: 9_000_000 }, reserved: { tokens: 0 } },
      ]);
  });

  test('a charge whose answer was lost is not made twice', async () => {
    const { ledger } = createMemoryStore();
    let lost = 1;
    const forgetful: Ledger = {
      ...ledger,
      settle: async (...given) => {
        const settled = await ledger.settle(...given);
        lost -= 1;
        if (lost >= 0) throw new Unavailable('no answer');
        return settled;
      },
    };
    const { gate, errors } = createGate({}, { ledger: forgetful });
    const mine = gate();
    await mine.afterCall(await permitted(mine, call(3)), used(0, 3));
    expect(await ledger.balances('acme', ['tenant/2026-11'])).toMatchObject([{ spent: { tokens: 3 } }]);
    expect(errors).toEqual([]);
  });

  test('a model without a price, and a ledger that is away, are no permit', async () => {
    const { gate, ledger } = createGate({});
    await expect(gate().beforeCall(call(1, { model: 'claude-unheard-of' }))).rejects.toMatchObject({
      code: 'unknown_price',
      retryable: false,
    });
    const away: Ledger = { ...ledger, reserve: async () => Promise.reject(new Unavailable('gone')) };
    await expect(createGate({}, { ledger: away }).gate().beforeCall(call(1))).rejects.toThrow(Unavailable);
    expect(await ledger.balances('acme', ['tenant/2026-11'])).toMatchObject([{ reserved: { tokens: 0 } }]);
  });

  test('a permit is asked for again while the ledger is away, and holds once', async () => {
    const { ledger } = createMemoryStore();
    const faults = ['before', 'after', 'before'];
    const flaky: Ledger = {
      ...ledger,
      reserve: async (...given) => {
        const fault = faults.shift();
        if (fault === 'before') throw new Unavailable('gone');
        const reserved = await ledger.reserve(...given);
        if (fault === 'after') throw new Unavailable('no answer');
        return reserved;
      },
    };
    const { gate } = createGate({ tenant: { tokens: 5, microDollars: null } }, { ledger: flaky });
    const mine = gate();
    const permit = await permitted(mine, call(3));
    expect(faults).toEqual([]);
    expect(await ledger.balances('acme', ['tenant/2026-11'])).toMatchObject([{ reserved: { tokens: 3 } }]);
    await mine.afterCall(permit, used(0, 3));
    expect(await ledger.balances('acme', ['tenant/2026-11'])).toMatchObject([{ spent: { tokens: 3 }, reserved: { tokens: 0 } }]);
  });

  test('a charge is tried again while the ledger is away, and reported when it cannot be made', async () => {
    const { ledger } = createMemoryStore();
    let away = 2;
    const flaky: Ledger = {
      ...ledger,
      settle: async (...given) => {
        away -= 1;
        if (away >= 0) throw new Unavailable('gone');
        return ledger.settle(...given);
      },
    };
    const { gate, errors } = createGate({}, { ledger: flaky });
    const mine = gate();
    await mine.afterCall(await permitted(mine, call(3)), used(0, 3));
    expect(errors).toEqual([]);
    expect(await ledger.balances('acme', ['tenant/2026-11'])).toMatchObject([{ spent: { tokens: 3, microDollars: 3_000_000 } }]);
    away = 100;
    await mine.afterCall(await permitted(mine, call(3)), used(0, 3));
    expect(errors).toEqual([expect.any(Unavailable)]);
  });

  test('what a dead process held is given back after a while', async () => {
    const { gate, ledger } = createGate({ session: { tokens: 10, microDollars: null } }, { ttlMs: 1_000 });
    await permitted(gate(), call(10));
    expect(await gate().beforeCall(call(10))).toHaveProperty('refusal');
    await expect.poll(async () => (await ledger.balances('acme', [`session:${spender.sessionId}`]))[0]?.reserved.tokens).toBe(0);
    expect(await gate().beforeCall(call(10))).toHaveProperty('permit');
  });
});

describe('a tool that has a price', () => {
  const spent = async ({ ledger, now }: TestGate) =>
    (await ledger.balances('acme', [accountOf('session', spender, 'month', now), accountOf('customer', spender, 'month', now)])).map(
      (balance) => [balance.spent.microDollars, balance.reserved.microDollars],
    );

  test('is reserved before the call and charged after it, in the accounts of the models', async () => {
    const made = createGate({ session: { tokens: null, microDollars: 1_000_000 } });
    const gate = made.gate();
    const admission = await gate.beforeTool(toolCall(500_000));
    if (admission === undefined || 'refusal' in admission) throw new Error('refused');
    expect(await spent(made)).toEqual([
      [0, 500_000],
      [0, 500_000],
    ]);
    // A model may not spend what the tool has reserved.
    expect(await gate.beforeCall(call(1))).toMatchObject({ refusal: { code: 'budget_spent' } });
    expect(await gate.afterTool(admission.permit, true)).toBe(500_000);
    expect(await gate.afterTool(admission.permit, true)).toBe(0);
    expect(await spent(made)).toEqual([
      [500_000, 0],
      [500_000, 0],
    ]);
  });

  test('is refused like a model where too little is left, and is free again if it was not called', async () => {
    const made = createGate({ customer: { tokens: null, microDollars: 800_000 } });
    const gate = made.gate({ locale: 'ar' });
    const admission = await gate.beforeTool(toolCall(500_000));
    expect(await gate.beforeTool(toolCall(500_000))).toMatchObject({
      refusal: {
        code: 'budget_spent',
        message: expect.stringContaining('بلغتُ الحد'),
        reason: expect.stringContaining('$0.5000 requested'),
      },
    });
    if (admission === undefined || 'refusal' in admission) throw new Error('refused');
    expect(await gate.afterTool(admission.permit, false)).toBe(0);
    expect(await spent(made)).toEqual([
      [0, 0],
      [0, 0],
    ]);
  });

  test('costs what the operator says, over what the tool says, and nothing by default', async () => {
    const made = createGate({}, { toolPrices: { fetch: 250_000, free: 0 } });
    const gate = made.gate();
    expect(await gate.beforeTool(toolCall(0, { tool: 'other' }))).toBeUndefined();
    expect(await gate.beforeTool(toolCall(900_000, { tool: 'free' }))).toBeUndefined();
    await gate.beforeTool(toolCall(900_000));
    expect(await spent(made)).toEqual([
      [0, 250_000],
      [0, 250_000],
    ]);
  });

  test('of a run that starts again takes its reservation over', async () => {
    const made = createGate({});
    await made.gate().beforeTool(toolCall(500_000, { runId: 'again' }));
    await made.gate().beforeTool(toolCall(500_000, { runId: 'again' }));
    await made.gate().beforeTool(toolCall(500_000, { runId: 'again', index: 1 }));
    expect((await spent(made))[0]).toEqual([0, 1_000_000]);
  });
});
