import { describe, expect, it } from 'vitest';
import type { AddressState } from '#actors/session/activation.ts';
import { committed, forgotten, type Knowledge, loaded, suspected } from '#actors/session/knowledge.ts';

const state: AddressState = { open: false, previous: undefined };
const every = (): readonly Knowledge[] => [
  { name: 'unloaded' },
  { name: 'suspect', last: state },
  { name: 'loading', reload: false },
  { name: 'copy', state },
  { name: 'current', state },
  { name: 'verified', state, covers: 2 },
  { name: 'committing', reload: false },
];

describe('what a mailbox knows of its address', () => {
  it('is suspect after a request for the stored state; a load or a commit that is under way ends first', () => {
    expect(every().map(suspected)).toEqual([
      { name: 'suspect' },
      { name: 'suspect', last: state },
      { name: 'loading', reload: true },
      { name: 'suspect', last: state },
      { name: 'suspect', last: state },
      { name: 'suspect', last: state },
      { name: 'committing', reload: true },
    ]);
  });

  it('is forgotten after a failure, and read from the store itself if that was asked for', () => {
    const names = (all: readonly Knowledge[]): string[] => all.map((known) => forgotten(known).name);
    expect(names(every())).toEqual(['unloaded', 'suspect', 'unloaded', 'unloaded', 'unloaded', 'unloaded', 'unloaded']);
    expect(names(every().map(suspected))).toEqual(every().map(() => 'suspect'));
  });

  it('is verified only by a load from the store itself, and only for messages that waited then', () => {
    const loading = { name: 'loading', reload: false } as const;
    expect(loaded(loading, state, undefined)).toEqual({ name: 'copy', state });
    expect(loaded(loading, state, 0)).toEqual({ name: 'current', state });
    expect(loaded(loading, state, 2)).toEqual({ name: 'verified', state, covers: 2 });
    expect(loaded(loading, undefined, undefined)).toEqual({ name: 'suspect' });
    expect(loaded({ ...loading, reload: true }, state, 2)).toEqual({ name: 'suspect', last: state });
  });

  it('is current after a commit, unless the stored state was asked for meanwhile', () => {
    expect(committed({ name: 'committing', reload: false }, state)).toEqual({ name: 'current', state });
    expect(committed({ name: 'committing', reload: true }, state)).toEqual({ name: 'suspect', last: state });
  });
});
