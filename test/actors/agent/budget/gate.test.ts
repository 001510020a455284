import { describe, expect, test } from 'vitest';
import { accountOf, type BudgetSettings, type Spender } from '#actors/agent/budget/accounts.ts';
import { type BudgetGate, type BudgetGateOptions, type Call, createBudgetGate, type Permit } from '#actors/agent/budget/gate.ts';
import { LIST_PRICES, rates } from '#actors/agent/budget/prices.ts';
import { Unavailable } from '#machines/errors.ts';
import { parseAddress } from '#machines/ids.ts';
import type { Ledger } from '#storage/ledger.ts';
import { createMemoryStore } from '#storage/memory/adapter.ts';
import { newId } from '#test/contracts/store-fixtures.ts';

const NOV = Date.UTC(2026, 10, 30, 23, 59);
const FREE = { tokens: null, microDollars: null };
const spender: Spender = { tenant: 'acme', sessionId: newId(), address: parseAddress('telegram:acme_bot:7') };
const usage = (inputTokens: number, outputTokens: number) => ({
  inputTokens,
  outputTokens,
  cacheReadTokens: 0,
  cacheWriteTokens: 0,
  estimated: false,
});

let calls = 0;
/** A dollar a token out, nothing in. */
function call(outputTokens: number, parts: Partial<Call> = {}): Call {
  calls += 1;
  return { id: `run.1.${calls}`, spender, model: 'dear', inputTokens: 0, outputTokens, ...parts };
}

interface World {
  readonly gate: BudgetGate;
  readonly ledger: Ledger;
  readonly troubles: unknown[];
  now: number;
}

function world(
  limits: Partial<BudgetSettings['limits']>,
  options: Partial<BudgetGateOptions> = {},
  period: 'day' | 'month' = 'month',
): World {
  const ledger = options.ledger ?? createMemoryStore().ledger;
  const troubles: unknown[] = [];
  const made: World = {
    ledger,
    troubles,
    now: NOV,
    gate: createBudgetGate({
      settings: { limits: { session: FREE, customer: FREE, tenant: FREE, ...limits }, period },
      prices: { ...LIST_PRICES, dear: rates(0, 1_000_000, 0, 0) },
      clock: { now: () => made.now, sleep: async () => {} },
      handOver: false,
      trouble: (_, error) => troubles.push(error),
      ...options,
      ledger,
    }),
  };
  return made;
}

async function permitted(gate: BudgetGate, asked: Call): Promise<Permit> {
  const answer = await gate.beforeCall(asked);
  if (!answer.granted) throw new Error(answer.reason);
  return answer;
}

