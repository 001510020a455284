import { expect, it } from 'vitest';
import { withNumbers } from '#channels/numbered-choices.ts';
import { scoreLabel } from '#machines/session/notices.ts';

const list = (...labels: readonly string[]) =>
  withNumbers(
    { text: 'Which?', spans: [] },
    labels.map((label) => ({ id: label, label })),
  ).text;

it('numbers the labels, so that one is chosen by its number', () => {
  expect(list('Cairo', 'Giza')).toBe('Which?\n\n1. Cairo\n2. Giza');
  expect(list('2 bedrooms', 'Any')).toBe('Which?\n\n1. 2 bedrooms\n2. Any');
  expect(list('2 rooms', '2 bedrooms')).toBe('Which?\n\n1. 2 rooms\n2. 2 bedrooms');
  expect(withNumbers({ text: 'Hi', spans: [] }, []).text).toBe('Hi');
});

it.each(['en', 'ar'])('leaves labels that are numbered already as they are, such as those of a rating in %s', (locale) => {
  const scores = ([5, 4, 3, 2, 1] as const).map((score) => scoreLabel(score, locale));
  expect(list(...scores)).toBe(['Which?\n', ...scores].join('\n'));
});

it('knows the numbers of other scripts', () => expect(list('٢ غرف', '٣ غرف')).toBe('Which?\n\n٢ غرف\n٣ غرف'));
