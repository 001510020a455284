import { describe, expect, test } from 'vitest';
import { arabic } from '#console/inbox/arabic.ts';
import { english } from '#console/inbox/english.ts';
import { ACTIONS, actionOf, type Bindings, bindingsOf, chosenWith, DEFAULT_KEYS, type Press, shownKey } from '#console/inbox/keys.ts';
import { Notifier } from '#console/inbox/notifier.ts';
import { bindingsIn, PreferenceStore } from '#console/inbox/preferences.ts';
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
  const of = (code: string, part: Partial<Press> = {}, bindings: Bindings | undefined = DEFAULT_KEYS) =>
    actionOf(press(code, part), 'elsewhere', bindings);

  test('are known by their place, each for one action', () => {
    for (const action of ACTIONS) {
      const key = DEFAULT_KEYS[action];
      if (key) expect(of(key.code, { shiftKey: key.shift })).toBe(action);
    }
  });

  test('do nothing while the agent writes, while an input method composes, with Alt, and if they are off', () => {
    expect(actionOf(press('KeyC'), 'field', DEFAULT_KEYS)).toBeUndefined();
    expect(of('KeyC', { isComposing: true })).toBeUndefined();
    expect(of('KeyC', { altKey: true })).toBeUndefined();
    expect(of('KeyC', { ctrlKey: true })).toBeUndefined();
    expect(actionOf(press('KeyC'), 'elsewhere', undefined)).toBeUndefined();
  });

  test('open the palette everywhere, and leave Enter to a control', () => {
    expect(actionOf(press('KeyK', { ctrlKey: true }), 'field', undefined)).toBe('palette');
    expect(of('KeyK', { metaKey: true })).toBe('palette');
    expect(actionOf(press('Enter'), 'control', DEFAULT_KEYS)).toBeUndefined();
    expect(of('Enter')).toBe('open');
  });

  test('can be changed and removed, and a key has one action', () => {
    const chosen = chosenWith({}, 'note', { code: 'KeyC', shift: false }) ?? {};
    const bindings = bindingsOf(chosen);
    expect([of('KeyC', {}, bindings), of('KeyN', {}, bindings), shownKey('claim', bindings)]).toEqual(['note', undefined, undefined]);
    const removed = bindingsOf(chosenWith(chosen, 'note', null) ?? {});
    expect([of('KeyC', {}, removed), shownKey('note', removed)]).toEqual([undefined, undefined]);
    for (const code of ['Tab', 'Enter', 'Escape', 'ShiftLeft']) expect(chosenWith({}, 'note', { code, shift: false })).toBeUndefined();
    expect(
      ['help', 'search', 'unsnooze', 'tab waiting', 'palette'].map((action) =>
        shownKey(ACTIONS.find((id) => id === action) ?? 'note', DEFAULT_KEYS),
      ),
    ).toEqual(['?', '/', 'Shift S', '1', 'Ctrl/⌘ K']);
  });

  test('that were chosen are kept, and rubbish in the storage is the defaults', () => {
    const kept = new Map<string, string>();
    const storage = { getItem: (key: string) => kept.get(key) ?? null, setItem: (key: string, value: string) => void kept.set(key, value) };
    new PreferenceStore(storage).set({ chosenKeys: { note: { code: 'KeyY', shift: false } } });
    expect(bindingsIn(new PreferenceStore(storage).snapshot())?.note).toEqual({ code: 'KeyY', shift: false });
    for (const [key] of kept) kept.set(key, '{"chosenKeys":{"note":7},"sound":false}');
    const { sound, ...read } = new PreferenceStore(storage).snapshot();
    expect([sound, bindingsIn({ sound, ...read })]).toEqual([false, DEFAULT_KEYS]);
    expect(bindingsIn({ sound, ...read, keys: false })).toBeUndefined();
  });
});

describe('the notifier', () => {
  function notifier(hidden: boolean) {
    const happened: string[] = [];
    let time = 0;
    const one = new Notifier({
      strings: english,
      preferences: () => ({ notifications: true, sound: true, keys: true, chosenKeys: {}, undoSeconds: 5 }),
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
