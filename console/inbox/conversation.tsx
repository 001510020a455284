/** The selected session with its customer, its transcript and the composer. */
import type { ReactNode, Ref } from 'react';
import { BriefCard } from './brief-card.tsx';
import { Composer } from './composer.tsx';
import { ActionButton } from './conversation-action.tsx';
import { BackIcon, PersonIcon } from './icons.tsx';
import { type Card, customerOf } from './lists.ts';
import { shortTime, useConsole, useDesk } from './page-context.ts';
import { ServiceChip, WaitingTime } from './session-card.tsx';
import { mayManage, standingOf } from './standing.ts';
import { TranscriptView } from './transcript-view.tsx';

export function Conversation({
  card,
  composer,
}: {
  readonly card: Card | undefined;
  readonly composer: Ref<HTMLTextAreaElement>;
}): ReactNode {
  const { strings, desk } = useConsole();
  const { selected, missing, transcript } = useDesk();
  if (selected === undefined) return <Placeholder {...strings.nothingSelected} />;
  const back = <BackButton onBack={() => desk.select(undefined)} label={strings.back} />;
  if (missing)
    return (
      <>
        {back}
        <Placeholder {...strings.missing} />
      </>
    );
  return (
    <>
      {card === undefined ? back : <Head card={card} />}
      {card !== undefined && transcript !== undefined && <BriefCard card={card} transcript={transcript} />}
      {transcript === undefined ? <p className="placeholder">{strings.loading}</p> : <TranscriptView transcript={transcript} />}
      {card !== undefined && transcript !== undefined && <Composer card={card} ref={composer} />}
    </>
  );
}

function BackButton({ onBack, label }: { readonly onBack: () => void; readonly label: string }): ReactNode {
  return (
    <button type="button" className="icon-button back" aria-label={label} title={label} onClick={onBack}>
      <BackIcon />
    </button>
  );
}

function Placeholder({ title, more }: { readonly title: string; readonly more: string }): ReactNode {
  return (
    <div className="placeholder">
      <p className="placeholder-title">{title}</p>
      <p>{more}</p>
    </div>
  );
}

function Head({ card }: { readonly card: Card }): ReactNode {
  const { strings, desk, run, formats, now } = useConsole();
  const { agent, transcript, acting } = useDesk();
  const standing = standingOf(card, agent.id);
  const isManaged = standing === 'held' && mayManage(agent);
  const snoozedUntil = card.preview?.snoozedUntil;
  const holder = desk.nameOf(card.agentId ?? '') ?? strings.someone;
  const status = {
    mine: strings.heldByMe,
    held: strings.heldBy(holder),
    waiting: strings.panel.states.WAITING_AGENT,
    bot: strings.panel.bot,
    closed: strings.panel.states.CLOSED,
  }[standing];
  return (
    <header className="conversation-head">
      <BackButton onBack={() => desk.select(undefined)} label={strings.back} />
      <div className="conversation-who">
        <h2>
          <bdi>{customerOf(card, strings)}</bdi>
        </h2>
        <p className="conversation-status" data-standing={standing}>
          {status}
          {snoozedUntil !== undefined && <span>{strings.snoozed(shortTime(formats, snoozedUntil, now()))}</span>}
          {card.waitingSince !== null && <WaitingTime card={card} since={card.waitingSince} />}
          <ServiceChip card={card} />
        </p>
      </div>
      <div className="conversation-actions">
        {(standing === 'waiting' || standing === 'bot') && (
          <ActionButton action="claim" primary={standing === 'waiting'} busy={acting === 'claim'} />
        )}
        {isManaged && <ActionButton action="claim" label={strings.takeOver} busy={acting === 'transfer'} />}
        {(standing === 'mine' || isManaged) && (
          <>
            {standing === 'mine' && <ActionButton action={snoozedUntil === undefined ? 'snooze' : 'unsnooze'} busy={acting === 'snooze'} />}
            <ActionButton action="release" busy={acting === 'release'} />
            <ActionButton action="transfer" busy={acting === 'transfer'} />
          </>
        )}
        {(standing !== 'held' || isManaged) && standing !== 'closed' && <ActionButton action="close" busy={acting === 'close'} />}
        <button
          type="button"
          className="icon-button panel-button"
          aria-label={strings.actions.panel}
          title={strings.actions.panel}
          onClick={() => run('panel')}
          disabled={transcript === undefined}
        >
          <PersonIcon />
        </button>
      </div>
    </header>
  );
}
