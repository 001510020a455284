/**
 * What a model may look up about listings, and what it may show of them. It learns what fits a
 * customer, and where not.
 */
import * as z from 'zod';
import { type Card, defineTool, InvalidInput, type Json, runSession } from '../index.ts';
import { propertyFacts } from './facts/schema.ts';
import { type Language, languageOf } from './language.ts';
import { matches, POINTS } from './listings/match.ts';
import { type Listing, type ListingStore, listing } from './listings/port.ts';
import { placeCard } from './place-card.ts';

/** How customers reach the office. */
export type Office = Omit<Extract<Card, { readonly kind: 'contact' }>, 'kind'>;

const refs = z.array(z.string().max(20)).max(20);

/** Contact data and appointments are of no use in a search, and a model could leak them. */
const searchInput = propertyFacts.omit({ name: true, phone: true, email: true, viewing: true, callBack: true }).extend({
  cheaperThan: refs.optional().describe('Only offers that cost less than each of these listings, by ref'),
  biggerThan: refs.optional().describe('Only offers that are larger than each of these listings, by ref'),
  except: refs.optional().describe('Listings not to offer again, by ref'),
  most: z.number().int().min(1).max(10).default(3).describe('How many'),
});

/** A listing as a model reads it. Degrees are for the map. */
const described = listing.omit({ position: true });
export type Described = z.output<typeof described>;

/** Result of `search_listings`. */
export const searchResult = z.object({
  found: z.array(z.object({ listing: described, fits: z.array(z.enum(POINTS)), misses: z.array(z.enum(POINTS)) })),
  /** Offers for the same purpose, before anything else was asked. */
  offered: z.number(),
});
export type SearchResult = z.output<typeof searchResult>;

/** Result of `get_listing`. `map` is what the customer was shown on a map. */
export const listingResult = described.extend({ map: z.enum(['property', 'area', 'unknown', 'not_shown']) });
export type ListingResult = z.output<typeof listingResult>;

function withoutPosition({ position: _, ...one }: Listing): Described {
  return one;
}

/** The session's language, for a call without one. */
function languageIn(session: Json): Language {
  return languageOf([], runSession.safeParse(session).data?.locale ?? 'en');
}

export function listingTools(store: ListingStore) {
  async function known(names: readonly string[] | undefined, signal: AbortSignal) {
    const found = await Promise.all((names ?? []).map((ref) => store.get(ref, signal)));
    return found.filter((one) => one !== undefined);
  }

  const searchListings = defineTool({
    name: 'search_listings',
    description:
      'Searches the listings for what the customer wants. Gives the best ones with what fits ("fits") and what does not ("misses"). Give all that is known. An empty list means that nothing comes near: relax one wish, and say which.',
    input: searchInput,
    run: async ({ cheaperThan, biggerThan, except, most, ...wishes }, { signal }) => {
      const all = await store.find(wishes.purpose === undefined ? {} : { purpose: wishes.purpose }, signal);
      const prices = (await known(cheaperThan, signal)).map(({ price }) => price);
      const areas = (await known(biggerThan, signal)).map(({ area }) => area);
      const below = prices.length === 0 ? undefined : Math.min(...prices);
      const above = areas.length === 0 ? undefined : Math.max(...areas);
      const found = matches(all, { ...wishes, below, above, except }, most);
      return z.json().parse({
        found: found.map(({ listing: one, fits, misses }) => ({ listing: withoutPosition(one), fits, misses })),
        offered: all.length,
      });
    },
  });

  const getListing = defineTool({
    name: 'get_listing',
    description:
      'All about one listing, by its ref, such as SC-104. Call it when the customer asks about one that was shown, and when they ask where it is. It shows them its place on a map below your answer. "map" in the result says what they see there: "property" itself, the middle of its "area", or nothing if it is "unknown".',
    input: z.object({
      ref: z.string().max(20),
      map: z.boolean().default(true).describe('False if they have seen this map already and do not ask where it is'),
      language: z.enum(['en', 'ar']).optional().describe('The language you answer in, for the words on the map'),
    }),
    run: async ({ ref, map, language }, { signal, session, show }) => {
      const found = await store.get(ref.trim().toUpperCase(), signal);
      if (found === undefined) throw new InvalidInput(`There is no listing "${ref}" any more. Search again.`);
      const card = map ? placeCard(found, language ?? languageIn(session)) : undefined;
      if (card !== undefined) show({ card });
      return z.json().parse({ ...withoutPosition(found), map: map ? (found.position?.of ?? 'unknown') : 'not_shown' });
    },
  });

  return { searchListings, getListing };
}

export function officeTool(office: Office) {
  return defineTool({
    name: 'show_office',
    description:
      'Shows the customer the contact of the office below your answer, with its telephone number. Call it when they ask how to reach the office or for its number. Do not write the number yourself.',
    input: z.object({}),
    run: async (_input, { show }) => {
      show({ card: { kind: 'contact', ...office } });
      return { shown: office.name };
    },
  });
}
