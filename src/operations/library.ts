/**
 * What agents save for their work: canned responses, macros, and filters of lists. All agents read
 * the shared ones. Supervisors and admins change those, and each agent its own.
 */
import { randomUUID } from 'node:crypto';
import * as z from 'zod';
import { savedItem } from '#console/client/library.ts';
import { MAX_SEQ } from '#machines/ids.ts';
import { LIBRARY_KINDS, type LibraryItem, type LibraryWrite } from '#storage/library.ts';
import type { OperationContext } from './context.ts';
import { defineOperation } from './operation.ts';
import { wholeNumber } from './paging.ts';
import { OperationProblem, problemTypes } from './problems.ts';

const { notFound, notAllowed, taken, changed, refused } = problemTypes;

/** Items of one kind that an agent has, the shared ones included. */
const MOST_ITEMS = 1_000;

const itemId = z.string().min(1).max(100).describe('The id of the item.');
const shared = z.boolean('expected true or false').describe('For all agents. Supervisors and admins alone can say so.');
const item = savedItem;

const itemSchema = z.strictObject({
  id: z.string(),
  version: z.number().describe('Send it with a change, so that nothing is overwritten that you have not seen.'),
  shared: z.boolean(),
  changedBy: z.string().describe('The id of the agent who changed it last.'),
  changedAt: z.number(),
  item,
});

export const listItems = defineOperation({
  name: 'library.list',
  scope: 'library:read',
  effect: 'read',
  summary: `Lists canned responses, macros or filters, the shared ones and your own, at most ${MOST_ITEMS}.`,
  input: z.strictObject({ kind: z.enum(LIBRARY_KINDS) }),
  output: z.strictObject({ items: z.array(itemSchema) }),
  async run({ library, caller }, { kind }) {
    return { items: (await library.libraryItems(kind, caller.agent.id, MOST_ITEMS)).map(itemView) };
  },
});

export const createItem = defineOperation({
  name: 'library.create',
  scope: 'library:write',
  effect: 'write',
  summary: 'Saves a canned response, a macro or a filter.',
  input: z.strictObject({ shared: shared.default(false), item }),
  output: itemSchema,
  errors: [taken, notAllowed, refused],
  detail: ({ item: { kind, name }, shared: all }) => `${all ? 'shared ' : ''}${kind} ${name}`,
  async run(context, given) {
    const { library, caller, now } = context;
    if (given.shared) mayShare(context);
    if ((await library.libraryItems(given.item.kind, caller.agent.id, MOST_ITEMS)).length >= MOST_ITEMS)
      throw new OperationProblem(refused, `There are ${MOST_ITEMS} of them already. Remove one first.`);
    const { kind, name, ...content } = given.item;
    const owner = given.shared ? null : caller.agent.id;
    const stored = {
      id: randomUUID(),
      kind,
      owner,
      name,
      content: asJson(content),
      changedBy: caller.agent.id,
      changedAt: now(),
      version: 1,
    };
    return written(stored, await library.putLibraryItem(stored));
  },
});

export const updateItem = defineOperation({
  name: 'library.update',
  scope: 'library:write',
  effect: 'write',
  summary: 'Changes a saved item, or shares it.',
  input: z.strictObject({ itemId, version: wholeNumber(1, MAX_SEQ).describe('The version that the change was made on.'), shared, item }),
  output: itemSchema,
  errors: [notFound, taken, changed, notAllowed],
  target: (input) => input.itemId,
  detail: ({ item: { kind, name }, shared: all }) => `${all ? 'shared ' : ''}${kind} ${name}`,
  async run(context, { itemId: id, version, shared: all, item: given }) {
    const { library, caller, now } = context;
    const before = await ownItem(context, id);
    if (all) mayShare(context);
    const { kind, name, ...content } = given;
    if (before.version !== version || before.kind !== kind) throw changedMeanwhile();
    const owner = all ? null : caller.agent.id;
    const after = { id, kind, owner, name, content: asJson(content), changedBy: caller.agent.id, changedAt: now(), version: version + 1 };
    return written(after, await library.putLibraryItem(after));
  },
});

export const removeItem = defineOperation({
  name: 'library.remove',
  scope: 'library:write',
  effect: 'write',
  summary: 'Removes a saved item.',
  input: z.strictObject({ itemId, version: wholeNumber(1, MAX_SEQ).describe('The version that you have seen.') }),
  output: z.strictObject({}),
  errors: [notFound, changed, notAllowed],
  target: (input) => input.itemId,
  async run(context, { itemId: id, version }) {
    await ownItem(context, id);
    if (!(await context.library.removeLibraryItem(id, version))) throw changedMeanwhile();
    return {};
  },
});

/** The item, if the caller may change it. The items of others do not exist for it. */
async function ownItem(context: OperationContext, id: string): Promise<LibraryItem> {
  const found = await context.library.libraryItem(id);
  if (found === undefined || (found.owner !== null && found.owner !== context.caller.agent.id))
    throw new OperationProblem(notFound, `There is no saved item "${id}". GET /api/library lists those that there are.`);
  if (found.owner === null) mayShare(context);
  return found;
}

function mayShare({ caller }: OperationContext): void {
  if (caller.role !== 'agent') return;
  throw new OperationProblem(notAllowed, 'Supervisors and admins change what all agents share. Save it for yourself, or ask one of them.');
}

function written(stored: LibraryItem, outcome: LibraryWrite) {
  if (outcome === 'taken') throw new OperationProblem(taken, `"${stored.name}" is taken. Choose another name.`);
  if (outcome === 'conflict') throw changedMeanwhile();
  return itemView(stored);
}

function changedMeanwhile(): OperationProblem {
  return new OperationProblem(changed, 'It was changed meanwhile. Read it again, and send your change with its new version.');
}

/** Without what is undefined, as the store has it. */
function asJson(content: object): LibraryItem['content'] {
  return z.json().parse(JSON.parse(JSON.stringify(content)));
}

function itemView({ id, version, owner, changedBy, changedAt, kind, name, content }: LibraryItem) {
  const saved = savedItem.parse({ kind, name, ...z.looseObject({}).parse(content) });
  return { id, version, shared: owner === null, changedBy, changedAt, item: saved };
}
