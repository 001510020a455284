/**
 * Keys of the console. A key is known by its place on the keyboard (`code`), so it is the same on
 * an Arabic layout. Single keys do nothing while the agent writes.
 */
/** Every action, in the order of the palette. */
export const ACTIONS = [
  'claim',
  'reply',
  'note',
  'suggest',
  'release',
  'transfer',
  'close',
  'sendLater',
  'undo',
  'snooze',
  'unsnooze',
  'unread',
  'priority',
  'tags',
  'next',
  'previous',
  'open',
  'panel',
  'attach',
  'canned',
  'macros',
  'library',
  'search',
  'filter',
  'mentions',
  'tab waiting',
  'tab mine',
  'tab snoozed',
  'tab open',
  'tab closed',
  'floor',
  'team',
  'account',
  'palette',
  'help',
  'settings',
  'signOut',
] as const;
export type ActionId = (typeof ACTIONS)[number];

interface Key {
  readonly code: string;
  readonly shift?: boolean;
  /** As people read it on a keyboard. */
  readonly shown: string;
}

/** Single keys. `palette` has Ctrl or Cmd as well. */
export const KEYS: Readonly<Partial<Record<ActionId, Key>>> = {
  next: { code: 'KeyJ', shown: 'J' },
  previous: { code: 'KeyK', shown: 'K' },
  open: { code: 'Enter', shown: 'Enter' },
  claim: { code: 'KeyC', shown: 'C' },
  reply: { code: 'KeyR', shown: 'R' },
  note: { code: 'KeyN', shown: 'N' },
  suggest: { code: 'KeyD', shown: 'D' },
  release: { code: 'KeyB', shown: 'B' },
  transfer: { code: 'KeyT', shown: 'T' },
  close: { code: 'KeyE', shown: 'E' },
  sendLater: { code: 'KeyL', shown: 'L' },
  undo: { code: 'KeyZ', shown: 'Z' },
  snooze: { code: 'KeyS', shown: 'S' },
  unsnooze: { code: 'KeyS', shift: true, shown: 'Shift S' },
  unread: { code: 'KeyU', shown: 'U' },
  priority: { code: 'KeyP', shown: 'P' },
  tags: { code: 'KeyG', shown: 'G' },
  panel: { code: 'KeyI', shown: 'I' },
  search: { code: 'Slash', shown: '/' },
  macros: { code: 'KeyM', shown: 'M' },
  filter: { code: 'KeyF', shown: 'F' },
  mentions: { code: 'KeyA', shown: 'A' },
  attach: { code: 'KeyV', shown: 'V' },
  help: { code: 'Slash', shift: true, shown: '?' },
  'tab waiting': { code: 'Digit1', shown: '1' },
  'tab mine': { code: 'Digit2', shown: '2' },
  'tab snoozed': { code: 'Digit3', shown: '3' },
  'tab open': { code: 'Digit4', shown: '4' },
  'tab closed': { code: 'Digit5', shown: '5' },
};

export interface Press {
  readonly code: string;
  readonly ctrlKey: boolean;
  readonly metaKey: boolean;
  readonly altKey: boolean;
  readonly shiftKey: boolean;
  /** An input method composes a word. */
  readonly isComposing: boolean;
}

/** Where the press went. Enter presses a control, and every single key is text in a field. */
export type Focus = 'field' | 'control' | 'elsewhere';

/** @param single single keys are turned on. */
export function actionOf(press: Press, focus: Focus, single: boolean): ActionId | undefined {
  const { code, ctrlKey, metaKey, altKey, shiftKey, isComposing } = press;
  if (isComposing) return undefined;
  if (ctrlKey || metaKey) return code === 'KeyK' && !altKey && !shiftKey ? 'palette' : undefined;
  if (altKey || !single || focus === 'field') return undefined;
  const action = ACTIONS.find((id) => KEYS[id]?.code === code && (KEYS[id]?.shift ?? false) === shiftKey);
  return action === 'open' && focus === 'control' ? undefined : action;
}
