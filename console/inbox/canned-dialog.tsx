/** Chooses a saved response for the reply. */
import { type ReactNode, useState } from 'react';
import { found, textIn } from './canned-text.ts';
import { ChoiceList } from './choice-list.tsx';
import { useCannedInsertion, useFilling } from './composer-insertion.ts';
import { Dialog } from './dialog.tsx';
import { LibraryLink } from './library-link.tsx';
import { useConsole, useObserved } from './page-context.ts';

export function CannedDialog({ onClose }: { readonly onClose: () => void }): ReactNode {
  const { tools, strings } = useConsole();
  const { canned } = useObserved(tools.library.state);
  const { locales } = useFilling();
  const [query, setQuery] = useState('');
  const insert = useCannedInsertion();
  const words = strings.tools.canned;
  const choices = found(canned, query.replace(/^\//, '')).map((one) => ({
    id: one.id,
    label: `/${one.item.name} – ${one.item.title}`,
    detail: textIn(one.item, locales),
    choose: () => {
      onClose();
      // The dialog gives the focus back as it closes.
      setTimeout(() => insert(one));
    },
  }));
  return (
    <Dialog title={words.title} onClose={onClose} className="palette">
      <ChoiceList label={words.title} placeholder={words.title} query={query} onQuery={setQuery} choices={choices} none={words.none} />
      <LibraryLink onClose={onClose} />
    </Dialog>
  );
}
