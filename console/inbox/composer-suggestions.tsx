/**
 * What the composer offers while the agent types: saved responses after a slash at the beginning of
 * a reply, colleagues after an `@` in a note.
 */
import { type KeyboardEvent, type ReactNode, type RefObject, useEffect, useId, useState } from 'react';
import { useText } from '../text/text-context.ts';
import { found, shortcutIn, textIn } from './canned-text.ts';
import { type Choice, Choices } from './choice-list.tsx';
import { useCannedInsertion, useFilling } from './composer-insertion.ts';
import type { Mode } from './drafts.ts';
import { colleaguesFor, mentionAt, withMention } from './mention-text.ts';
import { useConsole, useDesk, useObserved } from './page-context.ts';

const MOST = 8;

interface Suggestions {
  readonly list: ReactNode;
  /** Attributes of the field. */
  readonly field: {
    readonly 'aria-controls'?: string;
    readonly 'aria-activedescendant'?: string;
    readonly 'aria-haspopup'?: 'listbox';
    readonly 'aria-autocomplete'?: 'list';
  };
  /** True if the key was for the list. */
  readonly onKeyDown: (event: KeyboardEvent) => boolean;
}

export function useComposerSuggestions(mode: Mode, text: string, area: RefObject<HTMLTextAreaElement | null>): Suggestions {
  const { strings } = useConsole();
  const { announce } = useText();
  const id = useId();
  const [at, setAt] = useState(0);
  const [dismissed, setDismissed] = useState<string>();
  const [caret, setCaret] = useCaret(area, text);
  const responses = useResponses(mode === 'reply' ? shortcutIn(text) : undefined);
  const colleagues = useColleagues(mode === 'note', text, { caret, setCaret, area });
  const all = mode === 'reply' ? responses : colleagues;
  const choices = dismissed === text ? [] : all;
  const words = mode === 'reply' ? strings.tools.canned : strings.tools.mentions;
  const count = choices.length;
  useEffect(() => {
    if (count > 0) announce(words.suggestions(count));
  }, [count, words, announce]);
  if (count === 0) return { list: null, field: {}, onKeyDown: () => false };
  const shown = Math.min(at, count - 1);
  return {
    list: <Choices id={id} label={words.title} choices={choices} at={shown} className="palette-list suggestions" />,
    field: {
      'aria-controls': `${id}-list`,
      'aria-activedescendant': `${id}-${shown}`,
      'aria-haspopup': 'listbox',
      'aria-autocomplete': 'list',
    },
    onKeyDown: (event) => {
      if (event.nativeEvent.isComposing) return false;
      const step = event.key === 'ArrowDown' ? 1 : event.key === 'ArrowUp' ? -1 : 0;
      if (step !== 0) setAt((shown + step + count) % count);
      else if (event.key === 'Escape') setDismissed(text);
      else if ((event.key === 'Enter' && !event.shiftKey) || event.key === 'Tab') {
        setAt(0);
        choices[shown]?.choose();
      } else return false;
      event.preventDefault();
      return true;
    },
  };
}

/** Where the agent writes. It changes without the text, by the arrow keys. */
function useCaret(area: RefObject<HTMLTextAreaElement | null>, text: string): readonly [number, (caret: number) => void] {
  const [caret, setCaret] = useState(text.length);
  useEffect(() => {
    const read = (): void => {
      if (document.activeElement === area.current) setCaret(area.current?.selectionStart ?? 0);
    };
    document.addEventListener('selectionchange', read);
    return () => document.removeEventListener('selectionchange', read);
  }, [area]);
  return [Math.min(caret, text.length), setCaret];
}

function useResponses(query: string | undefined): readonly Choice[] {
  const { tools } = useConsole();
  const { canned } = useObserved(tools.library.state);
  const { locales } = useFilling();
  const insert = useCannedInsertion();
  if (query === undefined) return [];
  return found(canned, query)
    .slice(0, MOST)
    .map((one) => ({
      id: one.id,
      label: `/${one.item.name} – ${one.item.title}`,
      detail: textIn(one.item, locales),
      choose: () => insert(one),
    }));
}

interface Caret {
  readonly caret: number;
  readonly setCaret: (caret: number) => void;
  readonly area: RefObject<HTMLTextAreaElement | null>;
}

function useColleagues(isNote: boolean, text: string, { caret, setCaret, area }: Caret): readonly Choice[] {
  const { desk } = useConsole();
  const { colleagues, agent, selected, draft } = useDesk();
  const open = isNote ? mentionAt(text, caret) : undefined;
  const isOpen = open !== undefined;
  // A colleague may have joined since they were read.
  useEffect(() => {
    if (isOpen) desk.refreshColleagues();
  }, [isOpen, desk]);
  if (open === undefined || selected === undefined) return [];
  // A mention that is complete offers nothing more.
  if (draft.mentioned.some(({ name }) => open.query.startsWith(`${name} `))) return [];
  const others = colleagues.filter(({ id, disabled }) => id !== agent.id && !disabled);
  return colleaguesFor(others, open.query)
    .slice(0, MOST)
    .map(({ id, name }) => ({
      id,
      label: name,
      choose: () => {
        const after = withMention(text, open, name);
        desk.writing.mention(selected, { id, name });
        desk.write(after.text);
        // Else an Enter that follows at once would choose again.
        setCaret(after.caret);
        // After it is drawn.
        setTimeout(() => area.current?.setSelectionRange(after.caret, after.caret));
      },
    }));
}
