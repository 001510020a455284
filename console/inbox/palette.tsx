/** Every action, saved response and listed conversation, found by typing. */
import { type ReactNode, useMemo, useState } from 'react';
import { found } from './canned-text.ts';
import { type Choice, ChoiceList } from './choice-list.tsx';
import { useCannedInsertion } from './composer-insertion.ts';
import { Dialog } from './dialog.tsx';
import { labelOf } from './dialogs.tsx';
import { ACTIONS, type ActionId } from './keys.ts';
import { customerOf, ordered } from './lists.ts';
import { useConsole, useDesk, useObserved, useShownKey } from './page-context.ts';

/** Conversations, and saved responses, that are offered at once. */
const MOST_SESSIONS = 8;

export function Palette({ onClose }: { readonly onClose: () => void }): ReactNode {
  const { desk, tools, strings, run, isPossible } = useConsole();
  const { lists } = useDesk();
  const [query, setQuery] = useState('');
  const { canned } = useObserved(tools.library.state);
  const insert = useCannedInsertion();
  const shownKey = useShownKey();
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
        shownKey: shownKey(action),
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
        choose: () => {
          desk.select(card.id);
          onClose();
        },
      }));
    const responses =
      wanted === '' || !isPossible('canned')
        ? []
        : found(canned, query.trim().replace(/^\//, ''))
            .slice(0, MOST_SESSIONS)
            .map((one) => ({
              id: one.id,
              label: `/${one.item.name}`,
              detail: one.item.title,
              choose: () => {
                onClose();
                setTimeout(() => insert(one));
              },
            }));
    return [...actions, ...responses, ...sessions];
  }, [query, lists, canned, insert, desk, strings, run, isPossible, onClose, shownKey]);
  return (
    <Dialog title={strings.actions.palette} onClose={onClose} className="palette">
      <ChoiceList
        label={strings.palette.label}
        placeholder={strings.palette.placeholder}
        query={query}
        onQuery={setQuery}
        choices={choices}
        none={strings.palette.none}
      />
    </Dialog>
  );
}
