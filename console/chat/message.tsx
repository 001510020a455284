/** One message, a partial answer, and the three dots before it. */
import { Fragment, memo, type ReactNode, useRef } from 'react';
import { FaceMark } from '../face/face-mark.tsx';
import { CardView } from '../media/card-view.tsx';
import { CARD_WORDS } from '../media/card-words.ts';
import { CopyButton } from '../text/copy-button.tsx';
import { bidiParts, directionOf } from '../text/direction.ts';
import { Markdown } from '../text/markdown.tsx';
import { CHAT_CARD_WORDS } from './card-words.ts';
import type { PartialMessage } from './feed-state.ts';
import { FileCard } from './file-card.tsx';
import { ClockIcon, TickIcon, TicksIcon, WarningIcon } from './icons.tsx';
import { MessageQuote, ReplyButton } from './message-quote.tsx';
import { usePage } from './page-context.ts';
import { sameQuote } from './quotes.ts';
import { SendLocation } from './send-location.tsx';
import { SentMediaList } from './sent-media.tsx';
import type { Mark, MessageRow } from './timeline.ts';

interface MessageItemProps {
  readonly row: MessageRow;
  readonly onEdit: (text: string) => void;
  /** Called with the name of the message that the visitor answers. */
  readonly onAnswer: (name: string) => void;
}

export const MessageItem = memo(
  function MessageItem({ row, onEdit, onAnswer }: MessageItemProps): ReactNode {
    const { conversation, language, strings, formats } = usePage();
    const own = row.author === 'customer';
    const { waitingId, answerTo } = row;
    const bubble = useRef<HTMLDivElement>(null);
    // Of a card, the words are copied.
    const html = () => (row.card === undefined ? bubble.current?.querySelector('.markdown')?.innerHTML : undefined);
    const content = () => ({ text: row.text, html: html() });
    const copies = (row.author === 'assistant' || row.author === 'agent') && row.file === undefined;
    // The server gives its reasons in English.
    const reason = language === 'en' && row.refused !== undefined && row.refused !== '' ? row.refused : strings.refused;
    return (
      <li className="row" data-author={row.author} data-first={row.first} data-last={row.last} data-key={row.key}>
        {!own && <Avatar author={row.author} name={row.name} shown={row.first} />}
        <div className="body">
          {row.first && row.author === 'agent' && row.name !== undefined && <bdi className="name">{row.name}</bdi>}
          {row.quote !== undefined && <MessageQuote quote={row.quote} />}
          {row.text === '' && row.media !== undefined && <span className="visually-hidden">{strings.you}: </span>}
          {row.media !== undefined && row.media.length > 0 && <SentMediaList media={row.media} />}
          {(row.text !== '' || row.media === undefined) && (
            <div className="bubble" ref={bubble}>
              <span className="visually-hidden">{own ? strings.you : (row.name ?? strings.assistant)}: </span>
              {own ? <Plain text={row.text} /> : <Content row={row} />}
            </div>
          )}
          {row.reaction !== undefined && <ReactionChip reaction={row.reaction} />}
          {row.mark === 'refused' && waitingId !== undefined && (
            <div className="refused" role="alert">
              <p dir="auto">{reason}</p>
              <button type="button" className="link" onClick={() => conversation.retry(waitingId)}>
                {strings.retry}
              </button>
              <button type="button" className="link" onClick={() => onEdit(conversation.discard(waitingId))}>
                {strings.edit}
              </button>
            </div>
          )}
          {(row.last || copies || answerTo !== undefined) && (
            <div className="meta">
              {row.last && (
                <time dateTime={new Date(row.at).toISOString()} title={formats.full(row.at)}>
                  {formats.time(row.at)}
                </time>
              )}
              {row.mark !== undefined && row.last && <DeliveryMark mark={row.mark} />}
              {copies && <CopyButton label={strings.copyMessage} content={content} />}
              {answerTo !== undefined && <ReplyButton onPress={() => onAnswer(answerTo)} />}
            </div>
          )}
        </div>
      </li>
    );
  },
  // Rows are created whenever anything changes. Their text rarely changes.
  (a, b) => a.onEdit === b.onEdit && a.onAnswer === b.onAnswer && sameRow(a.row, b.row),
);

