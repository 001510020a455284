/** One row of the transcript. */
import { memo, type ReactNode } from 'react';
import { factWords } from '#machines/session/fact-words.ts';
import { ClockIcon, TickIcon, TicksIcon, WarningIcon } from '../chat/icons.tsx';
import { CardView } from '../media/card-view.tsx';
import { CARD_WORDS } from '../media/card-words.ts';
import { directionOf } from '../text/direction.ts';
import { Markdown } from '../text/markdown.tsx';
import { NoteIcon } from './icons.tsx';
import { notePartsOf } from './mention-text.ts';
import { QuoteView, ReplyButton } from './message-quote.tsx';
import { ReactButton, ReactionChips, ReactionFailure } from './message-reactions.tsx';
import { shortTime, useConsole, useDesk } from './page-context.ts';
import type { LineRow, MessageRow, NoteRow, Row } from './rows.ts';
import { ScheduledRow } from './scheduled-row.tsx';
import { FileCard } from './shown-file.tsx';

interface RowProps {
  readonly row: Row;
  readonly mayReact: boolean;
  readonly mayReply: boolean;
}

export const TranscriptRow = memo(
  function TranscriptRow({ row, mayReact, mayReply }: RowProps): ReactNode {
    const { strings, formats, now, language } = useConsole();
    switch (row.kind) {
      case 'day':
        return (
          <p className="day">
            <span>{formats.day(row.at, now())}</span>
          </p>
        );
      case 'new':
        return (
          <p className="new-line">
            <span>{strings.newLine}</span>
          </p>
        );
      case 'line':
        return <Line row={row} />;
      case 'rating':
        return (
          <p className="line rating" data-seq={row.seq}>
            <span>{strings.rating.line(row)}</span>
            <Time at={row.at} />
          </p>
        );
      case 'message':
        return <Message row={row} mayReact={mayReact} mayReply={mayReply} />;
      case 'note':
        return <Note row={row} />;
      case 'draft':
        return (
          <article className="message" data-author="assistant" data-draft="live">
            <p className="message-head">{strings.authors.assistant}</p>
            <div className="bubble">
              <Markdown text={row.text} />
            </div>
          </article>
        );
      case 'thinking':
        return <p className="thinking">{row.phase === 'tool' ? strings.usingTool : strings.thinking}</p>;
      case 'scheduled':
        return <ScheduledRow message={row.message} isOwn={row.isOwn} quote={row.quote} />;
      case 'sending':
        return (
          <article className={row.note ? 'message note' : 'message'} data-author="agent" data-sending="true">
            {row.quote !== undefined && <QuoteView quote={row.quote} />}
            <div className="bubble">
              {row.text !== '' && <Plain text={row.text} />}
              {row.card !== undefined && <CardView card={row.card} words={CARD_WORDS[language]} />}
            </div>
            <p className="message-meta">
              <ClockIcon />
              {strings.sending}
            </p>
          </article>
        );
    }
  },
  (a, b) => a.mayReact === b.mayReact && a.mayReply === b.mayReply && (a.row === b.row || JSON.stringify(a.row) === JSON.stringify(b.row)),
);

function Line({ row }: { readonly row: LineRow }): ReactNode {
  const { strings, formats, language } = useConsole();
  const { details } = useDesk();
  const facts = factWords(details?.facts?.entities ?? {}, details?.factFields ?? {}, language);
  return (
    <p className="line">
      <span>{strings.line(row, { ...facts, time: (at) => shortTime(formats, at, row.at) })}</span>
      <Time at={row.at} />
    </p>
  );
}

function Message({ row, mayReact, mayReply }: RowProps & { readonly row: MessageRow }): ReactNode {
  const { strings, language } = useConsole();
  const { author, name, text, cards, files, first, mark, failure, edited, deleted, reactTo, reactions, quote, answerTo } = row;
  return (
    <article className="message" data-author={author} data-seq={row.seq} data-first={first} data-deleted={deleted}>
      <p className={first ? 'message-head' : 'visually-hidden'}>
        <bdi>{name ?? strings.authors[author]}</bdi>
      </p>
      {quote !== undefined && <QuoteView quote={quote} />}
      <div className="bubble">
        {/* Only models and agents write Markdown. */}
        {text !== '' && (author === 'customer' ? <Plain text={text} /> : <Markdown text={text} />)}
        {cards.map((card, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: The cards of a message keep their places.
          <CardView key={index} card={card} words={CARD_WORDS[language]} />
        ))}
        {files.map((file) => (
          <FileCard key={file.path ?? file.name} file={file} />
        ))}
      </div>
      <ReactionChips reactions={reactions} />
      <p className="message-meta">
        <Time at={row.at} />
        {edited && <span>{strings.edited}</span>}
        {deleted && <span>{strings.deleted}</span>}
        {mark !== undefined && (
          <span className="delivery" data-mark={mark} title={failure ?? strings.marks[mark]}>
            {mark === 'pending' ? <ClockIcon /> : mark === 'sent' ? <TickIcon /> : mark === 'failed' ? <WarningIcon /> : <TicksIcon />}
            <span className="visually-hidden">{strings.marks[mark]}</span>
          </span>
        )}
        {mark === 'failed' && (
          <span className="failure" dir="auto">
            {strings.marks.failed}
            {failure === undefined ? '' : `: ${failure}`}
          </span>
        )}
        <ReactionFailure reactions={reactions} />
        {mayReact && reactTo !== undefined && <ReactButton to={reactTo} reactions={reactions} />}
        {mayReply && answerTo !== undefined && <ReplyButton to={answerTo} />}
      </p>
    </article>
  );
}

function Note({ row }: { readonly row: NoteRow }): ReactNode {
  const { strings } = useConsole();
  return (
    <article className="message note" data-author="note" data-seq={row.seq}>
      <p className="message-head">
        <NoteIcon />
        <bdi>{strings.noteBy(row.name)}</bdi>
      </p>
      <div className="bubble">
        <NoteText row={row} />
      </div>
      <p className="message-meta">
        <Time at={row.at} />
      </p>
    </article>
  );
}

/** The names of those whom it mentions stand out. */
function NoteText({ row: { text, mentions } }: { readonly row: NoteRow }): ReactNode {
  const { desk } = useConsole();
  const { agent } = useDesk();
  const names = mentions.flatMap((id) => desk.nameOf(id) ?? []);
  return (
    <p className="plain" dir={directionOf(text) ?? 'auto'}>
      {notePartsOf(text, names).map((part, index) =>
        part.isMention ? (
          // biome-ignore lint/suspicious/noArrayIndexKey: The parts of a text have nothing else.
          <bdi key={index} className="mention" data-own={part.text === `@${agent.name}`}>
            {part.text}
          </bdi>
        ) : (
          part.text
        ),
      )}
    </p>
  );
}

function Time({ at }: { readonly at: number }): ReactNode {
  const { formats } = useConsole();
  return (
    <time dateTime={new Date(at).toISOString()} title={formats.full(at)}>
      {formats.time(at)}
    </time>
  );
}

/** A text without markup. */
function Plain({ text }: { readonly text: string }): ReactNode {
  return (
    <p className="plain" dir={directionOf(text) ?? 'auto'}>
      {text}
    </p>
  );
}
