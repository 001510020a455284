import { expect, test } from 'vitest';
import { isWindowClosed, templatesFor, textOf } from '#console/inbox/templates.ts';

test('a place is filled with its value as it is, also with what looks like a place', () => {
  const body = 'Hello {{1}}, your visit is on {{2}}. {{1}}?';
  expect(textOf({ body }, [' Mona ', '{{1}} $& June'])).toBe('Hello Mona, your visit is on {{1}} $& June. Mona?');
  expect(textOf({ body }, ['', ' '])).toBe(body);
  expect(textOf({ body: '{{0}} {{x}} {{3}}' }, ['a'])).toBe('{{0}} {{x}} {{3}}');
});

test('the window is closed after its end, and never where there is none', () => {
  expect([isWindowClosed(10, 10), isWindowClosed(10, 11), isWindowClosed(undefined, 11)]).toEqual([false, true, false]);
});

test('templates are read for the session, and an answer of another form is refused', async () => {
  const asked: string[] = [];
  const template = { name: 'visit', language: 'ar', category: 'utility', body: 'أهلا {{1}}', parameters: 1 };
  const answers = [{ templates: [template] }, { templates: [{ name: 'visit' }] }];
  const api = async (_method: string, path: string) => {
    asked.push(path);
    return answers.shift();
  };
  expect(await templatesFor(api, 'a b')).toEqual([template]);
  expect(asked).toEqual(['/sessions/a%20b/templates']);
  await expect(templatesFor(api, 'a')).rejects.toThrow();
});
