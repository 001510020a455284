/** What the page of the API shows of the description that the program serves. */
import { expect, it } from 'vitest';
import { describedOperations } from '#console/api/description.ts';
import type { Field } from '#console/api/schema.ts';
import { describeApi } from '#src/http/openapi.ts';
import { routes } from '#src/http/routes.ts';

const description: unknown = JSON.parse(JSON.stringify(describeApi(routes, '1.2.3')));
const operations = describedOperations(description).flatMap((group) => group.operations);
const one = (name: string) => {
  const found = operations.find(({ id }) => id === name);
  if (found === undefined) throw new Error(`there is no ${name}`);
  return found;
};
const namesOf = (fields: readonly Field[] = []): string[] => fields.map(({ name }) => name);

it('has every operation, with its scope and what its answer has', () => {
  expect(operations.map(({ id }) => id).toSorted()).toEqual(routes.map(({ operation }) => operation.name).toSorted());
  for (const { id, scope, answers } of operations) {
    expect([id, scope]).toEqual([id, expect.stringMatching(/^\w+:\w+$/)]);
    const { operation } = routes.find((route) => route.operation.name === id) ?? {};
    const shown = answers.flatMap(({ fields }) => namesOf(fields));
    const members = operation?.binary === true ? [] : Object.keys(operation?.output.shape ?? {});
    // An answer without members, and one that has forms, are shown as they are.
    if (members.length > 0 && id !== 'sessions.create') expect([id, shown]).toEqual([id, expect.arrayContaining(members)]);
  }
});

it('shows members with their type, whether they are needed, and what they mean', () => {
  const { fields } = one('tokens.create').body ?? {};
  expect(fields?.find(({ name }) => name === 'name')).toMatchObject({ type: 'string', required: true, about: expect.stringMatching(/./) });
  expect(fields?.find(({ name }) => name === 'scopes')?.type).toMatch(/^list of "sessions:read" \| .* \| …$/);
  const forms = one('sessions.send_event').body?.fields;
  expect(namesOf(forms)).toEqual(expect.arrayContaining(['escalate', 'note', expect.stringContaining('agent.message')]));
  expect(namesOf(forms?.find(({ name }) => name === 'note')?.fields)).toEqual(expect.arrayContaining(['type', 'text', 'mentions']));
});

it('begins a body with what is needed, and offers the values of a parameter', () => {
  expect(JSON.parse(one('agents.set_available').body?.example ?? '')).toEqual({ available: false });
  expect(JSON.parse(one('webhooks.create').body?.example ?? '')).toMatchObject({ url: expect.any(String), events: expect.any(Array) });
  const choices = (name: string, parameter: string) => one(name).parameters.find((each) => each.name === parameter)?.choices;
  expect(choices('sessions.export', 'format')).toEqual(['json', 'csv', 'md', 'pdf']);
  expect(choices('sessions.list', 'open')).toEqual(['true', 'false']);
  expect(choices('sessions.list', 'address')).toEqual([]);
});
