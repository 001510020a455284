/** What is saved: responses and macros, to read, write and delete. */
import { type ReactNode, useEffect, useState } from 'react';
import type { SavedItem } from '../client/library.ts';
import { ApiRefusal } from './api-request.ts';
import { CannedForm } from './canned-form.tsx';
import { Dialog } from './dialog.tsx';
import type { Saved } from './library.ts';
import { MacroForm } from './macro-form.tsx';
import { useConsole, useDesk, useObserved } from './page-context.ts';
import type { Strings } from './strings.ts';

/** What the dialog shows: both lists, or the form of an item. Without `saved` the item is new. */
type View = 'lists' | { readonly kind: 'canned' | 'macro'; readonly saved: Saved | undefined };

export function LibraryDialog({ onClose }: { readonly onClose: () => void }): ReactNode {
  const { tools, strings } = useConsole();
  const { canned, macros } = useObserved(tools.library.state);
  const [view, setView] = useState<View>('lists');
  const words = strings.tools;
  useEffect(() => void tools.library.load().catch(() => undefined), [tools]);
  if (view !== 'lists') {
    const title = view.kind === 'canned' ? words.canned.title : words.macros.title;
    return (
      <Dialog title={title} onClose={onClose} className="library">
        <ItemForm key={view.saved?.id} view={view} onDone={() => setView('lists')} />
      </Dialog>
    );
  }
  return (
    <Dialog title={strings.actions.library} onClose={onClose} className="library">
      <h3>{words.canned.title}</h3>
      <List
        items={canned}
        labelOf={({ item }) => `/${item.name} – ${item.title}`}
        none={words.canned.none}
        onEdit={(saved) => setView({ kind: 'canned', saved })}
      />
      <button type="button" className="button" onClick={() => setView({ kind: 'canned', saved: undefined })}>
        {words.canned.add}
      </button>
      <h3>{words.macros.title}</h3>
      <List
        items={macros}
        labelOf={({ item }) => item.name}
        none={words.macros.none}
        onEdit={(saved) => setView({ kind: 'macro', saved })}
      />
      <button type="button" className="button" onClick={() => setView({ kind: 'macro', saved: undefined })}>
        {words.macros.add}
      </button>
      <div className="dialog-row end">
        <button type="button" className="button quiet" onClick={onClose}>
          {strings.dismiss}
        </button>
      </div>
    </Dialog>
  );
}

function List<Item extends Saved>({
  items,
  labelOf,
  none,
  onEdit,
}: {
  readonly items: readonly Item[];
  readonly labelOf: (item: Item) => string;
  readonly none: string;
  readonly onEdit: (item: Item) => void;
}): ReactNode {
  const { strings } = useConsole();
  const { agent } = useDesk();
  const words = strings.tools;
  if (items.length === 0) return <p className="dialog-note">{none}</p>;
  return (
    <ul className="choices">
      {items.map((one) => (
        <li key={one.id} className="saved">
          <span className="choice-words">
            <bdi>{labelOf(one)}</bdi>
            <span className="choice-detail">{one.shared ? words.shared : words.personal}</span>
          </span>
          {(!one.shared || agent.role !== 'agent') && (
            <button type="button" className="button quiet" aria-label={`${words.edit}: ${labelOf(one)}`} onClick={() => onEdit(one)}>
              {words.edit}
            </button>
          )}
        </li>
      ))}
    </ul>
  );
}

function ItemForm({ view, onDone }: { readonly view: Exclude<View, 'lists'>; readonly onDone: () => void }): ReactNode {
  const { tools, strings } = useConsole();
  const [problem, setProblem] = useState<string>();
  const [isBusy, setBusy] = useState(false);
  const [isRemoving, setRemoving] = useState(false);
  const { kind, saved } = view;
  const words = strings.tools;
  const change = async (request: Promise<void>): Promise<void> => {
    setBusy(true);
    try {
      await request;
      onDone();
    } catch (error) {
      setProblem(problemIn(error, strings));
      setBusy(false);
    }
  };
  const form = {
    isBusy,
    problem,
    onCancel: onDone,
    onSave: (item: SavedItem, shared: boolean) => void change(tools.library.save(item, shared, saved)),
    ...(saved === undefined ? {} : { isShared: saved.shared }),
  };
  return (
    <>
      {kind === 'canned' ? (
        <CannedForm {...form} before={saved?.item.kind === 'canned' ? saved.item : undefined} />
      ) : (
        <MacroForm {...form} before={saved?.item.kind === 'macro' ? saved.item : undefined} />
      )}
      {saved !== undefined && (
        <button
          type="button"
          className="link"
          disabled={isBusy}
          onClick={() => (isRemoving ? void change(tools.library.remove(saved)) : setRemoving(true))}
        >
          {isRemoving ? words.confirmRemove : words.remove}
        </button>
      )}
    </>
  );
}

export function problemIn(error: unknown, { tools: words }: Strings): string {
  return error instanceof ApiRefusal ? words.refused(error.message) : words.notLoaded;
}
