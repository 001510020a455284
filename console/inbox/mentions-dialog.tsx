/** The notes that mention the agent, and the button that opens them. */
import { type ReactNode, useEffect } from 'react';
import { Dialog } from './dialog.tsx';
import { AtIcon } from './icons.tsx';
import { unseenIn } from './mentions.ts';
import { useConsole, useObserved } from './page-context.ts';

export function MentionsButton(): ReactNode {
  const { tools, strings, run } = useConsole();
  const unseen = unseenIn(useObserved(tools.mentions.state));
  const label = unseen === 0 ? strings.actions.mentions : `${strings.actions.mentions}: ${strings.tools.mentions.unseen(unseen)}`;
  return (
    <button type="button" className="icon-button with-count" aria-label={label} title={label} onClick={() => run('mentions')}>
      <AtIcon />
      {unseen > 0 && (
        <span className="dot" aria-hidden="true">
          {unseen}
        </span>
      )}
    </button>
  );
}

export function MentionsDialog({ onClose }: { readonly onClose: () => void }): ReactNode {
  const { tools, strings, formats, now } = useConsole();
  const mentions = useObserved(tools.mentions.state);
  const words = strings.tools.mentions;
  useEffect(() => void tools.mentions.load().catch(() => undefined), [tools]);
  const see = (ids: readonly string[]): void => void tools.mentions.see(ids).catch(() => undefined);
  return (
    <Dialog title={words.title} onClose={onClose}>
      {mentions.length === 0 && <p className="dialog-note">{words.none}</p>}
      <ul className="choices">
        {mentions.map(({ id, sessionId, seq, at, by, text, seen }) => (
          <li key={id}>
            <button
              type="button"
              className="choice mention-choice"
              data-seen={seen}
              onClick={() => {
                see([id]);
                tools.open(sessionId, seq);
                onClose();
              }}
            >
              <span className="mention-head">
                <span>{words.by(by)}</span>
                <time dateTime={new Date(at).toISOString()} title={formats.full(at)}>
                  {formats.ago(at, now())}
                </time>
              </span>
              <span className="choice-detail" dir="auto">
                {text}
              </span>
            </button>
          </li>
        ))}
      </ul>
      <div className="dialog-row end">
        {unseenIn(mentions) > 0 && (
          <button type="button" className="button quiet" onClick={() => see(mentions.map(({ id }) => id))}>
            {words.seeAll}
          </button>
        )}
        <button type="button" className="button" onClick={onClose}>
          {strings.dismiss}
        </button>
      </div>
    </Dialog>
  );
}
