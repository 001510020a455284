/** The keys, and changing them. A key is chosen by pressing it. */
import { type KeyboardEvent, type ReactNode, useState, useSyncExternalStore } from 'react';
import { useText } from '../text/text-context.ts';
import { Dialog } from './dialog.tsx';
import { labelOf } from './dialogs.tsx';
import { ACTIONS, type ActionId, bindingsOf, chosenWith, shownKey } from './keys.ts';
import { useConsole } from './page-context.ts';

export function HelpDialog({ onClose }: { readonly onClose: () => void }): ReactNode {
  const { strings, preferences } = useConsole();
  const { announce } = useText();
  const { keys, chosenKeys } = useSyncExternalStore(preferences.subscribe, preferences.snapshot);
  const [waitsFor, setWaitsFor] = useState<ActionId>();
  const words = strings.help;
  const bindings = bindingsOf(chosenKeys);
  const choose = (event: KeyboardEvent): void => {
    if (waitsFor === undefined || event.ctrlKey || event.metaKey || event.altKey || event.key === 'Shift') return;
    event.preventDefault();
    event.stopPropagation();
    setWaitsFor(undefined);
    if (event.key === 'Escape') return;
    const isRemoval = event.key === 'Backspace' || event.key === 'Delete';
    const wanted = isRemoval ? null : { code: event.code, shift: event.shiftKey };
    const chosen = chosenWith(chosenKeys, waitsFor, wanted);
    if (chosen === undefined) return announce(words.reserved);
    preferences.set({ chosenKeys: chosen });
    announce(`${labelOf(waitsFor, strings)}: ${shownKey(waitsFor, bindingsOf(chosen)) ?? words.none}`);
  };
  return (
    <Dialog title={words.title} onClose={onClose}>
      <p className="dialog-note">{keys ? words.keys : words.keysOff}</p>
      <p className="dialog-note">{words.change}</p>
      <dl className="keys">
        {ACTIONS.map((action) => (
          <div key={action}>
            <dt>{labelOf(action, strings)}</dt>
            <dd>
              {action === 'palette' ? (
                <kbd>{shownKey(action, bindings)}</kbd>
              ) : (
                <button
                  type="button"
                  className="key"
                  aria-label={words.changeOf(labelOf(action, strings), shownKey(action, bindings) ?? words.none)}
                  onClick={() => setWaitsFor(action)}
                  onBlur={() => setWaitsFor(undefined)}
                  onKeyDown={choose}
                >
                  <kbd>{waitsFor === action ? words.press : (shownKey(action, bindings) ?? words.none)}</kbd>
                </button>
              )}
            </dd>
          </div>
        ))}
      </dl>
      <div className="dialog-row end">
        {Object.keys(chosenKeys).length > 0 && (
          <button type="button" className="button quiet" onClick={() => preferences.set({ chosenKeys: {} })}>
            {words.reset}
          </button>
        )}
        <button type="button" className="button" onClick={onClose}>
          {strings.dismiss}
        </button>
      </div>
    </Dialog>
  );
}
