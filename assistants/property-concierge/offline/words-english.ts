import type { PropertyFacts } from '../facts/schema.ts';
import type { Point } from '../listings/match.ts';
import type { Described, ListingResult } from '../tools.ts';
import { momentIn, type Words } from './words.ts';

const number = new Intl.NumberFormat('en', { maximumFractionDigits: 2 });

const POINTS: Readonly<Record<Point, string>> = {
  place: 'the area',
  type: 'the kind of home',
  bedrooms: 'the bedrooms',
  bathrooms: 'the bathrooms',
  budget: 'your budget',
  area: 'the size',
  payment: 'installments',
  down_payment: 'the down payment',
  furnished: 'the furniture',
  finishing: 'the finishing',
  readiness: 'the delivery',
  floor: 'the floor',
  features: 'all that you asked for',
};

function money(amount: number, currency: string): string {
  const shown = amount >= 1_000_000 ? `${number.format(amount / 1_000_000)} million` : number.format(amount);
  return `${shown} ${currency}`;
}

function price({ price: amount, currency, purpose }: Described): string {
  return `${money(amount, currency)}${purpose === 'rent' ? ' a month' : ''}`;
}

function rooms(count: number): string {
  return count === 0 ? '' : count === 1 ? '1 bedroom' : `${count} bedrooms`;
}

function spoken(value: string): string {
  return value.replaceAll('_', ' ');
}

function list(values: readonly string[]): string {
  return new Intl.ListFormat('en', { type: 'conjunction' }).format(values);
}

function either(values: readonly string[]): string {
  return new Intl.ListFormat('en', { type: 'disjunction' }).format(values);
}

function miss(point: Point, one: Described, facts: PropertyFacts): string {
  switch (point) {
    case 'budget':
      return facts.budgetMax !== undefined && one.price > facts.budgetMax
        ? `${Math.ceil((one.price / facts.budgetMax - 1) * 100)} % above your budget`
        : 'below the price that you named';
    case 'place':
      return `it is in ${one.placeName.en}`;
    case 'type':
      return `a ${spoken(one.type)}`;
    case 'bedrooms':
      return one.bedrooms === 0 ? 'no separate bedroom' : `${rooms(one.bedrooms)} instead of ${facts.bedrooms}`;
    case 'bathrooms':
      return `${one.bathrooms} bathroom${one.bathrooms === 1 ? '' : 's'}`;
    case 'area':
      return `${one.area} m²`;
    case 'payment':
      return one.plan === undefined ? 'no installments' : `installments over ${one.plan.years} years only`;
    case 'down_payment':
      return `a down payment of ${one.plan?.downPercent ?? 100} %`;
    case 'readiness':
      return one.delivery === undefined ? 'ready already' : `delivered in ${one.delivery}`;
    case 'furnished':
      return spoken(one.furnished);
    case 'finishing':
      return spoken(one.finishing);
    case 'floor':
      return one.floor === 0 ? 'on the ground floor' : `on floor ${one.floor}`;
    case 'features': {
      const missing = (facts.features ?? []).filter((feature) => !one.features.includes(feature));
      return `without ${either(missing.map(spoken))}`;
    }
  }
}

function facts(known: PropertyFacts): string {
  const { types, bedrooms, bedroomsMax, bathrooms, locations, excludedLocations, excludedTypes, areaMin, areaMax, budgetMin, budgetMax } =
    known;
  const {
    currency = 'EGP',
    payment,
    installmentYears,
    downPayment,
    downPaymentPercent,
    furnished,
    finishing,
    readiness,
    moveIn,
    urgency,
    floor,
  } = known;
  const period = known.rentPeriod === undefined ? '' : ` a ${known.rentPeriod}`;
  const said = [
    known.purpose === undefined ? '' : `to ${known.purpose}`,
    types === undefined ? '' : either(types.map(spoken)),
    bedrooms === undefined ? '' : bedroomsMax === undefined ? rooms(bedrooms) || 'no bedroom' : `${bedrooms} to ${bedroomsMax} bedrooms`,
    bathrooms === undefined ? '' : `${bathrooms} bathroom${bathrooms === 1 ? '' : 's'}`,
    locations === undefined ? '' : `in ${either(locations)}`,
    excludedLocations === undefined ? '' : `not in ${either(excludedLocations)}`,
    excludedTypes === undefined ? '' : `no ${either(excludedTypes.map(spoken))}`,
    budgetMax === undefined
      ? budgetMin === undefined
        ? ''
        : `from ${money(budgetMin, currency)}${period}`
      : budgetMin === undefined
        ? `up to ${money(budgetMax, currency)}${period}`
        : `${money(budgetMin, currency)} to ${money(budgetMax, currency)}${period}`,
    areaMin === undefined
      ? areaMax === undefined
        ? ''
        : `up to ${areaMax} m²`
      : `${areaMin}${areaMax === undefined ? '' : ` to ${areaMax}`} m²`,
    payment ?? '',
    installmentYears === undefined ? '' : `over ${installmentYears} years`,
    downPayment === undefined ? '' : `${money(downPayment, currency)} down`,
    downPaymentPercent === undefined ? '' : `${downPaymentPercent} % down`,
    furnished === undefined ? '' : spoken(furnished),
    finishing === undefined ? '' : spoken(finishing),
    readiness === undefined ? '' : readiness === 'ready' ? 'ready to move in' : 'off plan',
    floor === undefined ? '' : floor === 0 ? 'ground floor' : `floor ${floor}`,
    known.features === undefined ? '' : `with ${list(known.features.map(spoken))}`,
    moveIn === undefined ? '' : `by ${moveIn}`,
    known.viewing === undefined ? '' : `a viewing on ${momentIn('en-GB', known.viewing)}`,
    known.callBack === undefined ? '' : `a call on ${momentIn('en-GB', known.callBack)}`,
    urgency === undefined ? '' : urgency === 'immediate' ? 'urgent' : urgency === 'soon' ? 'soon' : 'no hurry',
  ];
  return said.filter((one) => one !== '').join(', ');
}

