/** A field with the choices that match what is typed in it. The keys move through them. */
import { type KeyboardEvent, type ReactNode, useEffect, useId, useState } from 'react';

export interface Choice {
  readonly id: string;
  readonly label: string;
  /** A second line. */
  readonly detail?: ReactNode;
  /** The key that does the same. */
  readonly shownKey?: string | undefined;
  readonly choose: () => void;
}

export interface ChoiceListProps {
  readonly label: string;
  readonly placeholder: string;
  readonly query: string;
  readonly onQuery: (query: string) => void;
  readonly choices: readonly Choice[];
  /** Shown if there are no choices. */
  readonly none: string;
}

export function ChoiceList({ label, placeholder, query, onQuery, choices, none }: ChoiceListProps): ReactNode {
  const [at, setAt] = useState(0);
  const id = useId();
  const shown = Math.min(at, choices.length - 1);
  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.nativeEvent.isComposing) return;
    const step = event.key === 'ArrowDown' ? 1 : event.key === 'ArrowUp' ? -1 : 0;
    if (step !== 0 && choices.length > 0) {
      event.preventDefault();
      setAt((shown + step + choices.length) % choices.length);
    }
    if (event.key === 'Enter') {
      event.preventDefault();
      choices[shown]?.choose();
    }
  };
  return (
    <>
      <input
        role="combobox"
        aria-expanded="true"
        aria-controls={`${id}-list`}
        aria-activedescendant={choices.length > 0 ? `${id}-${shown}` : undefined}
        aria-label={label}
        placeholder={placeholder}
        dir="auto"
        autoComplete="off"
        value={query}
        onChange={(event) => {
          onQuery(event.target.value);
          setAt(0);
        }}
        onKeyDown={onKeyDown}
      />
      {choices.length === 0 && <p className="dialog-note">{none}</p>}
      <Choices id={id} label={label} choices={choices} at={shown} />
    </>
  );
}

/** The list of a field that has the keys. Its options have the ids `{id}-{index}`. */
export function Choices({
  id,
  label,
  choices,
  at,
  className = 'palette-list',
}: {
  readonly id: string;
  readonly label: string;
  readonly choices: readonly Choice[];
  readonly at: number;
  readonly className?: string;
}): ReactNode {
  useEffect(() => {
    document.getElementById(`${id}-${at}`)?.scrollIntoView({ block: 'nearest' });
  }, [id, at]);
  return (
    <div role="listbox" id={`${id}-list`} className={className} aria-label={label}>
      {choices.map((choice, index) => (
        // biome-ignore lint/a11y/useKeyWithClickEvents: The field has the keys.
        <div
          key={choice.id}
          role="option"
          id={`${id}-${index}`}
          tabIndex={-1}
          aria-selected={index === at}
          className="palette-choice"
          // The field keeps the focus.
          onMouseDown={(event) => event.preventDefault()}
          onClick={choice.choose}
        >
          <span className="choice-words">
            <span dir="auto">{choice.label}</span>
            {choice.detail !== undefined && (
              <span className="choice-detail" dir="auto">
                {choice.detail}
              </span>
            )}
          </span>
          {choice.shownKey !== undefined && <kbd>{choice.shownKey}</kbd>}
        </div>
      ))}
    </div>
  );
}
