/** What is known about the customer and the session, and who else is there. */
import type { ReactNode } from 'react';
import { FactsEditor } from './facts-editor.tsx';
import { type Card, channelOf, customerOf } from './lists.ts';
import { useConsole, useDesk, useNow } from './page-context.ts';
import { othersAt } from './presence.ts';
import { WaitingTime } from './session-card.tsx';
import { standingOf } from './standing.ts';

export function CustomerPanel({ card, onClose }: { readonly card: Card; readonly onClose: () => void }): ReactNode {
  const { desk, strings, formats } = useConsole();
  const { agent, viewers, details } = useDesk();
  const words = strings.panel;
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
    <section className="panel" aria-label={words.title}>
      <header className="panel-head">
        <h2 dir="auto">{customerOf(card, strings)}</h2>
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
        {details?.previousId != null && (
          <Fact name={words.previous}>
            <button type="button" className="link" onClick={() => desk.select(details.previousId ?? undefined)}>
              {words.openPrevious}
            </button>
          </Fact>
        )}
      </dl>
    </section>
  );
}

function Fact({ name, children }: { readonly name: string; readonly children: ReactNode }): ReactNode {
  return (
    <div className="fact">
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}
