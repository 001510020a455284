/** What a model may look up about listings. It learns what fits a customer, and where not. */
import * as z from 'zod';
import { defineTool, InvalidInput } from '../index.ts';
import { propertyFacts } from './facts/schema.ts';
import { matches, POINTS } from './listings/match.ts';
import { type ListingStore, listing } from './listings/port.ts';

const refs = z.array(z.string().max(20)).max(20);

/** Contact data and appointments are of no use in a search, and a model could leak them. */
const searchInput = propertyFacts.omit({ name: true, phone: true, email: true, viewing: true, callBack: true }).extend({
  cheaperThan: refs.optional().describe('Only offers that cost less than each of these listings, by ref'),
  biggerThan: refs.optional().describe('Only offers that are larger than each of these listings, by ref'),
  except: refs.optional().describe('Listings not to offer again, by ref'),
  most: z.number().int().min(1).max(10).default(3).describe('How many'),
});

/** Result of `search_listings`. */
export const searchResult = z.object({
  found: z.array(z.object({ listing, fits: z.array(z.enum(POINTS)), misses: z.array(z.enum(POINTS)) })),
  /** Offers for the same purpose, before anything else was asked. */
  offered: z.number(),
});
export type SearchResult = z.output<typeof searchResult>;

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
      return z
        .json()
        .parse({ found: found.map(({ listing: one, fits, misses }) => ({ listing: one, fits, misses })), offered: all.length });
    },
  });

  const getListing = defineTool({
    name: 'get_listing',
    description: 'All about one listing, by its ref, such as SC-104. Call it when the customer asks about one that was shown.',
    input: z.object({ ref: z.string().max(20) }),
    run: async ({ ref }, { signal }) => {
      const found = await store.get(ref.trim().toUpperCase(), signal);
      if (found === undefined) throw new InvalidInput(`There is no listing "${ref}" any more. Search again.`);
      return z.json().parse(found);
    },
  });

  return { searchListings, getListing };
}
