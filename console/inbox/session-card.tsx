/** A session in a list, with the customer, the last message, and who is there. */
import { memo, type ReactNode } from 'react';
import { directionOf } from '../text/direction.ts';
import { EyeIcon } from './icons.tsx';
import { type Card, channelOf, customerOf } from './lists.ts';
import { shortTime, useConsole, useDesk, useNow } from './page-context.ts';
import { othersAt } from './presence.ts';
import { pressingOf } from './service-level.ts';
import { standingOf } from './standing.ts';
import { clockOf, urgencyOf } from './waiting-time.ts';

/** A customer who typed within this time types, in milliseconds. */
export const TYPED_MS = 6_000;

interface SessionCardProps {
  readonly card: Card;
  readonly isSelected: boolean;
  /** What is new in it for the agent. */
  readonly unread: number;
  readonly onSelect: () => void;
}

export const SessionCard = memo(
  function SessionCard({ card, isSelected, unread, onSelect }: SessionCardProps): ReactNode {
    const { strings, formats, now } = useConsole();
    const { preview, waitingSince, lastActivityAt, tags } = card;
    const last = preview?.last ?? null;
    const unanswered = card.open ? (preview?.unanswered ?? 0) : 0;
    return (
      <button type="button" className="card" data-unread={unread > 0} aria-current={isSelected ? 'true' : undefined} onClick={onSelect}>
        <span className="card-head">
          <span className="channel" data-channel={channelOf(card)} title={channelOf(card)}>
            {channelOf(card)}
          </span>
          <span className="customer" dir="auto">
            {customerOf(card, strings)}
          </span>
          {waitingSince === null ? (
            <time dateTime={new Date(lastActivityAt).toISOString()} title={formats.full(lastActivityAt)}>
              {formats.ago(lastActivityAt, now())}
            </time>
          ) : (
            <WaitingTime card={card} since={waitingSince} />
          )}
        </span>
        <span className="card-last" dir={directionOf(last?.text ?? '')}>
          {last === null ? (
            strings.noMessages
          ) : (
            <>
              {last.author !== 'customer' && <b>{strings.authors[last.author]}: </b>}
              {last.text}
            </>
          )}
        </span>
        {preview?.snoozedUntil !== undefined && (
          <span className="snoozed-until">{strings.snoozed(shortTime(formats, preview.snoozedUntil, now()))}</span>
        )}
        <span className="card-foot">
          <ServiceChip card={card} />
          <Holder card={card} />
          {preview !== null && preview.priority !== 'normal' && (
            <span className="priority" data-priority={preview.priority}>
              {strings.priority[preview.priority]}
            </span>
          )}
          {card.queue !== null && <span className="tag">{card.queue}</span>}
          {tags.map((tag) => (
            <span key={tag} className="tag" dir="auto">
              {tag}
            </span>
          ))}
          <Present sessionId={card.id} />
          {unread > 0 && <span className="unread">{strings.unread(unread)}</span>}
          {unanswered > 0 && (
            <span className="unanswered" title={strings.unanswered(unanswered)}>
              <span aria-hidden="true">{unanswered}</span>
              <span className="visually-hidden">{strings.unanswered(unanswered)}</span>
            </span>
          )}
        </span>
      </button>
    );
  },
  (a, b) => a.card === b.card && a.isSelected === b.isSelected && a.unread === b.unread,
);

/** What is due next, in words and with a colour. Nothing without service levels. */
export function ServiceChip({ card }: { readonly card: Card }): ReactNode {
  const { strings } = useConsole();
  const level = pressingOf(card.clocks, useNow());
  if (level === undefined) return null;
  const { target, urgency, leftMs } = level;
  return (
    <span className="service-level" data-urgency={urgency}>
      {strings.due(target === 'resolution' ? 'end' : 'answer', urgency, clockOf(Math.abs(leftMs)))}
    </span>
  );
}

/** The colour is that of the service level, if the session has one. */
export function WaitingTime({ card, since }: { readonly card: Card; readonly since: number }): ReactNode {
  const { strings } = useConsole();
  const now = useNow();
  const waited = now - since;
  return (
    <span className="waiting-time" data-urgency={pressingOf(card.clocks, now)?.urgency ?? urgencyOf(waited)}>
      <span className="visually-hidden">{strings.waited} </span>
      {clockOf(waited)}
    </span>
  );
}

function Holder({ card }: { readonly card: Card }): ReactNode {
  const { strings, desk } = useConsole();
  const { agent } = useDesk();
  const standing = standingOf(card, agent.id);
  if (standing === 'mine') return <span className="holder mine">{strings.heldByMe}</span>;
  if (standing === 'bot') return <span className="holder">{strings.answeredByBot}</span>;
  if (standing !== 'held') return null;
  return <span className="holder">{strings.heldBy(desk.nameOf(card.agentId ?? '') ?? strings.someone)}</span>;
}

/** Colleagues and the customer who view the session or write there. */
function Present({ sessionId }: { readonly sessionId: string }): ReactNode {
  const { strings } = useConsole();
  const { viewers, agent, typedAt } = useDesk();
  const now = useNow(2_000);
  const others = othersAt(viewers, sessionId, agent.id, now);
  const typing = others.filter(({ typing }) => typing);
  if (now - (typedAt.get(sessionId) ?? 0) < TYPED_MS) return <span className="present typing">{strings.customerTyping}</span>;
  if (others.length === 0) return null;
  const names = (typing.length > 0 ? typing : others).map(({ name }) => `\u2068${name}\u2069`).join(', ');
  const words = typing.length > 0 ? strings.writing(names) : strings.looking(names);
  return (
    <span className="present" data-typing={typing.length > 0} title={words}>
      <EyeIcon />
      <span className="present-names">{words}</span>
    </span>
  );
}
