/** A session's life, or the lives of two sessions beside each other with what differs. */
import { type ReactNode, useState } from 'react';
import { jsonChanges } from '#machines/json-changes.ts';
import type { Place } from './place.ts';
import { problemText } from './problem-text.ts';
import type { Moment } from './session-api.ts';
import { Changes } from './session-changes.tsx';
import { useSession } from './session-context.ts';
import { SessionLife } from './session-life.tsx';
import { ShareStep } from './session-share.tsx';
import { leaves } from './session-states.tsx';

export function SessionPage({ place, session }: { readonly place: Place; readonly session: string }): ReactNode {
  const { words, onlyLooks, show, step, api } = useSession();
  const [main, setMain] = useState<Moment>();
  const [beside, setBeside] = useState<Moment>();
  const [problem, setProblem] = useState<string>();
  // While another step is loaded, the moment is still that of the step before.
  const isShown = main !== undefined && (place.seq === undefined || main.seq === place.seq);
  const fork = async (): Promise<void> => {
    if (main === undefined) return;
    try {
      const { id } = await api.fork(session, main.seq);
      show({ session, seq: main.seq, sandbox: id });
    } catch (error) {
      setProblem(problemText(error, words.problems, words.problems.noSession));
    }
  };
  return (
    <>
      <h1>{words.title}</h1>
      {!onlyLooks && (
        <div className="life-actions life-bar">
          <button type="button" className="life-button life-primary" disabled={!isShown} onClick={() => void fork()}>
            {words.fork}
          </button>
          <ShareStep key={`${session} ${main?.seq}`} session={session} seq={isShown ? main?.seq : undefined} />
          <CompareForm other={place.other} onCompare={(other) => show({ ...place, other, otherSeq: undefined })} />
        </div>
      )}
      {problem !== undefined && (
        <p role="alert" className="life-problem">
          {problem}
        </p>
      )}
      {place.other !== undefined && main !== undefined && beside !== undefined && (
        <Changes
          name=""
          title={words.differences}
          before={`${words.sessionNamed('1')} · ${words.step} ${main.seq}`}
          after={`${words.sessionNamed('2')} · ${words.step} ${beside.seq}`}
          changes={jsonChanges(compared(main), compared(beside))}
          none={words.same}
        />
      )}
      <div className={place.other === undefined ? undefined : 'life-pair'}>
        <SessionLife key={session} name="1" id={session} seq={place.seq} onStep={(seq) => step({ ...place, seq })} onMoment={setMain} />
        {place.other !== undefined && (
          <SessionLife
            key={`2 ${place.other}`}
            name="2"
            id={place.other}
            seq={place.otherSeq}
            onStep={(otherSeq) => step({ ...place, otherSeq })}
            onMoment={setBeside}
          />
        )}
      </div>
    </>
  );
}

/** What two moments are compared by. */
export function compared({ activeStates, context }: Pick<Moment, 'activeStates' | 'context'>) {
  return { states: leaves(activeStates).join('\n'), context };
}

interface CompareFormProps {
  readonly other: string | undefined;
  readonly onCompare: (other: string | undefined) => void;
}

function CompareForm({ other, onCompare }: CompareFormProps): ReactNode {
  const { words } = useSession();
  const [given, setGiven] = useState('');
  if (other !== undefined) {
    return (
      <button type="button" className="life-button" onClick={() => onCompare(undefined)}>
        {words.stopComparing}
      </button>
    );
  }
  return (
    <form
      onSubmit={(submitted) => {
        submitted.preventDefault();
        // The link of a session will do.
        const id = new URLSearchParams(given.split('#').at(-1)).get('session') ?? given.trim();
        if (id !== '') onCompare(id);
      }}
    >
      <input
        aria-label={words.compareWith}
        placeholder={words.compareWith}
        value={given}
        onChange={({ target }) => setGiven(target.value)}
      />
      <button type="submit" className="life-button">
        {words.compare}
      </button>
    </form>
  );
}
