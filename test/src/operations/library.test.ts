/** What agents save for their work: who may read and change what, and what may be in it. */
import { describe, expect, it } from 'vitest';
import { agentCaller } from '#src/agents/scopes.ts';
import type { Caller } from '#src/operations/caller.ts';
import { runOperation } from '#src/operations/operation.ts';
import { operations } from '#src/operations/operations.ts';
import { testContext } from './test-context.ts';

const amira = agentCaller({ id: 'amira', name: 'Amira', role: 'agent' });
const omar = agentCaller({ id: 'omar', name: 'Omar', role: 'agent' });
const salma = agentCaller({ id: 'salma', name: 'Salma', role: 'supervisor' });

const greet = { kind: 'canned', name: 'greet', title: 'A greeting', texts: [{ locale: 'en', text: 'Hello {{customer.name}}!' }] };

function library() {
  const { context, audited } = testContext();
  const as = (caller: Caller) => ({ ...context, caller });
  return {
    audited,
    create: (caller: Caller, item: object, shared = false) =>
      runOperation(operations['library.create'], as(caller), () => ({ item, shared })),
    update: (caller: Caller, itemId: string, version: number, item: object, shared = false) =>
      runOperation(operations['library.update'], as(caller), () => ({ itemId, version, item, shared })),
    remove: (caller: Caller, itemId: string, version: number) =>
      runOperation(operations['library.remove'], as(caller), () => ({ itemId, version })),
    names: async (caller: Caller, kind = 'canned') =>
      (await runOperation(operations['library.list'], as(caller), () => ({ kind }))).items.map(({ item, shared }) => [item.name, shared]),
  };
}

describe('library', () => {
  it('keeps what an agent saves for itself from all others', async () => {
    const { create, update, remove, names } = library();
    const { id } = await create(amira, greet);
    expect(await names(amira)).toEqual([['greet', false]]);
    expect(await names(omar)).toEqual([]);
    await expect(update(omar, id, 1, greet)).rejects.toMatchObject({ code: 'not_found' });
    await expect(update(salma, id, 1, greet)).rejects.toMatchObject({ code: 'not_found' });
    await expect(remove(salma, id, 1)).rejects.toMatchObject({ code: 'not_found' });
    // Another agent may have the same shortcut, and one agent not twice.
    await create(omar, greet);
    await expect(create(amira, { ...greet, name: 'GREET' })).rejects.toMatchObject({ code: 'taken' });
  });

  it('lets supervisors share and change what is shared, and agents read it', async () => {
    const { create, update, remove, names, audited } = library();
    await expect(create(amira, greet, true)).rejects.toMatchObject({ code: 'not_allowed' });
    const own = await create(amira, greet);
    await expect(update(amira, own.id, 1, greet, true)).rejects.toMatchObject({ code: 'not_allowed' });
    const { id } = await create(salma, greet, true);
    expect((await names(amira)).toSorted()).toEqual([
      ['greet', false],
      ['greet', true],
    ]);
    expect(await names(omar)).toEqual([['greet', true]]);
    await expect(update(omar, id, 1, { ...greet, title: 'Mine now' }, true)).rejects.toMatchObject({ code: 'not_allowed' });
    await expect(remove(omar, id, 1)).rejects.toMatchObject({ code: 'not_allowed' });
    expect(await update(salma, id, 1, { ...greet, name: 'hello' }, true)).toMatchObject({
      version: 2,
      changedBy: 'salma',
      item: { name: 'hello' },
    });
    await expect(update(salma, id, 1, greet, true)).rejects.toMatchObject({ code: 'changed' });
    await expect(remove(salma, id, 1)).rejects.toMatchObject({ code: 'changed' });
    await remove(salma, id, 2);
    expect(await names(omar)).toEqual([]);
    expect(audited.filter(({ effect, outcome }) => effect === 'write' && outcome === 'done').map(({ detail }) => detail)).toEqual([
      'canned greet',
      'shared canned greet',
      'shared canned hello',
      undefined,
    ]);
  });

  it.each([
    ['an unknown command', { kind: 'macro', name: 'x', steps: [{ type: 'approve', approvalId: 'a', decision: 'approve' }] }],
    ['a command with a field that it has not', { kind: 'macro', name: 'x', steps: [{ type: 'claim', force: true }] }],
    ['a command for a session of its own', { kind: 'macro', name: 'x', steps: [{ type: 'claim', sessionId: 'another' }] }],
    ['a step without a text', { kind: 'macro', name: 'x', steps: [{ type: 'note' }] }],
    ['no step', { kind: 'macro', name: 'x', steps: [] }],
    ['a shortcut with a space', { ...greet, name: 'a b' }],
    ['one language twice', { ...greet, texts: [...greet.texts, { locale: 'EN', text: 'Hi' }] }],
    ['no text', { ...greet, texts: [] }],
    ['a filter of a field that lists have not', { kind: 'filter', name: 'x', filter: { mood: 'bad' } }],
    ['another kind', { kind: 'poem', name: 'x' }],
  ])('refuses %s', async (_what, item) => {
    await expect(library().create(amira, item)).rejects.toMatchObject({ code: 'invalid_input' });
  });

  it('takes the commands of a macro as the gateway has them, and filters as lists have them', async () => {
    const { create, names } = library();
    const steps = [
      { type: 'canned', itemId: 'an item' },
      { type: 'note', text: 'Refunded.', mentions: ['omar'] },
      { type: 'transfer', queue: 'billing' },
      { type: 'close', reason: 'refunded' },
    ];
    expect((await create(amira, { kind: 'macro', name: 'Refund', steps })).item).toEqual({ kind: 'macro', name: 'Refund', steps });
    const filter = { filter: { channel: 'telegram', tag: 'vip', open: true }, waitingMinutes: 10 };
    expect((await create(amira, { kind: 'filter', name: 'VIP', ...filter })).item).toMatchObject(filter);
    expect(await names(amira, 'macro')).toEqual([['Refund', false]]);
    expect(await names(amira, 'filter')).toEqual([['VIP', false]]);
  });
});
