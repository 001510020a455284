/**
 * Keys of the console. A key is known by its place on the keyboard (`code`), so it is the same on
 * an Arabic layout. Single keys do nothing while the agent writes. Each can be changed.
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
  'addPlace',
  'addContact',
  'addLink',
  'askLocation',
  'canned',
  'template',
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
  'away',
  'palette',
  'help',
  'settings',
  'signOut',
] as const;
export type ActionId = (typeof ACTIONS)[number];

/** A key by its place on the keyboard. */
export interface Key {
  readonly code: string;
  readonly shift: boolean;
}

/** The single key of each action. Null for an action without one. `palette` has Ctrl or Cmd. */
export type Bindings = Readonly<Partial<Record<ActionId, Key | null>>>;

const key = (code: string): Key => ({ code, shift: false });
const withShift = (code: string): Key => ({ code, shift: true });

/** Those of an agent who has chosen none. */
export const DEFAULT_KEYS: Bindings = {
  next: key('KeyJ'),
  previous: key('KeyK'),
  open: key('Enter'),
  claim: key('KeyC'),
  reply: key('KeyR'),
  note: key('KeyN'),
  suggest: key('KeyD'),
  release: key('KeyB'),
  transfer: key('KeyT'),
  close: key('KeyE'),
  sendLater: key('KeyL'),
  undo: key('KeyZ'),
  snooze: key('KeyS'),
  unsnooze: withShift('KeyS'),
  unread: key('KeyU'),
  priority: key('KeyP'),
  tags: key('KeyG'),
  panel: key('KeyI'),
  search: key('Slash'),
  macros: key('KeyM'),
  filter: key('KeyF'),
  mentions: key('KeyA'),
  attach: key('KeyV'),
  away: key('KeyW'),
  help: withShift('Slash'),
  'tab waiting': key('Digit1'),
  'tab mine': key('Digit2'),
  'tab snoozed': key('Digit3'),
  'tab open': key('Digit4'),
  'tab closed': key('Digit5'),
};

/** What the agent chose, over the defaults. */
export function bindingsOf(chosen: Bindings): Bindings {
  return { ...DEFAULT_KEYS, ...chosen };
}

/**
 * What the agent has chosen once the action has this key. An action that had the key before has
 * none then. Undefined if the key cannot be chosen.
 */
export function chosenWith(chosen: Bindings, action: ActionId, wanted: Key | null): Bindings | undefined {
  if (wanted !== null && RESERVED.has(wanted.code)) return undefined;
  const bindings = bindingsOf(chosen);
  const other = ACTIONS.find((id) => id !== action && wanted !== null && isSame(bindings[id], wanted));
  return { ...chosen, ...(other === undefined ? {} : { [other]: null }), [action]: wanted };
}

/** They press controls, move the focus, close what is open, and change what other keys mean. */
const RESERVED: ReadonlySet<string> = new Set([
  'Tab',
  'Enter',
  'Escape',
  'Space',
  'ShiftLeft',
  'ShiftRight',
  'ControlLeft',
  'ControlRight',
  'AltLeft',
  'AltRight',
  'MetaLeft',
  'MetaRight',
  'CapsLock',
]);

const isSame = (one: Key | null | undefined, other: Key): boolean => one?.code === other.code && one.shift === other.shift;

/** As people read it on a keyboard. */
export function shownKey(action: ActionId, bindings: Bindings): string | undefined {
  if (action === 'palette') return 'Ctrl/⌘ K';
  const bound = bindings[action];
  if (bound === undefined || bound === null) return undefined;
  const { code, shift } = bound;
  if (code === 'Slash') return shift ? '?' : '/';
  const name = code.replace(/^(?:Key|Digit)/u, '');
  return shift ? `Shift ${name}` : name;
}

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

/** @param bindings the single keys. Undefined if they are turned off. */
export function actionOf(press: Press, focus: Focus, bindings: Bindings | undefined): ActionId | undefined {
  const { code, ctrlKey, metaKey, altKey, shiftKey, isComposing } = press;
  if (isComposing) return undefined;
  if (ctrlKey || metaKey) return code === 'KeyK' && !altKey && !shiftKey ? 'palette' : undefined;
  if (altKey || bindings === undefined || focus === 'field') return undefined;
  const action = ACTIONS.find((id) => isSame(bindings[id], { code, shift: shiftKey }));
  return action === 'open' && focus === 'control' ? undefined : action;
}
