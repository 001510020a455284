/** Has the model draft a reply into the composer, and says what came of it. */
import { type ReactNode, useSyncExternalStore } from 'react';
import { useConsole, useShownKey } from './page-context.ts';
import type { SuggestionState } from './suggestion.ts';

/** What the model does for the composer of a session. `none` for that of another one. */
export function useSuggestion(sessionId: string): SuggestionState {
  const { suggestion } = useConsole().desk.aids;
  const state = useSyncExternalStore(suggestion.subscribe, suggestion.snapshot);
  return state.kind !== 'none' && state.sessionId !== sessionId ? { kind: 'none' } : state;
}

export function SuggestButton({ state }: { readonly state: SuggestionState }): ReactNode {
  const { desk, strings, run } = useConsole();
  const isWriting = state.kind === 'writing';
  const { suggest } = strings.actions;
  const shown = useShownKey()('suggest');
  return (
    <button
      type="button"
      className="mode suggest"
      title={isWriting || shown === undefined ? undefined : `${suggest} (${shown})`}
      onClick={() => (isWriting ? desk.aids.suggestion.stop() : run('suggest'))}
    >
      {isWriting ? strings.suggestion.stop : suggest}
    </button>
  );
}

export function SuggestionNotice({ state }: { readonly state: SuggestionState }): ReactNode {
  const { desk, strings } = useConsole();
  const words = strings.suggestion;
  const { suggestion } = desk.aids;
  const said =
    state.kind === 'writing'
      ? words.writing
      : state.kind === 'written'
        ? state.whole
          ? state.offline
            ? words.offline
            : words.written
          : words.stopped
        : state.kind === 'failed'
          ? words.failed[state.why]
          : '';
  return (
    <div className="suggestion" data-suggestion={state.kind}>
      {/* It is there before it says anything, so that screen readers hear it. */}
      <p role="status">{said}</p>
      {(state.kind === 'writing' || state.kind === 'written') && (
        <button type="button" className="link" onClick={() => suggestion.undo()}>
          {words.undo}
        </button>
      )}
      {state.kind === 'failed' && (
        <button type="button" className="link" onClick={() => suggestion.leave()}>
          {strings.dismiss}
        </button>
      )}
    </div>
  );
}
