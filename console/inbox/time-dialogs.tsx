/** The dialogs that ask for a time: snoozing a conversation, and sending a message later. */
import { type FormEvent, type ReactNode, useId, useState } from 'react';
import { Dialog } from './dialog.tsx';
import { shortTime, useConsole } from './page-context.ts';
import { fieldTime, MOST_AHEAD_MS, timeChoices, timeOfField } from './snooze-times.ts';

interface Words {
  readonly title: string;
  readonly more: string;
  readonly submit: string;
}

export function SnoozeDialog({ onClose }: { readonly onClose: () => void }): ReactNode {
  const { desk, strings } = useConsole();
  const { snoozeTitle: title, snoozeMore: more, snoozeSubmit: submit } = strings.times;
  return <TimeDialog words={{ title, more, submit }} onChoose={(at) => void desk.triage.snooze(at)} onClose={onClose} />;
}

export function LaterDialog({ onClose }: { readonly onClose: () => void }): ReactNode {
  const { desk, strings } = useConsole();
  const { laterTitle: title, laterMore: more, laterSubmit: submit } = strings.times;
  return <TimeDialog words={{ title, more, submit }} onChoose={(at) => desk.submit({ at })} onClose={onClose} />;
}

function TimeDialog({
  words,
  onChoose,
  onClose,
}: {
  readonly words: Words;
  readonly onChoose: (at: number) => void;
  readonly onClose: () => void;
}): ReactNode {
  const { strings, formats, now } = useConsole();
  const [opened] = useState(now);
  const [field, setField] = useState('');
  const id = useId();
  const { times } = strings;
  const choose = (at: number): void => {
    onChoose(at);
    onClose();
  };
  const other = timeOfField(field, opened);
  return (
    <Dialog title={words.title} onClose={onClose}>
      <p className="dialog-note">{words.more}</p>
      <ul className="choices">
        {timeChoices(opened).map(({ name, at }) => (
          <li key={name}>
            <button type="button" className="choice time-choice" onClick={() => choose(at)}>
              <span>{times.names[name]}</span>
              <time dateTime={new Date(at).toISOString()}>{shortTime(formats, at, opened)}</time>
            </button>
          </li>
        ))}
      </ul>
      <form
        onSubmit={(event: FormEvent) => {
          event.preventDefault();
          if (other !== undefined) choose(other);
        }}
      >
        <label htmlFor={id}>{times.other}</label>
        <div className="dialog-row">
          <input
            id={id}
            type="datetime-local"
            min={fieldTime(opened)}
            max={fieldTime(opened + MOST_AHEAD_MS)}
            value={field}
            aria-describedby={`${id}-hint`}
            aria-invalid={field !== '' && other === undefined}
            onChange={(event) => setField(event.target.value)}
          />
          <button type="submit" className="button" disabled={other === undefined}>
            {words.submit}
          </button>
        </div>
        <p className="hint" id={`${id}-hint`}>
          {times.otherHint}
        </p>
      </form>
      <div className="dialog-row end">
        <button type="button" className="button quiet" onClick={onClose}>
          {strings.cancel}
        </button>
      </div>
    </Dialog>
  );
}
