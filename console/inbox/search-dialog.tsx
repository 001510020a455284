/** Search over all conversations, with the line in which something was found. */
import { type ReactNode, useEffect, useMemo, useState } from 'react';
import { useText } from '../text/text-context.ts';
import { ChoiceList } from './choice-list.tsx';
import { Dialog } from './dialog.tsx';
import { useConsole } from './page-context.ts';
import type { SearchAnswer } from './session-search.ts';

/** The search begins when nothing was typed for so long, in milliseconds. */
const PAUSE_MS = 250;

type State = 'idle' | 'searching' | 'failed' | SearchAnswer;

export function SearchDialog({ onClose }: { readonly onClose: () => void }): ReactNode {
  const { tools, strings, formats, now } = useConsole();
  const { announce } = useText();
  const [query, setQuery] = useState('');
  const [state, setState] = useState<State>('idle');
  const words = strings.tools.search;
  useEffect(() => {
    const wanted = query.trim();
    if (wanted === '') return setState('idle');
    let isCurrent = true;
    const timer = setTimeout(() => {
      setState('searching');
      tools.search(wanted).then(
        (answer) => {
          if (!isCurrent) return;
          setState(answer);
          announce(answer.matches.length === 0 ? words.none : words.results(answer.matches.length));
        },
        () => {
          if (isCurrent) setState('failed');
        },
      );
    }, PAUSE_MS);
    return () => {
      isCurrent = false;
      clearTimeout(timer);
    };
  }, [query, tools, words, announce]);
  const answer = typeof state === 'string' ? undefined : state;
  const choices = useMemo(
    () =>
      (answer?.matches ?? []).map(({ session, customer, field, line, seq, at }) => {
        const name = customer ?? strings.unnamed(session.address.slice(-5));
        const where = session.open ? '' : ` (${words.closed})`;
        return {
          id: session.id,
          label: `\u2068${name}\u2069${where} – ${formats.ago(at, now())}`,
          detail: `${words.fields[field]}: ${line}`,
          choose: () => {
            tools.open(session.id, seq);
            onClose();
          },
        };
      }),
    [answer, strings, words, formats, now, tools, onClose],
  );
  const none = { idle: words.hint, searching: words.searching, failed: words.failed };
  return (
    <Dialog title={words.title} onClose={onClose} className="palette">
      <ChoiceList
        label={words.label}
        placeholder={words.label}
        query={query}
        onQuery={setQuery}
        choices={choices}
        none={typeof state === 'string' ? none[state] : words.none}
      />
      {answer !== undefined && !answer.complete && <p className="dialog-note">{words.more}</p>}
    </Dialog>
  );
}
