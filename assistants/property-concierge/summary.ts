/** What a customer wants, in one line of English for the agents. Pure. */
import type { PropertyFacts } from './facts/schema.ts';
import { english } from './offline/words-english.ts';

/** Characters that a hand-over takes. */
const MOST = 300;

export function summaryOf(facts: PropertyFacts): string {
  const said = english.facts(facts);
  const { name } = facts;
  const wish = said === '' ? 'Nothing is known yet of what they look for.' : `Looks for: ${said}.`;
  const whole = name === undefined ? wish : `${name}. ${wish}`;
  return whole.length <= MOST ? whole : `${whole.slice(0, MOST - 1)}…`;
}
