/** Every action and every listed conversation, found by typing. */
import { type KeyboardEvent, type ReactNode, useId, useMemo, useState } from 'react';
import { Dialog } from './dialog.tsx';
import { labelOf, shownKey } from './dialogs.tsx';
import { ACTIONS, type ActionId } from './keys.ts';
import { customerOf, ordered } from './lists.ts';
import { useConsole, useDesk } from './page-context.ts';

/** Conversations that are offered at once. */
const MOST_SESSIONS = 8;

interface Choice {
  readonly id: string;
  readonly label: string;
  readonly key: string | undefined;
  readonly choose: () => void;
}

export function Palette({ onClose }: { readonly onClose: () => void }): ReactNode {
  const { desk, strings, run, isPossible } = useConsole();
  const { lists } = useDesk();
  const [query, setQuery] = useState('');
  const [at, setAt] = useState(0);
  const id = useId();
  const choices = useMemo((): readonly Choice[] => {
    const wanted = query.trim().toLocaleLowerCase();
    const matches = (text: string): boolean => text.toLocaleLowerCase().includes(wanted);
    const act = (action: ActionId) => (): void => {
      onClose();
      // After the palette has closed, so that the focus is where the action puts it.
      setTimeout(() => run(action));
    };
    const actions = ACTIONS.filter((action) => action !== 'palette' && isPossible(action) && matches(labelOf(action, strings))).map(
      (action) => ({
        id: action,
        label: labelOf(action, strings),
        key: shownKey(action),
        choose: act(action),
      }),
    );
    const cards = new Map([...lists.closed.sessions, ...lists.open.sessions]);
    const sessions = ordered('open', cards.values())
      .filter((card) => matches(`${customerOf(card, strings)} ${card.address} ${card.preview?.last?.text ?? ''}`))
      .slice(0, MOST_SESSIONS)
      .map((card) => ({
        id: card.id,
        label: `${customerOf(card, strings)}${card.preview?.last == null ? '' : ` – ${card.preview.last.text}`}`,
        key: undefined,
        choose: () => {
          desk.select(card.id);
          onClose();
        },
      }));
    return [...actions, ...sessions];
  }, [query, lists, desk, strings, run, isPossible, onClose]);
  const shown = Math.min(at, choices.length - 1);
  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.nativeEvent.isComposing) return;
    const step = event.key === 'ArrowDown' ? 1 : event.key === 'ArrowUp' ? -1 : 0;
    if (step !== 0 && choices.length > 0) {
      event.preventDefault();
      const next = (shown + step + choices.length) % choices.length;
      setAt(next);
      document.getElementById(`${id}-${next}`)?.scrollIntoView({ block: 'nearest' });
    }
    if (event.key === 'Enter') {
      event.preventDefault();
      choices[shown]?.choose();
    }
  };
  return (
    <Dialog title={strings.actions.palette} onClose={onClose} className="palette">
      <input
        role="combobox"
        aria-expanded="true"
        aria-controls={`${id}-list`}
        aria-activedescendant={choices.length > 0 ? `${id}-${shown}` : undefined}
        aria-label={strings.palette.label}
        placeholder={strings.palette.placeholder}
        dir="auto"
        autoComplete="off"
        value={query}
        onChange={(event) => {
          setQuery(event.target.value);
          setAt(0);
        }}
        onKeyDown={onKeyDown}
      />
      {choices.length === 0 && <p className="dialog-note">{strings.palette.none}</p>}
      <div role="listbox" id={`${id}-list`} className="palette-list" aria-label={strings.palette.label}>
        {choices.map((choice, index) => (
          // biome-ignore lint/a11y/useKeyWithClickEvents: The field above has the keys.
          <div
            key={choice.id}
            role="option"
            id={`${id}-${index}`}
            tabIndex={-1}
            aria-selected={index === shown}
            className="palette-choice"
            onClick={choice.choose}
          >
            <span dir="auto">{choice.label}</span>
            {choice.key !== undefined && <kbd>{choice.key}</kbd>}
          </div>
        ))}
      </div>
    </Dialog>
  );
}
