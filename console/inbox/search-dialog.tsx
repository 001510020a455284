/** Search over all conversations, or in the one that is shown, with the lines that were found. */
import { type ReactNode, useEffect, useMemo, useState } from 'react';
import { useText } from '../text/text-context.ts';
import { type Choice, ChoiceList } from './choice-list.tsx';
import { Dialog } from './dialog.tsx';
import { MarkedText } from './marked-text.tsx';
import { useConsole, useDesk } from './page-context.ts';
import type { MessageAnswer, SearchAnswer } from './session-search.ts';

/** The search begins when nothing was typed for so long, in milliseconds. */
const PAUSE_MS = 250;

type Answer = { readonly in: 'all'; readonly found: SearchAnswer } | { readonly in: 'session'; readonly found: MessageAnswer };
type State = 'idle' | 'searching' | 'failed' | Answer;

export function SearchDialog({ onClose }: { readonly onClose: () => void }): ReactNode {
  const { tools, strings } = useConsole();
  const { selected } = useDesk();
  const { announce } = useText();
  const [query, setQuery] = useState('');
  const [isWithin, setWithin] = useState(false);
  const [state, setState] = useState<State>('idle');
  const words = strings.tools.search;
  useEffect(() => {
    const wanted = query.trim();
    if (wanted === '') return setState('idle');
    let isCurrent = true;
    const search = async (): Promise<Answer> =>
      isWithin && selected !== undefined
        ? { in: 'session', found: await tools.searchIn(selected, wanted) }
        : { in: 'all', found: await tools.search(wanted) };
    const timer = setTimeout(() => {
      setState('searching');
      search().then(
        (answer) => {
          if (!isCurrent) return;
          setState(answer);
          const { length } = answer.found.matches;
          announce(length === 0 ? words.none : words.results(length));
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
  }, [query, isWithin, selected, tools, words, announce]);
  const choices = useChoices(typeof state === 'string' ? undefined : state, onClose);
  const none = { idle: isWithin ? words.withinHint : words.hint, searching: words.searching, failed: words.failed };
  return (
    <Dialog title={words.title} onClose={onClose} className="palette">
      {selected !== undefined && (
        <label className="search-scope">
          <input type="checkbox" checked={isWithin} onChange={(event) => setWithin(event.target.checked)} />
          {words.within}
        </label>
      )}
      <ChoiceList
        label={words.label}
        placeholder={words.label}
        query={query}
        onQuery={setQuery}
        choices={choices}
        none={typeof state === 'string' ? none[state] : words.none}
      />
      {typeof state !== 'string' && !state.found.complete && <p className="dialog-note">{words.more}</p>}
    </Dialog>
  );
}

function useChoices(answer: Answer | undefined, onClose: () => void): readonly Choice[] {
  const { tools, strings, formats, now } = useConsole();
  const words = strings.tools.search;
  return useMemo(() => {
    const open = (sessionId: string, seq: number | null) => () => {
      tools.open(sessionId, seq);
      onClose();
    };
    if (answer?.in === 'session') {
      return answer.found.matches.map(({ sessionId, seq, at, text, marks }) => ({
        id: `${sessionId}.${seq}`,
        label: formats.ago(at, now()),
        detail: <MarkedText text={text ?? ''} marks={marks} />,
        choose: open(sessionId, seq),
      }));
    }
    return (answer?.found.matches ?? []).map(({ session, customer, field, line, marks, seq, at }) => {
      const name = customer ?? strings.unnamed(session.address.slice(-5));
      const where = session.open ? '' : ` (${words.closed})`;
      return {
        id: session.id,
        label: `\u2068${name}\u2069${where} – ${formats.ago(at, now())}`,
        detail: (
          <>
            {words.fields[field]}: <MarkedText text={line} marks={marks} />
          </>
        ),
        choose: open(session.id, seq),
      };
    });
  }, [answer, strings, words, formats, now, tools, onClose]);
}
