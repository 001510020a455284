/** Menu of what a reply can have beside its text. The keys are those of any menu. */
import { type KeyboardEvent, type ReactNode, useEffect, useId, useRef, useState } from 'react';
import { AddIcon } from './icons.tsx';
import { useConsole } from './page-context.ts';

const ADDED = ['attach', 'addPlace', 'addContact', 'addLink', 'askLocation'] as const;

export function AddMenu(): ReactNode {
  const { strings, run } = useConsole();
  const words = strings.tools.cards;
  const [isOpen, setOpen] = useState(false);
  const button = useRef<HTMLButtonElement>(null);
  const menu = useRef<HTMLDivElement>(null);
  const id = useId();
  const items = (): readonly HTMLElement[] => [...(menu.current?.querySelectorAll<HTMLElement>('[role="menuitem"]') ?? [])];
  useEffect(() => {
    if (isOpen) menu.current?.querySelector<HTMLElement>('[role="menuitem"]')?.focus();
  }, [isOpen]);
  const close = (): void => {
    setOpen(false);
    button.current?.focus();
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    const isDown = event.key === 'ArrowDown';
    if (!isOpen) {
      if (!isDown && event.key !== 'ArrowUp') return;
      event.preventDefault();
      return setOpen(true);
    }
    if (event.key === 'Tab') return setOpen(false);
    if (event.key === 'Escape') {
      event.preventDefault();
      return close();
    }
    const all = items();
    const at = all.findIndex((item) => item === document.activeElement);
    const step = isDown ? 1 : event.key === 'ArrowUp' ? -1 : 0;
    const next = event.key === 'Home' ? 0 : event.key === 'End' ? all.length - 1 : step === 0 ? -1 : (at + step + all.length) % all.length;
    if (next < 0) return;
    event.preventDefault();
    all[next]?.focus();
  };
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: The keys are those of the controls in it.
    <span
      className="add"
      onKeyDown={onKeyDown}
      onBlur={({ currentTarget, relatedTarget }) => {
        if (!currentTarget.contains(relatedTarget)) setOpen(false);
      }}
      // Safari takes the focus away at a press, which would close it before the click.
      onMouseDown={(event) => event.preventDefault()}
    >
      <button
        ref={button}
        type="button"
        className="icon-button"
        aria-haspopup="menu"
        aria-expanded={isOpen}
        aria-controls={isOpen ? id : undefined}
        aria-label={words.add}
        title={words.add}
        onClick={() => setOpen(!isOpen)}
      >
        <AddIcon />
      </button>
      {isOpen && (
        <div ref={menu} id={id} role="menu" aria-label={words.add} className="add-menu">
          {ADDED.map((action) => (
            <button
              key={action}
              type="button"
              role="menuitem"
              tabIndex={-1}
              onClick={() => {
                close();
                run(action);
              }}
            >
              {words.menu[action]}
            </button>
          ))}
        </div>
      )}
    </span>
  );
}