const ON_THE_MAP: Readonly<Record<ListingResult['map'], string>> = {
  property: ' Here it is on the map.',
  area: ' The map shows the middle of the area. For the exact address, say that you want a viewing.',
  unknown: ' I do not have it on a map. For the exact address, say that you want a viewing.',
  not_shown: '',
};

export const english: Words = {
  greeting: 'Hello, I am the property concierge. I find you a home to buy or to rent.',
  ask: {
    purpose: 'Would you like to buy or to rent?',
    locations: 'Which area do you have in mind?',
    budget: 'What is your budget?',
    bedrooms: 'How many bedrooms do you need?',
  },
  understood: (said) => `Noted: ${said}.`,
  notUnderstood: 'I did not understand that.',
  canDo: 'I can search homes by area, budget, bedrooms and more, compare them, and bring in a colleague.',
  received:
    'I have what you sent, and it is kept for a colleague. I cannot look at it or listen to it myself, so please write what matters.',
  thanks: 'You are welcome. Is there anything else that the home must have?',
  goodbye: 'Goodbye! Write to me any time, I keep what you are looking for.',
  nothingKnown: 'I know nothing of what you are looking for yet.',
  known: (said) => `This is what I have noted: ${said}. Tell me what is different.`,
  offers: (count) => (count === 1 ? 'This one fits best:' : `These ${count} fit best:`),
  nearest: 'Nothing fits in everything. These come nearest:',
  afterOffers: 'Ask about one by its number, or say “cheaper”, “bigger” or “others”. To see one, say that you want a viewing.',
  noOffers: 'I have nothing like that at the moment.',
  noneBefore: 'I have not shown you any home yet.',
  where: ({ title, ref, placeName, map }) => `**${title.en}** (${ref}) is in ${placeName.en}.${ON_THE_MAP[map]}`,
  which: 'Which one do you mean? Ask with its number, such as “where is number 2?”.',
  office: 'This is how you reach our office.',
  handedOver: 'That is for a colleague, and I have noted it for them.',
  viewingNamed: (moment) => `You want a viewing on ${moment}. I have noted it for a colleague, who confirms it with you.`,
  callNamed: (moment) => `You want a call on ${moment}. I have noted it for a colleague.`,
  notReached: 'I cannot reach the listings at the moment. Please try again in a minute.',
  comma: ', ',
  money,
  listing: (one) =>
    `**${one.title.en}** (${one.ref}): ${[price(one), rooms(one.bedrooms), `${one.area} m²`, one.placeName.en].filter((part) => part !== '').join(', ')}`,
  details: (one) => [
    price(one),
    [rooms(one.bedrooms), `${one.bathrooms} bathroom${one.bathrooms === 1 ? '' : 's'}`, `${one.area} m²`]
      .filter((part) => part !== '')
      .join(', '),
    `${one.placeName.en}${one.floor === undefined ? '' : one.floor === 0 ? ', ground floor' : `, floor ${one.floor}`}`,
    `${spoken(one.finishing)}, ${spoken(one.furnished)}`,
    one.delivery === undefined ? 'ready to move in' : `delivered in ${one.delivery}`,
    ...(one.features.length === 0 ? [] : [`with ${list(one.features.map(spoken))}`]),
    one.purpose === 'rent'
      ? 'for rent'
      : one.plan === undefined
        ? 'paid in cash'
        : `${one.plan.downPercent} % down, the rest over ${one.plan.years} years`,
  ],
  fits: (points) => `fits ${list(points.map((point) => POINTS[point]))}`,
  misses: ({ listing, misses }, known) => `but ${list(misses.map((point) => miss(point, listing, known)))}`,
  facts,
};
