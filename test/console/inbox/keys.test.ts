import { describe, expect, test } from 'vitest';
import { arabic } from '#console/inbox/arabic.ts';
import { english } from '#console/inbox/english.ts';
import { ACTIONS, actionOf, KEYS, type Press } from '#console/inbox/keys.ts';
import { Notifier } from '#console/inbox/notifier.ts';
import { card } from './fixture.ts';

const press = (code: string, part: Partial<Press> = {}): Press => ({
  code,
  ctrlKey: false,
  metaKey: false,
  altKey: false,
  shiftKey: false,
  isComposing: false,
  ...part,
});

describe('keys', () => {
  test('are known by their place, each for one action', () => {
    for (const action of ACTIONS) {
      const key = KEYS[action];
      if (key !== undefined) expect(actionOf(press(key.code, { shiftKey: key.shift ?? false }), 'elsewhere', true)).toBe(action);
    }
  });

  test('do nothing while the agent writes, while an input method composes, with Alt, and if they are off', () => {
    expect(actionOf(press('KeyC'), 'field', true)).toBeUndefined();
    expect(actionOf(press('KeyC', { isComposing: true }), 'elsewhere', true)).toBeUndefined();
    expect(actionOf(press('KeyC', { altKey: true }), 'elsewhere', true)).toBeUndefined();
    expect(actionOf(press('KeyC', { ctrlKey: true }), 'elsewhere', true)).toBeUndefined();
    expect(actionOf(press('KeyC'), 'elsewhere', false)).toBeUndefined();
  });

  test('open the palette everywhere, and leave Enter to a control', () => {
    expect(actionOf(press('KeyK', { ctrlKey: true }), 'field', false)).toBe('palette');
    expect(actionOf(press('KeyK', { metaKey: true }), 'elsewhere', true)).toBe('palette');
    expect(actionOf(press('Enter'), 'control', true)).toBeUndefined();
    expect(actionOf(press('Enter'), 'elsewhere', true)).toBe('open');
  });
});

describe('the notifier', () => {
  function notifier(hidden: boolean) {
    const happened: string[] = [];
    let time = 0;
    const one = new Notifier({
      strings: english,
      preferences: () => ({ notifications: true, sound: true, keys: true, undoSeconds: 5 }),
      hidden: () => hidden,
      now: () => time,
      show: (shown, body) => void happened.push(`${shown}: ${body}`),
      play: () => void happened.push('sound'),
    });
    return {
      one,
      happened,
      later: () => {
        time += 60_000;
      },
    };
  }
  const last = { author: 'customer', text: 'Where is it?', at: 1 } as const;
  const lea = card('a', { preview: { customer: 'Lea', last, unanswered: 1, priority: 'normal' } });

  test('calls an agent who looks elsewhere, and says why', () => {
    const { one, happened, later } = notifier(true);
    one.receive({ kind: 'attention', sessionId: 'a', card: lea });
    one.receive({ kind: 'message', sessionId: 'a', card: lea });
    expect(happened).toEqual(['sound', 'A customer needs a person: Lea\nWhere is it?']);
    later();
    one.receive({ kind: 'message', sessionId: 'b', card: lea });
    expect(happened.at(-1)).toBe('Message of \u2068Lea\u2069: Where is it?');
    later();
    one.receive({ kind: 'attention', sessionId: 'b', card: lea, reason: 'snooze_over' });
    later();
    one.receive({ kind: 'attention', sessionId: 'b', card: lea, reason: 'not_sent.customer' });
    expect(happened.filter((what) => what !== 'sound').slice(2)).toEqual([
      'A snoozed conversation is back: Lea\nWhere is it?',
      'Your message was not sent: Lea\nWhere is it?',
    ]);
  });

  test('makes a sound for a call alone while the agent looks', () => {
    const { one, happened } = notifier(false);
    one.receive({ kind: 'message', sessionId: 'a', card: lea });
    one.receive({ kind: 'attention', sessionId: 'a', card: lea });
    expect(happened).toEqual(['sound']);
  });
});

test('both languages have every word', () => {
  const keys = (value: unknown, path = ''): string[] =>
    typeof value === 'object' && value !== null ? Object.entries(value).flatMap(([key, inner]) => keys(inner, `${path}.${key}`)) : [path];
  expect(keys(arabic)).toEqual(expect.arrayContaining(keys(english)));
});