describe('the gate', () => {
  test('makes no call that might exceed a budget, and says whose it is and what the customer is told', async () => {
    const { gate } = world({ session: { tokens: null, microDollars: 10_000_000 } });
    const permit = await permitted(gate, call(6));
    expect(await gate.beforeCall(call(5))).toEqual({
      granted: false,
      scope: 'session',
      unit: 'money',
      limit: 10_000_000,
      spent: 0,
      reserved: 6_000_000,
      asked: 5_000_000,
      handOver: false,
      text: 'I have reached the limit of what I may do in this conversation. If you need a human, write /agent.',
      reason: 'the budget of the session is spent: $0.0000 of $10.0000, $6.0000 held by calls under way, $5.0000 asked for',
    });
    expect(await gate.afterCall(permit, usage(1_000, 2))).toBe(2_000_000);
    expect(await gate.beforeCall(call(5))).toMatchObject({ granted: true });
  });

  test('counts tokens too, and names them', async () => {
    const { gate } = world({ customer: { tokens: 100, microDollars: null } });
    const permit = await permitted(gate, call(40, { inputTokens: 20 }));
    await gate.afterCall(permit, usage(30, 40));
    expect(await gate.beforeCall(call(31))).toMatchObject({ granted: false, scope: 'customer', unit: 'tokens', spent: 70, asked: 31 });
  });

  test('speaks Arabic, and hands over where it is told to', async () => {
    const { gate } = world({ tenant: { tokens: 0, microDollars: null } }, { handOver: true });
    const refusal = await gate.beforeCall(call(1, { locale: 'ar-EG' }));
    expect(refusal).toMatchObject({ granted: false, scope: 'tenant', handOver: true });
    expect(refusal).toHaveProperty(
      'text',
      'لا أستطيع الإجابة الآن لكثرة الطلبات. حاول مرة أخرى لاحقًا من فضلك. سيتولى أحد الزملاء مساعدتك من الآن.',
    );
  });

  test('calls made at once cannot spend more together', async () => {
    const { gate, ledger } = world({ tenant: { tokens: null, microDollars: 50_000_000 } });
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, index) =>
        gate.beforeCall(call(7, { spender: { ...spender, sessionId: newId(), address: parseAddress(`web:default:v_${index}`) } })),
      ),
    );
    const permits = answers.filter((answer) => answer.granted);
    expect(permits).toHaveLength(7);
    await Promise.all(permits.map((permit) => gate.afterCall(permit, usage(0, 7))));
    expect(await ledger.balances('acme', ['tenant/2026-11'])).toMatchObject([{ spent: { microDollars: 49_000_000 } }]);
  });

  test('a call is charged once, to the period that it was made in, and one that sent nothing is given back', async () => {
    const made = world({ customer: { tokens: null, microDollars: 10_000_000 } }, {}, 'day');
    const permit = await permitted(made.gate, call(9));
    made.now += 120_000;
    await made.gate.afterCall(permit, usage(0, 9));
    await made.gate.afterCall(permit, usage(0, 9));
    const [before, after] = [NOV, made.now].map((now) => accountOf('customer', spender, 'day', now));
    expect([before, after]).toEqual(['customer:telegram:acme_bot:7/2026-11-30', 'customer:telegram:acme_bot:7/2026-12-01']);
    const balances = await made.ledger.balances('acme', [before ?? '', after ?? '']);
    expect(balances.map(({ spent }) => spent.microDollars)).toEqual([9_000_000, 0]);
    // A new day.
    const unsent = await permitted(made.gate, call(10));
    expect(await made.gate.afterCall(unsent, undefined)).toBe(0);
    expect(await made.gate.beforeCall(call(10))).toMatchObject({ granted: true });
  });

  test('a model without a price, and a ledger that is away, are no permit', async () => {
    const { gate } = world({});
    await expect(gate.beforeCall(call(1, { model: 'claude-unheard-of' }))).rejects.toMatchObject({
      code: 'unknown_price',
      retryable: false,
    });
    const away: Ledger = { ...createMemoryStore().ledger, reserve: async () => Promise.reject(new Unavailable('gone')) };
    await expect(world({}, { ledger: away }).gate.beforeCall(call(1))).rejects.toThrow(Unavailable);
    const once = call(1);
    await gate.afterCall(await permitted(gate, once), usage(0, 1));
    await expect(gate.beforeCall(once)).rejects.toMatchObject({ code: 'defect' });
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
    const { gate, troubles } = world({}, { ledger: flaky });
    const permit = await permitted(gate, call(3));
    expect(await gate.afterCall(permit, usage(0, 3))).toBe(3_000_000);
    expect(troubles).toEqual([]);
    expect(await ledger.balances('acme', ['tenant/2026-11'])).toMatchObject([{ spent: { tokens: 3, microDollars: 3_000_000 } }]);
    away = 100;
    const lost = await permitted(gate, call(3));
    expect(await gate.afterCall(lost, usage(0, 3))).toBe(3_000_000);
    expect(troubles).toEqual([expect.any(Unavailable)]);
  });

  test('what a dead process held is given back after a while', async () => {
    const { gate, ledger } = world({ session: { tokens: 10, microDollars: null } }, { ttlMs: 100 });
    await permitted(gate, call(10));
    expect(await gate.beforeCall(call(10))).toMatchObject({ granted: false });
    await expect.poll(async () => (await ledger.balances('acme', [`session:${spender.sessionId}`]))[0]?.reserved.tokens).toBe(0);
    expect(await gate.beforeCall(call(10))).toMatchObject({ granted: true });
  });
});
