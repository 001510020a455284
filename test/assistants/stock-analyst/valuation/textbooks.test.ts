/**
 * Published examples, with their printed figures.
 *
 * [BMA12] Brealey, Myers, Allen. Principles of Corporate Finance, 12th edition, McGraw-Hill 2017,
 * section 4-5, pages 94 and 95, Table 4.7, the concatenator business.
 * [DoV2] Damodaran. Damodaran on Valuation, 2nd edition, Wiley 2006, Illustration 6.2, Titan
 * Cement, from the value of its operating assets to its equity and share.
 */
import { describe, expect, it } from 'vitest';
import { equityBridge } from '#assistants/stock-analyst/valuation/equity-bridge.ts';
import { presentValue } from '#assistants/stock-analyst/valuation/present-value.ts';

describe('the concatenator business', () => {
  it('is worth $16.3 million, 0.9 by its early cash flows and 15.4 by its horizon value [BMA12]', () => {
    const value = presentValue({ flows: [0, 0, 0, 0.42, 0.46, 0.5], terminalFlow: 1.09, discountRate: 0.1, terminalGrowth: 0.06 });
    // 1.09 / .04 = 27.25, printed as 27.3.
    expect(value.terminalValue).toBeCloseTo(27.25, 10);
    expect(value.presentTerminalValue.toFixed(1)).toBe('15.4');
    const early = value.total - value.presentTerminalValue;
    expect(early.toFixed(1)).toBe('0.9');
    // The book adds the rounded parts, .9 + 15.4 = 16.3.
    expect(Number(early.toFixed(1)) + Number(value.presentTerminalValue.toFixed(1))).toBeCloseTo(16.3, 10);
    // The book has 15.4 / 16.3 as "94% of the value of the business rests on the horizon value".
    expect(value.presentTerminalValue / value.total).toBeCloseTo(0.94, 1);
  });
});

describe('Titan Cement', () => {
  it('has an equity of 2,514.07 million euros and 32.84 euros per share [DoV2]', () => {
    const shares = 76.56;
    const bridge = equityBridge({ enterpriseValue: 2897.42, cash: 76.8, debt: 414.25, minorityInterest: 45.9, shares });
    expect(bridge.equityValue).toBeCloseTo(2514.07, 2);
    expect(bridge.valuePerShare).toBeCloseTo(32.84, 2);
  });
});
