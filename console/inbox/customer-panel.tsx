/** What is known about the customer and the session, and who else is there. */
import type { ReactNode } from 'react';
import { Fact } from './fact.tsx';
import { FactsEditor } from './facts-editor.tsx';
import { type Card, channelOf, customerOf } from './lists.ts';
import { useConsole, useDesk, useNow } from './page-context.ts';
import { InsightSection } from './panel-insight.tsx';
import { PastSessions } from './panel-past.tsx';
import { othersAt } from './presence.ts';
import { ratingIn } from './rating.ts';
import { WaitingTime } from './session-card.tsx';
import { standingOf } from './standing.ts';

export function CustomerPanel({ card, onClose }: { readonly card: Card; readonly onClose: () => void }): ReactNode {
  const { desk, strings, formats } = useConsole();
  const { agent, viewers, transcript } = useDesk();
  const words = strings.panel;
  const rating = ratingIn(transcript?.entries ?? []);
  const standing = standingOf(card, agent.id);
  const others = othersAt(viewers, card.id, agent.id, useNow(5_000));
  const holder =
    standing === 'mine'
      ? strings.you
      : standing === 'held'
        ? (desk.nameOf(card.agentId ?? '') ?? strings.someone)
        : standing === 'bot'
          ? words.bot
          : words.nobody;
  return (
    <section className="panel" aria-label={words.title} tabIndex={0}>
      <header className="panel-head">
        <h2>
          <bdi>{customerOf(card, strings)}</bdi>
        </h2>
        <button type="button" className="link panel-close" onClick={onClose}>
          {strings.dismiss}
        </button>
      </header>
      <dl>
        <Fact name={words.address}>
          <bdi>{card.address}</bdi>
        </Fact>
        <Fact name={words.channel}>{channelOf(card)}</Fact>
        <Fact name={words.assistant}>
          <bdi>{card.assistant}</bdi>
        </Fact>
        <Fact name={words.state}>{words.states[card.state] ?? card.state}</Fact>
        {card.open && (
          <Fact name={words.holder}>
            <bdi>{holder}</bdi>
          </Fact>
        )}
        {card.waitingSince !== null && (
          <Fact name={words.waiting}>
            <WaitingTime card={card} since={card.waitingSince} />
          </Fact>
        )}
        {card.queue !== null && (
          <Fact name={words.queue}>
            <bdi>{card.queue}</bdi>
          </Fact>
        )}
        <Fact name={words.since}>
          <time dateTime={new Date(card.openedAt).toISOString()}>{formats.full(card.openedAt)}</time>
        </Fact>
        <FactsEditor card={card} />
        <Fact name={words.looking}>{others.length === 0 ? words.alone : others.map(({ name }) => `\u2068${name}\u2069`).join(', ')}</Fact>
        {rating !== undefined && (
          <Fact name={strings.rating.title}>
            {rating === 'asked' ? (
              strings.rating.asked
            ) : (
              <>
                <span data-rating={rating.score ?? undefined}>
                  {rating.score === null ? strings.rating.none : strings.rating.of(rating.score)}
                </span>
                {rating.comment !== null && (
                  <span className="fact-more" dir="auto">
                    {rating.comment}
                  </span>
                )}
              </>
            )}
          </Fact>
        )}
      </dl>
      <InsightSection card={card} />
      <PastSessions card={card} />
    </section>
  );
}
