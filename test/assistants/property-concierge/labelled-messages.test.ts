/**
 * How well the rules read labelled messages (A8). The floors are what was reached, a little below.
 * docs/reference/property-concierge.md has the figures and what they are worth.
 */
import { beforeAll, describe, expect, it } from 'vitest';
import { propertyExtraction } from '#assistants/property-concierge/facts/extraction.ts';
import { propertyFacts } from '#assistants/property-concierge/facts/schema.ts';
import { saysWords } from '#machines/session/reading.ts';
import { type Labelled, labelledMessages, precision, type Readings, readLabelled, recall, type Score, scored, total } from './labelled.ts';

let all: readonly Labelled[];
let readings: Readings;
let tuned: ReadonlyMap<string, Score>;
let heldOut: ReadonlyMap<string, Score>;
beforeAll(async () => {
  all = await labelledMessages();
  readings = new Map(all.map((message) => [message, readLabelled(propertyExtraction, message)]));
  const held = all.filter(({ isHeldOut }) => isHeldOut);
  tuned = scored(
    all.filter(({ isHeldOut }) => !isHeldOut),
    readings,
  );
  heldOut = scored(held, readings);
  if (process.env.SHOW_SCORES === '1') show();
});

/** Prints the table of the reference page. */
function show(): void {
  const row = (name: string, a: Score, b: Score): string =>
    `| ${[name, ...[a, b].flatMap((score) => [score.right + score.missed, precision(score).toFixed(2), recall(score).toFixed(2)])].join(' | ')} |`;
  const none = { right: 0, wrong: 0, missed: 0 };
  const fields = [...propertyFacts.keyof().options].map((field) => row(field, tuned.get(field) ?? none, heldOut.get(field) ?? none));
  const late = total(
    scored(
      all.filter(({ kind, isHeldOut }) => kind === 'fresh' && isHeldOut),
      readings,
    ),
  );
  process.stdout.write(`${[...fields, row('all', total(tuned), total(heldOut)), row('late', none, late)].join('\n')}\n`);
}

it('has more than 300 messages, each once, in both languages, and labels that the schema takes', () => {
  expect(all.length).toBeGreaterThanOrEqual(440);
  expect(new Set(all.map(({ text }) => text)).size).toBe(all.length);
  for (const kind of ['en', 'ar', 'mixed', 'typo', 'reply', 'nonsense', 'fresh'])
    expect(all.filter((one) => one.kind === kind).length).toBeGreaterThan(20);
  for (const { facts } of all) expect(propertyFacts.strict().parse(facts)).toEqual(facts);
});

describe('the rules', () => {
  it('reach their floors, also on messages that they were not tuned on', () => {
    expect(precision(total(tuned))).toBeGreaterThan(0.98);
    expect(recall(total(tuned))).toBeGreaterThan(0.97);
    expect(precision(total(heldOut))).toBeGreaterThan(0.96);
    expect(recall(total(heldOut))).toBeGreaterThan(0.95);
  });

  it.each(['locations', 'types', 'bedrooms', 'budgetMax', 'purpose', 'currency'])('read %s well on messages held out', (field) => {
    const score = heldOut.get(field) ?? { right: 0, wrong: 0, missed: 0 };
    expect(score.right).toBeGreaterThan(4);
    expect(precision(score)).toBeGreaterThan(0.9);
    expect(recall(score)).toBeGreaterThan(0.85);
  });

  it('read viewings, which are no dates of moving in', () => {
    const [viewing, moveIn] = ['viewing', 'moveIn'].map((field) => heldOut.get(field) ?? { right: 0, wrong: 0, missed: 0 });
    expect(viewing?.right).toBeGreaterThan(8);
    expect(viewing && precision(viewing)).toBeGreaterThan(0.9);
    expect(viewing && recall(viewing)).toBeGreaterThan(0.8);
    expect(moveIn && precision(moveIn)).toBe(1);
  });

  it('give nothing without its words in the message', () => {
    let facts = 0;
    for (const message of all) {
      for (const { words = '', confidence = 0, message: id } of Object.values(readings.get(message) ?? {})) {
        facts += 1;
        expect(saysWords(message.text, words), `${message.text}: ${words}`).toBe(true);
        expect(message.text).toContain(words);
        expect(id).toBe('m1');
        expect(confidence).toBeGreaterThan(0);
        expect(confidence).toBeLessThanOrEqual(1);
      }
    }
    expect(facts).toBeGreaterThan(600);
  });

  it('give nothing for nonsense', () => {
    const nonsense = all.filter(({ kind }) => kind === 'nonsense');
    expect(nonsense.filter((message) => Object.keys(readings.get(message) ?? {}).length > 0)).toEqual([]);
  });
});
