/** The order of events at an address where one is looked up before it is posted. */
import { expect, it } from 'vitest';
import { parseAddress } from '#machines/ids.ts';
import { Lookups } from '#src/intake/lookups.ts';

const address = parseAddress('web:default:v_1');
const other = parseAddress('web:default:v_2');

function setUp() {
  const lookups = new Lookups();
  const posted: string[] = [];
  const post = async (name: string, { at = address, look }: { at?: typeof address; look?: () => Promise<unknown> } = {}) => {
    const looking = lookups.next(at, look);
    if (looking !== undefined) await looking;
    posted.push(name);
  };
  return { posted, post };
}

it('nothing overtakes what waits, also if it comes as the lookup ends', async () => {
  const { posted, post } = setUp();
  const found = Promise.withResolvers<void>();
  const first = post('looked up', { look: () => found.promise });
  const second = post('behind it');
  const third = first.then(() => post('last'));
  void post('elsewhere', { at: other });
  expect(posted).toEqual(['elsewhere']);
  found.resolve();
  await Promise.all([first, second, third]);
  expect(posted).toEqual(['elsewhere', 'looked up', 'behind it', 'last']);
});

it('what waits goes on if the lookup fails', async () => {
  const { posted, post } = setUp();
  const first = post('looked up', { look: () => Promise.reject(new Error('the store is away')) });
  const second = post('behind it');
  await expect(first).rejects.toThrow('the store is away');
  await second;
  void post('later');
  expect(posted).toEqual(['behind it', 'later']);
});