/** What one of ours has sent. */
function Content({ row: { text, file, card, caption = '' } }: { readonly row: MessageRow }): ReactNode {
  const { language } = usePage();
  if (file !== undefined) return <FileCard file={file} />;
  if (card === undefined) return <Markdown text={text} />;
  return (
    <>
      {caption !== '' && <Markdown text={caption} />}
      {card.kind === 'location_request' ? <SendLocation /> : <CardView card={card} words={CARD_WORDS[language]} />}
    </>
  );
}

function ReactionChip({ reaction: { emoji, name } }: { readonly reaction: NonNullable<MessageRow['reaction']> }): ReactNode {
  const { language, strings } = usePage();
  const words = CHAT_CARD_WORDS[language].reacted(name ?? strings.assistant, emoji);
  return (
    <span className="reaction" title={words}>
      <span aria-hidden="true">{emoji}</span>
      <span className="visually-hidden">{words}</span>
    </span>
  );
}

/** A text without markup. */
function Plain({ text }: { text: string }): ReactNode {
  const direction = directionOf(text);
  const parts = direction === 'rtl' ? bidiParts(text) : [{ at: 0, text, ltr: false }];
  return (
    <p className="plain" dir={direction ?? 'auto'}>
      {parts.map(({ at, text, ltr }) =>
        ltr ? (
          <bdi key={at} dir="ltr">
            {text}
          </bdi>
        ) : (
          <Fragment key={at}>{text}</Fragment>
        ),
      )}
    </p>
  );
}

function sameRow(a: MessageRow, b: MessageRow): boolean {
  return (
    a.text === b.text &&
    a.file?.id === b.file?.id &&
    a.media === b.media &&
    a.card === b.card &&
    a.reaction?.seq === b.reaction?.seq &&
    a.answerTo === b.answerTo &&
    sameQuote(a.quote, b.quote) &&
    a.author === b.author &&
    a.name === b.name &&
    a.at === b.at &&
    a.first === b.first &&
    a.last === b.last &&
    a.mark === b.mark &&
    a.refused === b.refused &&
    a.waitingId === b.waitingId
  );
}

function DeliveryMark({ mark }: { mark: Mark }): ReactNode {
  const { strings } = usePage();
  return (
    <span className="delivery" data-mark={mark} title={strings.marks[mark]}>
      {mark === 'waiting' ? <ClockIcon /> : mark === 'sent' ? <TickIcon /> : mark === 'read' ? <TicksIcon /> : <WarningIcon />}
      <span className="visually-hidden">{strings.marks[mark]}</span>
    </span>
  );
}

function Avatar({ author, name, shown }: { author: string; name: string | undefined; shown: boolean }): ReactNode {
  const { face } = usePage();
  if (!shown) return <span className="avatar" data-empty="true" aria-hidden="true" />;
  return (
    <span className="avatar" data-author={author} aria-hidden="true">
      {author === 'agent' ? ([...(name ?? '?')][0] ?? '?').toLocaleUpperCase() : <FaceMark face={face} />}
    </span>
  );
}

export function DraftRow({ draft }: { draft: PartialMessage }): ReactNode {
  const { strings } = usePage();
  return (
    <li className="row" data-author="assistant" data-first="true" data-last="true" data-draft={draft.ended ? 'ended' : 'live'}>
      <Avatar author="assistant" name={undefined} shown={true} />
      <div className="body">
        <div className="bubble">
          <Markdown text={draft.text} />
        </div>
        {draft.ended && <p className="meta">{strings.stopped}</p>}
      </div>
    </li>
  );
}

export function TypingRow({ who }: { who: 'assistant' | 'agent' }): ReactNode {
  const { strings } = usePage();
  const words = who === 'agent' ? strings.agentWriting : `${strings.assistant} ${strings.writing}`;
  return (
    <li className="row typing" data-author={who} data-first="true" data-last="true">
      <Avatar author={who} name={undefined} shown={true} />
      <div className="body">
        <div className="bubble dots" title={words}>
          <span />
          <span />
          <span />
          <span className="visually-hidden">{words}</span>
        </div>
      </div>
    </li>
  );
}
