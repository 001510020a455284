/** Context of the model, cost and counters of a session, and its statechart. */
import { type ReactNode, useEffect, useState } from 'react';
import { Fact } from './fact.tsx';
import type { Insight, MachineGraph } from './insight-api.ts';
import type { Card } from './lists.ts';
import { useConsole } from './page-context.ts';
import { Statechart } from './panel-statechart.tsx';

/** A session that changes often is read again after a pause, in milliseconds. */
const PAUSE_MS = 1_500;

type Loaded<T> = { readonly kind: 'loading' } | { readonly kind: 'unavailable' } | { readonly kind: 'ready'; readonly value: T };

function useInsight({ id, version }: Card): Loaded<Insight> {
  const { insight } = useConsole().desk.aids;
  const [loaded, setLoaded] = useState<{ readonly id: string; readonly state: Loaded<Insight> }>({ id, state: { kind: 'loading' } });
  const isFirst = loaded.id !== id || loaded.state.kind === 'loading';
  useEffect(() => {
    let isWanted = true;
    // Read again when the version changes.
    void version;
    const timer = setTimeout(
      () =>
        insight.of(id).then(
          (value) => isWanted && setLoaded({ id, state: { kind: 'ready', value } }),
          () =>
            isWanted &&
            setLoaded((before) => (before.id === id && before.state.kind === 'ready' ? before : { id, state: { kind: 'unavailable' } })),
        ),
      isFirst ? 0 : PAUSE_MS,
    );
    return () => {
      isWanted = false;
      clearTimeout(timer);
    };
  }, [insight, id, version, isFirst]);
  return loaded.id === id ? loaded.state : { kind: 'loading' };
}

function useGraph(machine: Insight['machine'] | undefined): MachineGraph | undefined {
  const { insight } = useConsole().desk.aids;
  const [graphs, setGraphs] = useState<ReadonlyMap<string, MachineGraph>>(new Map());
  const { id, version } = machine ?? {};
  const key = `${id}@${version}`;
  useEffect(() => {
    if (id === undefined || version === undefined) return;
    insight.graph({ id, version }).then(
      (graph) => setGraphs((known) => new Map(known).set(key, graph)),
      () => undefined,
    );
  }, [insight, id, version, key]);
  return graphs.get(key);
}

export function InsightSection({ card }: { readonly card: Card }): ReactNode {
  const { strings } = useConsole();
  const words = strings.panel;
  const loaded = useInsight(card);
  const insight = loaded.kind === 'ready' ? loaded.value : undefined;
  const graph = useGraph(insight?.machine);
  return (
    <>
      {graph !== undefined && (
        <section className="panel-part" aria-label={words.chart}>
          <h3>{words.chart}</h3>
          <Statechart graph={graph} card={card} />
        </section>
      )}
      <section className="panel-part" aria-label={words.cost}>
        <h3>{words.cost}</h3>
        {insight === undefined ? <p>{loaded.kind === 'loading' ? words.loading : words.unavailable}</p> : <Figures insight={insight} />}
      </section>
    </>
  );
}

function Figures({ insight: { counters, context } }: { readonly insight: Insight }): ReactNode {
  const { strings, formats } = useConsole();
  const words = strings.panel;
  const { number, money } = formats;
  return (
    <>
      <dl>
        {context !== undefined && (
          <Fact name={words.context}>
            <span>
              {context.tokens.limit === null
                ? words.contextAll(number(context.tokens.total))
                : words.contextOf(number(context.tokens.total), number(context.tokens.limit))}
            </span>
            {context.tokens.limit !== null && (
              <meter aria-label={words.context} min={0} max={context.tokens.limit} value={context.tokens.total} />
            )}
            <span className="fact-more">{words.shown(context.shown.messages, context.shown.summaries)}</span>
          </Fact>
        )}
        {counters !== undefined && (
          <Fact name={words.cost}>
            <span data-cost>{money(counters.costMicros / 1_000_000)}</span>
            <span className="fact-more">{words.tokens(number(counters.tokensIn), number(counters.tokensOut))}</span>
          </Fact>
        )}
      </dl>
      {counters !== undefined && (
        <dl className="fact-row">
          <Fact name={words.messages}>{number(counters.messages)}</Fact>
          <Fact name={words.runs}>{number(counters.runs)}</Fact>
          <Fact name={words.toolCalls}>{number(counters.toolCalls)}</Fact>
          <Fact name={words.errors}>{number(counters.errors)}</Fact>
        </dl>
      )}
    </>
  );
}
